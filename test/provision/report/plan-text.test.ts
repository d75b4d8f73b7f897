/**
 * A plan as text.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { RunEvent } from "../../../src/provision/phases/events.ts";
import { planText } from "../../../src/provision/report/plan-text.ts";
import { styleFor } from "../../../src/style.ts";
import { spelled } from "./fake-terminal.ts";

const begun: RunEvent = { kind: "run-started", verb: "plan", hosts: ["dcs1", "db1", "db2"] };

const consul: RunEvent = {
  kind: "step-planned",
  phase: "consul-agents",
  host: "db1",
  summary: "write /etc/consul.d/consul.json",
  difference: ['-"log_level": "warn"', '+"log_level": "info"', " the same"],
};

const planned: readonly RunEvent[] = [
  begun,
  { kind: "step-planned", phase: "consul-acl", summary: "create policy patroni-test" },
  { kind: "step-planned", phase: "consul-agents", host: "db2", summary: "reload consul.service" },
  consul,
  { kind: "step-planned", phase: "patroni", host: "db1", summary: "make /etc/patroni" },
  { kind: "step-planned", phase: "consul-agents", host: "db1", summary: "reload consul.service" },
];

test("a plan goes by host, then by phase, and ends with how much it is", () => {
  assert.equal(
    planText(planned),
    `db1
  consul-agents
    write /etc/consul.d/consul.json
        -"log_level": "warn"
        +"log_level": "info"
         the same
    reload consul.service
  patroni
    make /etc/patroni

db2
  consul-agents
    reload consul.service

the cluster
  consul-acl
    create policy patroni-test

5 changes on 2 hosts and in the cluster as a whole
`,
  );
});

test("the last line counts what there is", () => {
  const lastOf = (events: readonly RunEvent[]) => planText(events).trimEnd().split("\n").at(-1);
  assert.equal(lastOf([begun]), "no changes");
  assert.equal(lastOf([begun, consul]), "1 change on 1 host");
  assert.equal(lastOf(planned.slice(0, 2)), "1 change in the cluster as a whole");
});

test("where something is in the way there are never no changes", () => {
  const stopped: RunEvent = {
    kind: "obstacles",
    findings: [{ severity: "error", host: "db2", code: "unreachable", finding: "no route" }],
  };
  assert.equal(
    planText([begun, stopped]),
    `errors
  db2
    unreachable: no route

1 error

0 changes found, but the plan is not complete
`,
  );
  const ended: RunEvent = { kind: "run-ended", verb: "plan", steps: 1, isDone: false, tookMs: 1 };
  assert.match(
    planText([begun, consul, ended]),
    /\n1 change on 1 host found, but the plan is not complete\n$/u,
  );
});

test("on a terminal what comes is green and what goes is red", () => {
  const text = planText(planned, styleFor(true, {}));
  assert.match(spelled(text), /ESC\[31m {8}-"log_level": "warn"/u);
  assert.match(spelled(text), /ESC\[32m {8}\+"log_level": "info"/u);
  assert.equal(planText(planned, styleFor(false, {})), planText(planned));
});
