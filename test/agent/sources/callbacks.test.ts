/**
 * What the policy is told of a callback, what only makes the agent look, and whose callback it is.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { callbackSource, scopeOfKey } from "../../../src/agent/sources/callbacks.ts";

type Told = { readonly action: string; readonly role: string };

function hear(events: readonly (readonly [action: string, role: string])[]) {
  const told: Told[] = [];
  const order: string[] = [];
  const looks: string[] = [];
  const troubles: string[] = [];
  const onEvent = callbackSource({
    onSighting: ({ kind, atMs, action, role }, scope) => {
      assert.deepEqual({ kind, atMs, scope }, { kind: "callback-seen", atMs: 7, scope: "test" });
      told.push({ action, role });
      order.push("told");
    },
    onHeard: (action, role) => {
      looks.push(`${action}.${role}`);
      order.push("heard");
    },
    onTrouble: (detail) => troubles.push(detail),
  });
  for (const [action, role] of events) onEvent({ action, role, scope: "test" }, 7);
  return { told, order, looks, troubles };
}

describe("told to the policy", () => {
  const cases = [
    ["on_start", "primary", "primary"],
    ["on_start", "master", "primary"],
    ["on_start", "replica", "replica"],
    ["on_stop", "primary", "primary"],
    ["on_stop", "demoted", "demoted"],
    ["on_stop", "someday", "someday"],
    ["on_role_change", "primary", "primary"],
    ["on_role_change", "master", "primary"],
    ["on_role_change", "promoted", "primary"],
    ["on_role_change", "replica", "replica"],
    ["on_role_change", "standby_leader", "standby_leader"],
    ["on_role_change", "demoted", "demoted"],
    ["on_role_change", "uninitialized", "uninitialized"],
  ] as const;
  for (const [action, said, role] of cases) {
    test(`${action} ${said}`, () => {
      const { told, order, looks } = hear([[action, said]]);
      assert.deepEqual(told, [{ action, role }]);
      assert.deepEqual(looks, [`${action}.${role}`]);
      assert.deepEqual(order, ["told", "heard"]);
    });
  }
});

describe("no news for the policy, and yet a reason to look", () => {
  const cases = [
    ["on_restart", "primary"],
    ["on_reload", "replica"],
    ["on_reload", "demoted"],
    // With the next release of Patroni it may be the name of the primary.
    ["on_role_change", "someday"],
    ["on_start", "someday"],
    ["on_someday", "primary"],
    ["ON_STOP", "primary"],
    ["constructor", "replica"],
  ] as const;
  for (const [action, role] of cases) {
    test(`${action} ${role}`, () => {
      const { told, looks } = hear([[action, role]]);
      assert.deepEqual(told, []);
      assert.deepEqual(looks, [`${action}.${role}`]);
    });
  }
});

test("a word that is not known is mentioned once, one that is known never", () => {
  const { troubles } = hear([
    ["on_start", "someday"],
    ["on_stop", "someday"],
    ["on_someday", "primary"],
    ["on_someday", "someday"],
    ["on_reload", "master"],
    ["on_restart", "demoted"],
  ]);
  assert.equal(troubles.length, 2);
  assert.match(troubles[0] ?? "", /role "someday"/);
  assert.match(troubles[1] ?? "", /action "on_someday"/);
});

test("unknown words without end do not fill the log", () => {
  const many = Array.from({ length: 5_000 }, (_, index) => [`a${index}`, `r${index}`] as const);
  const { troubles, looks } = hear(many);
  assert.equal(troubles.length, 20);
  assert.equal(looks.length, many.length);
});

describe("the scope of a leader key", () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    "db/test/leader": "test",
    "service/batman/leader": "batman",
    "a/b/c/test/leader": "test",
    "test/leader": "test",
    "db/17-main/leader": "17-main",
    "db/test/0/leader": "test",
    "db/test/12/leader": "test",
    "a/b/test/3/leader": "test",
    "db/17/leader": "17",
    "17/leader": "17",
    "db/17/2/leader": "17",
    leader: undefined,
    "/leader": undefined,
    "db/test/config": undefined,
    "vip/owner": undefined,
    "db/test/leader/": undefined,
    "db/test/Leader": undefined,
    "": undefined,
  };
  for (const [key, scope] of Object.entries(cases)) {
    test(`"${key}": ${scope ?? "none"}`, () => assert.equal(scopeOfKey(key), scope));
  }
});
