/**
 * The run through the phases: its order, and everything that ends it early.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { systemClock } from "../../../src/clock.ts";
import { type Outcome, done, failed } from "../../../src/outcome.ts";
import type { Host } from "../../../src/provision/cluster/cluster.ts";
import { applyPhases } from "../../../src/provision/phases/apply.ts";
import type { RunEvent } from "../../../src/provision/phases/events.ts";
import type { Phase } from "../../../src/provision/phases/phase.ts";
import { planPhases } from "../../../src/provision/phases/plan.ts";
import { Ports } from "../../../src/provision/phases/ports.ts";
import { createWorld } from "../../../src/provision/phases/world.ts";
import type { Resource } from "../../../src/provision/resources/resource.ts";
import { applyResources, obstaclesIn } from "../fake/apply-resources.ts";
import { fakeHost, type FakeHost } from "../fake/fake-host.ts";
import { bareModel, type HostModel } from "../fake/model.ts";
import { debian12, secretsFor, sixHosts } from "../support/clusters.ts";

const cluster = sixHosts();
const secrets = secretsFor(cluster);
const fact = {
  os: debian12,
  packageManager: "apt",
  architecture: "x86_64",
  memoryMb: 8_192,
  processors: 4,
  clockMs: 0,
} as const;
const { world } = createWorld(
  cluster,
  secrets,
  new Map(cluster.hosts.map(({ name }) => [name, fact])),
);

function folder(path: string): Resource {
  return { kind: "directory", path, owner: "root", group: "root", mode: "0755" };
}

/** What resources of a made-up phase are. */
function phase(name: Phase["name"], change: Partial<Phase> = {}): Phase {
  return {
    name,
    hosts: (one) => one.cluster.hosts,
    resources: () => [folder(`/${name}`)],
    ...change,
  };
}

type Bench = {
  readonly hosts: ReadonlyMap<string, FakeHost>;
  readonly events: readonly RunEvent[];
  readonly ended: Outcome<number>;
};

type Play = {
  readonly phases: readonly Phase[];
  readonly models?: ReadonlyMap<string, HostModel>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
};

async function play({ phases, models, signal, onEvent }: Play): Promise<Bench> {
  assert.ok(world);
  const hosts = new Map(
    cluster.hosts.map(({ name }) => {
      const model = models?.get(name) ?? bareModel();
      const ask = () => ({ exitCode: 0, stdout: `state of ${name}`, stderr: "" });
      return [name, fakeHost({ host: name, model, ask })];
    }),
  );
  const events: RunEvent[] = [];
  const applied = await applyPhases(
    {
      world,
      ports: new Ports(cluster, hosts),
      clock: systemClock(),
      signal: signal ?? new AbortController().signal,
      tell: (event) => {
        events.push(event);
        onEvent?.(event);
      },
    },
    phases,
  );
  const ended = applied.ok ? done(applied.value.steps) : applied;
  return { hosts, events, ended };
}

function stepsDone(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.kind === "step-ended" && event.isDone ? [`${event.phase} ${event.host}`] : [],
  );
}

describe("phases", () => {
  test("follow each other: no host begins one before all have ended the one before", async () => {
    const { events, ended } = await play({ phases: [phase("names"), phase("storage")] });
    assert.deepEqual(ended, done(2 * cluster.hosts.length));
    const order = events.flatMap((event) => ("phase" in event ? [event.phase] : []));
    assert.deepEqual(order, order.toSorted());
  });

  test("do nothing a second time", async () => {
    const first = await play({ phases: [phase("names")] });
    const models = new Map([...first.hosts].map(([name, { model }]) => [name, model]));
    const second = await play({ phases: [phase("names")], models });
    assert.deepEqual([second.ended, stepsDone(second.events)], [done(0), []]);
  });

  test("change hosts wave by wave, with the gate between", async () => {
    const looks: string[] = [];
    const waves = async (_: unknown, __: unknown, hosts: readonly Host[]) => {
      return hosts.map((host) => [host]);
    };
    const gate: Phase["gate"] = {
      what: "proof",
      deadlineMs: 1_000,
      unit: "x.service",
      look: async (_, __, hosts) => {
        looks.push(hosts.map(({ name }) => name).join());
        return { isOpen: true, detail: "seen" };
      },
    };
    const { ended } = await play({ phases: [phase("patroni", { waves, gate })] });
    assert.ok(ended.ok);
    assert.deepEqual(
      looks,
      cluster.hosts.map(({ name }) => name),
    );
  });

  test("tell obstacles of all hosts at once, and touch none of them", async () => {
    // A file where there is a folder.
    const content = { text: "", isSecret: false };
    const access = { owner: "root", group: "root", mode: "0644" };
    const impossible: Resource = { kind: "file", path: "/etc", ...access, content };
    const broken = ["test-db1", "test-db2"];
    const resources = (_: unknown, { name }: Host): readonly Resource[] => {
      return broken.includes(name) ? [folder("/names"), impossible] : [folder("/names")];
    };
    const { hosts, events, ended } = await play({
      phases: [phase("names", { resources }), phase("storage")],
    });
    assert.equal(ended.ok ? "ok" : ended.code, "obstacle");
    const told = events.find((event) => event.kind === "obstacles");
    assert.deepEqual(
      told?.findings.map(({ host }) => host),
      broken,
    );
    assert.deepEqual(
      [...hosts.values()].flatMap(({ performed }) => performed),
      [],
    );
  });

  test("end with evidence at a gate that stays shut, and go no further", async () => {
    const gate: Phase["gate"] = {
      what: "a leader",
      deadlineMs: 0,
      unit: "consul.service",
      look: async () => ({ isOpen: false, detail: "nobody leads" }),
    };
    const { events, ended } = await play({
      phases: [phase("names", { gate }), phase("storage")],
    });
    assert.deepEqual(ended, failed("gate", "a leader: nobody leads"));
    const shut = events.find((event) => event.kind === "gate-ended");
    assert.equal(shut?.evidence?.length, cluster.hosts.length);
    assert.match(shut?.evidence?.[0]?.lines.join("\n") ?? "", /state of test-dcs1/);
    assert.ok(!events.some((event) => "phase" in event && event.phase === "storage"));
  });

  test("end when asked to, after what is under way", async () => {
    const ending = new AbortController();
    const { events, ended } = await play({
      phases: [phase("names"), phase("storage")],
      signal: ending.signal,
      onEvent: (event) => {
        if (event.kind === "phase-ended") ending.abort();
      },
    });
    assert.equal(ended.ok ? "ok" : ended.code, "aborted");
    assert.equal(stepsDone(events).length, cluster.hosts.length);
  });

  test("take the steps of the cluster one after the other, and stop at one that fails", async () => {
    const taken: string[] = [];
    const step = (summary: string, outcome: Outcome<void>) => ({
      summary,
      perform: async () => {
        taken.push(summary);
        return outcome;
      },
    });
    const steps = async () =>
      done([
        step("one", done(undefined)),
        step("two", failed("refused", "no")),
        step("three", done(undefined)),
      ]);
    const { ended } = await play({
      phases: [phase("consul-acl", { hosts: () => [], steps })],
    });
    assert.deepEqual([ended, taken], [failed("failed", "two: no"), ["one", "two"]]);
  });
});

describe("a host", () => {
  const access = { owner: "app", group: "app", mode: "0750" };
  const user: Resource = { kind: "user", name: "app", home: "/srv", groups: [] };
  const outer: Resource = { kind: "directory", path: "/srv", ...access };
  const inner: Resource = { kind: "directory", path: "/srv/inner", ...access };

  function stepsIn(events: readonly RunEvent[]): readonly string[] {
    return events.flatMap((event) => {
      if (event.kind === "step-started") return [`${event.host} begins ${event.summary}`];
      if (event.kind !== "step-ended") return [];
      return [`${event.host} ${event.isDone ? "has done" : "has failed in"} ${event.summary}`];
    });
  }

  test("is given what it lacks in order, and each step is told before and after", async () => {
    const fake = fakeHost({ host: "test-db2" });
    const { outcome, events } = await applyResources(fake, [user, outer, inner]);
    assert.deepEqual(outcome, done(3));
    assert.deepEqual(
      fake.performed.map(({ kind }) => kind),
      ["make-user", "make-directory", "make-directory"],
    );
    const [one, two] = [
      "make directory /srv (app:app 0750)",
      "make directory /srv/inner (app:app 0750)",
    ];
    assert.deepEqual(stepsIn(events).slice(2), [
      `test-db2 begins ${one}`,
      `test-db2 has done ${one}`,
      `test-db2 begins ${two}`,
      `test-db2 has done ${two}`,
    ]);
  });

  test("is given no more after the first step that fails", async () => {
    const fake = fakeHost();
    // Without the user it cannot be given away.
    const { outcome, events } = await applyResources(fake, [outer, inner]);
    const summary = "make directory /srv (app:app 0750)";
    assert.deepEqual(outcome, failed("failed", `${summary}: invalid user: app`));
    assert.deepEqual(fake.performed, []);
    assert.deepEqual(stepsIn(events), [`db1 begins ${summary}`, `db1 has failed in ${summary}`]);
  });

  test("that does not answer is told as it is", async () => {
    const fake = fakeHost({ cutOff: { at: 1, stages: 0 } });
    await fake.perform({ kind: "join-groups", name: "root", groups: [] });
    const { outcome, events } = await applyResources(fake, [user]);
    assert.equal(outcome.ok ? "ok" : outcome.code, "obstacle");
    assert.deepEqual(
      obstaclesIn(events).map(({ code, host, finding }) => [code, host, finding]),
      [["unreachable", "db1", "the connection was lost"]],
    );
    assert.match(obstaclesIn(events)[0]?.remedy ?? "", /run it again/);
  });
});

describe("a plan", () => {
  test("tells every step and performs none, and what cannot be asked yet is no fault", async () => {
    assert.ok(world);
    const hosts = new Map(cluster.hosts.map(({ name }) => [name, fakeHost({ host: name })]));
    const events: RunEvent[] = [];
    const run = {
      world,
      ports: new Ports(cluster, hosts),
      clock: systemClock(),
      signal: new AbortController().signal,
      tell: (event: RunEvent) => events.push(event),
    };
    const absent = async () => failed("absent", "no Patroni leads yet");
    const refused = async () => failed("refused", "it says no");
    const planned = await planPhases(run, [
      phase("names"),
      phase("databases", { hosts: () => [], steps: absent }),
    ]);
    assert.deepEqual(planned, { steps: cluster.hosts.length, findings: [] });
    assert.equal(events.filter(({ kind }) => kind === "step-planned").length, planned.steps);
    assert.deepEqual(
      [...hosts.values()].flatMap(({ performed }) => performed),
      [],
    );
    const told = await planPhases(run, [phase("databases", { hosts: () => [], steps: refused })]);
    assert.deepEqual(
      told.findings.map(({ finding }) => finding),
      ["it says no"],
    );
  });
});
