/**
 * From asking to performing, on one host.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { failed } from "../../../src/outcome.ts";
import { applyResources } from "../../../src/provision/resources/apply.ts";
import type { Resource } from "../../../src/provision/resources/resource.ts";
import { fakeHost } from "../fake/fake-host.ts";
import { bareModel, file, picture } from "../fake/model.ts";

const access = { owner: "app", group: "app", mode: "0750" };
const user: Resource = { kind: "user", name: "app", home: "/srv", groups: [] };
const folder: Resource = { kind: "directory", path: "/srv", ...access };
const inner: Resource = { kind: "directory", path: "/srv/inner", ...access };

test("operations are performed in order, and each is told before and after", async () => {
  const told: string[] = [];
  const host = fakeHost({ host: "db2" });
  const outcome = await applyResources(host, [user, folder, inner], (event) => {
    told.push(`${event.host} ${event.number}/${event.total} ${event.state}`);
    if (event.state === "started") assert.equal(host.performed.length, event.number - 1);
  });
  assert(outcome.ok);
  assert.deepEqual(
    outcome.value.performed.map(({ resource }) => resource),
    [user, folder, inner],
  );
  assert.deepEqual(told, [
    "db2 1/3 started",
    "db2 1/3 done",
    "db2 2/3 started",
    "db2 2/3 done",
    "db2 3/3 started",
    "db2 3/3 done",
  ]);
});

test("the first operation that fails is the last", async () => {
  const states: string[] = [];
  const host = fakeHost();
  // Without the user it cannot be given away.
  const outcome = await applyResources(host, [folder, inner], ({ state }) => states.push(state));
  assert.deepEqual(
    outcome,
    failed("failed", "db1: make directory /srv (app:app 0750): invalid user: app"),
  );
  assert.deepEqual([host.performed, states], [[], ["started", "failed"]]);
});

test("obstacles end it before anything is done", async () => {
  const model = bareModel();
  model.entries.set("/srv/inner", file("x"));
  const before = picture(model);
  const host = fakeHost({ model });
  const outcome = await applyResources(host, [user, folder, inner]);
  assert(!outcome.ok && outcome.code === "obstacle");
  assert.deepEqual(
    outcome.obstacles.map(({ subject }) => subject),
    ["/srv/inner"],
  );
  assert.equal(
    outcome.detail,
    "db1: /srv/inner is a file, and a directory is needed there; " +
      "to do: find out whose it is, move it away by hand, and run again",
  );
  assert.deepEqual([host.performed, picture(model)], [[], before]);
});

test("a host that does not answer is told as it is", async () => {
  const host = fakeHost({ cutOff: { at: 1, stages: 0 } });
  await host.perform({ kind: "join-groups", name: "root", groups: [] });
  const outcome = await applyResources(host, [user]);
  assert.deepEqual(outcome, failed("unreachable", "the connection was lost"));
});
