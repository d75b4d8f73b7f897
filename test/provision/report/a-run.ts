/**
 * Runs as reporters are told of them: one that fails at its gate, a plan, and whatever fast-check
 * thinks of.
 */
import fc from "fast-check";

import type { Finding, PhaseName, RunEvent } from "../../../src/provision/phases/events.ts";

export const servers = ["test-dcs1", "test-dcs2", "test-dcs3"];
export const databases = ["test-db1", "test-db2", "test-db3"];
export const hosts = [...servers, ...databases];

/** What is told, and how long after the event before. */
export type Told = { readonly afterMs: number; readonly event: RunEvent };

function told(afterMs: number, event: RunEvent): Told {
  return { afterMs, event };
}

/** Consul is there, and PostgreSQL does not come up. */
export const failedRun: readonly Told[] = [
  told(0, { kind: "run-started", verb: "apply", hosts }),
  told(0, { kind: "phase-started", phase: "consul-servers", hosts: servers }),
  ...servers.flatMap((host) => [
    told(100, {
      kind: "step-started",
      phase: "consul-servers",
      host,
      summary: "start consul.service",
    }),
    told(900, {
      kind: "step-ended",
      phase: "consul-servers",
      host,
      summary: "start consul.service",
      isDone: true,
      tookMs: 900,
    }),
    told(0, { kind: "host-ended", phase: "consul-servers", host, steps: 1 }),
  ]),
  told(1_000, { kind: "gate-waiting", phase: "consul-servers", what: "a Raft leader" }),
  told(2_000, {
    kind: "gate-ended",
    phase: "consul-servers",
    isOpen: true,
    tookMs: 3_000,
    detail: "192.168.1.181 leads",
  }),
  told(0, { kind: "phase-ended", phase: "consul-servers", steps: 3, tookMs: 6_000 }),
  told(0, { kind: "phase-started", phase: "consul-acl", hosts: [] }),
  told(0, { kind: "step-started", phase: "consul-acl", summary: "create policy patroni-test" }),
  told(200, {
    kind: "step-ended",
    phase: "consul-acl",
    summary: "create policy patroni-test",
    isDone: true,
    tookMs: 200,
  }),
  told(0, { kind: "phase-ended", phase: "consul-acl", steps: 1, tookMs: 200 }),
  told(0, { kind: "phase-started", phase: "patroni", hosts: databases }),
  told(0, { kind: "host-ended", phase: "patroni", host: "test-db2", steps: 0 }),
  told(100, {
    kind: "step-started",
    phase: "patroni",
    host: "test-db3",
    summary: "write /etc/patroni/patroni.yml",
  }),
  told(400, {
    kind: "step-ended",
    phase: "patroni",
    host: "test-db3",
    summary: "write /etc/patroni/patroni.yml",
    isDone: false,
    tookMs: 400,
    detail: "the validator has refused it:\nscope is required",
  }),
  told(0, { kind: "gate-waiting", phase: "patroni", what: "a leader" }),
  told(60_000, {
    kind: "gate-ended",
    phase: "patroni",
    isOpen: false,
    tookMs: 60_000,
    detail: "nobody leads",
    evidence: [{ host: "test-db1", lines: ["ActiveState=failed", "FATAL: \u001B[31mno locale"] }],
  }),
  told(0, { kind: "run-ended", verb: "apply", steps: 4, isDone: false, tookMs: 66_700 }),
];

export const failedEvents = failedRun.map(({ event }) => event);

const phaseNames: readonly PhaseName[] = [
  "names",
  "journal",
  "consul-servers",
  "consul-acl",
  "consul-agents",
  "storage",
  "programs",
  "patroni",
  "databases",
  "vip-agent",
  "verify",
];

const host = fc.constantFrom("db1", "db2", "db-3.local", "host-number-four.example");
const words = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.string({ unit: "binary", maxLength: 50 }),
  fc.constantFrom(
    "",
    "start patroni.service",
    "\u001B[2J",
    "one\ntwo\r\nthree",
    "\t",
    "нет места",
    "漢字 \u{1F600} e\u0301 漢漢漢漢漢漢漢漢漢漢".repeat(10),
  ),
);
const tookMs = fc.nat({ max: 100_000_000 });
const steps = fc.nat({ max: 200_000 });
const phase = fc.constantFrom(...phaseNames);
const verb = fc.constantFrom("plan" as const, "apply" as const, "remove" as const);

export const anyFinding: fc.Arbitrary<Finding> = fc.record(
  {
    severity: fc.constantFrom("error" as const, "warning" as const, "fine" as const),
    host,
    code: fc.constantFrom("clock-skew", "port-taken"),
    finding: words,
    remedy: words,
  },
  { requiredKeys: ["severity", "code", "finding"] },
);

const someHosts = fc.uniqueArray(host);
const anyStep = { phase, host, summary: words };
const needed = ["kind", "phase", "summary"] as const;

/** Any event but the first and the last. */
const anyMiddle: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.record({ kind: fc.constant("phase-started" as const), phase, hosts: someHosts }),
  fc.record(
    { kind: fc.constant("step-started" as const), ...anyStep },
    { requiredKeys: [...needed] },
  ),
  fc.record(
    {
      kind: fc.constant("step-ended" as const),
      ...anyStep,
      isDone: fc.boolean(),
      tookMs,
      detail: words,
    },
    { requiredKeys: [...needed, "isDone", "tookMs"] },
  ),
  fc.record(
    {
      kind: fc.constant("step-planned" as const),
      ...anyStep,
      difference: fc.array(words, { maxLength: 3 }),
    },
    { requiredKeys: [...needed] },
  ),
  fc.record({ kind: fc.constant("host-ended" as const), phase, host, steps }),
  fc.record({ kind: fc.constant("gate-waiting" as const), phase, what: words }),
  fc.record(
    {
      kind: fc.constant("gate-ended" as const),
      phase,
      isOpen: fc.boolean(),
      tookMs,
      detail: words,
      evidence: fc.array(fc.record({ host, lines: fc.array(words, { maxLength: 3 }) }), {
        maxLength: 2,
      }),
    },
    { requiredKeys: ["kind", "phase", "isOpen", "tookMs", "detail"] },
  ),
  fc.record({ kind: fc.constant("phase-ended" as const), phase, steps, tookMs }),
  fc.record({
    kind: fc.constant("obstacles" as const),
    findings: fc.array(anyFinding, { maxLength: 3 }),
  }),
);

/** In no order that makes sense, and not always ended. */
export const anyRun: fc.Arbitrary<readonly RunEvent[]> = fc
  .tuple(
    fc.record({ kind: fc.constant("run-started" as const), verb, hosts: someHosts }),
    fc.array(anyMiddle, { maxLength: 40 }),
    fc.option(
      fc.record({
        kind: fc.constant("run-ended" as const),
        verb,
        steps,
        isDone: fc.boolean(),
        tookMs,
      }),
      { nil: undefined },
    ),
  )
  .map(([first, middle, last]) => [first, ...middle, ...(last === undefined ? [] : [last])]);
