/**
 * Secrets are what others rely on them to be, come once, and do not show themselves.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { format, inspect } from "node:util";
import { completeSecrets, createSecrets } from "../../../src/provision/secrets/make-secrets.ts";
import { Secret, type Secrets } from "../../../src/provision/secrets/secrets.ts";
import { allSecrets } from "../../../src/provision/secrets/stored-form.ts";
import { clusterOf, revealed } from "./sketch.ts";

const cluster = clusterOf(["app", "backup"]);

function passwordsOf(secrets: Secrets): readonly string[] {
  const { superuserPassword, replicationPassword, rewindPassword, restPassword } = secrets;
  const fixed = [superuserPassword, replicationPassword, rewindPassword, restPassword];
  return [...fixed, ...secrets.rolePasswords.values()].map((secret) => secret.reveal());
}

describe("made secrets", () => {
  const secrets = createSecrets(cluster);

  test("are there for every host and every role", () => {
    const names = ["test-dcs1", "test-dcs2", "test-dcs3", "test-db1", "test-db2", "test-db3"];
    assert.deepEqual([...secrets.agentTokens.keys()], names);
    assert.deepEqual([...secrets.rolePasswords.keys()], ["app", "backup"]);
  });

  test("have the form that Consul asks for", () => {
    assert.equal(Buffer.from(secrets.gossipKey.reveal(), "base64").length, 32);
    const { managementToken, readingToken, patroniToken, vipAgentToken, agentTokens } = secrets;
    const tokens = [managementToken, readingToken, patroniToken, vipAgentToken];
    for (const { accessor, secret } of [...tokens, ...agentTokens.values()]) {
      const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
      assert.match(accessor, uuid);
      assert.match(secret.reveal(), uuid);
    }
  });

  test("have passwords that are long and need no quotes", () => {
    for (const password of passwordsOf(secrets)) assert.match(password, /^[A-Za-z0-9]{24,}$/);
  });

  test("use every letter and digit, none oftener than chance has it", () => {
    const many = Array.from({ length: 60 }, () => passwordsOf(createSecrets(cluster))).flat();
    const letters = many.join("").split("");
    const counts = Map.groupBy(letters, (letter) => letter);
    assert.equal(counts.size, 62);
    const mean = letters.length / 62;
    for (const [letter, found] of counts) {
      // Seven times the spread that chance has: one run in many millions is outside.
      assert(Math.abs(found.length - mean) < 7 * Math.sqrt(mean), `${letter}: ${found.length}`);
    }
  });

  test("are all different, also from those of another cluster", () => {
    const words = [secrets, createSecrets(cluster)].flatMap((one) => [
      ...allSecrets(one).map((secret) => secret.reveal()),
      one.managementToken.accessor,
      ...[...one.agentTokens.values()].map(({ accessor }) => accessor),
    ]);
    assert.equal(new Set(words).size, words.length);
  });

  test("are all told to whoever hides them", () => {
    const told = new Set(allSecrets(secrets).map((secret) => secret.reveal()));
    const stored: unknown = JSON.parse(revealed(secrets));
    const accessors = JSON.stringify(stored).match(/"accessor":"[^"]*"/g) ?? [];
    assert.equal(accessors.length, 10);
    // Whatever is stored and is neither a name, an accessor nor the scope, is told.
    assert.deepEqual(
      leavesOf(stored).filter((leaf) => !told.has(leaf)),
      ["1", "test", ...accessors.map((pair) => pair.slice('"accessor":"'.length, -1))].toSorted(),
    );
  });
});

/** Texts and numbers of the file but not its names, in order. */
function leavesOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [String(value)];
  return Object.values(value).flatMap(leavesOf).toSorted();
}

describe("completed secrets", () => {
  const stored = createSecrets(cluster);

  test("are the same where nothing is missing", () => {
    assert.equal(completeSecrets(stored, cluster), stored);
  });

  test("gain what a host and a role need, and keep all the rest", () => {
    const before = revealed(stored);
    const completed = completeSecrets(stored, clusterOf(["app", "backup", "web"], ["test-db4"]));
    assert.equal(revealed(stored), before, "the stored ones were changed");
    const { agentTokens, rolePasswords, ...rest } = completed;
    const { agentTokens: oldTokens, rolePasswords: oldPasswords, ...oldRest } = stored;
    for (const [key, value] of Object.entries(oldRest)) {
      assert.equal(Object.entries(rest).find(([name]) => name === key)?.[1], value, key);
    }
    for (const [name, token] of oldTokens) assert.equal(agentTokens.get(name), token);
    for (const [name, password] of oldPasswords) assert.equal(rolePasswords.get(name), password);
    assert.deepEqual([...agentTokens.keys()].slice(oldTokens.size), ["test-db4"]);
    assert.deepEqual([...rolePasswords.keys()].slice(oldPasswords.size), ["web"]);
  });

  test("lose nothing with a host or a role that has left the file", () => {
    assert.equal(completeSecrets(stored, clusterOf(["app"])), stored);
  });
});

describe("a secret shows itself nowhere by accident", () => {
  const secret = createSecrets(cluster).superuserPassword;
  const word = secret.reveal();
  const ways: Readonly<Record<string, () => string>> = {
    String: () => String(secret),
    template: () => `password: ${String(secret)}`,
    "join of a list": () => [secret].join(),
    "JSON.stringify": () => JSON.stringify({ secret, list: [secret] }),
    inspect: () => inspect(secret, { showHidden: true, depth: Infinity }),
    "inspect, nested": () => inspect({ a: { b: { c: new Map([["d", secret]]) } } }, { depth: 9 }),
    "util.format": () => format("%s %o %O %j", secret, secret, secret, secret),
    "Object.assign": () => inspect([Object.entries(secret), Object.assign({}, secret)]),
    "an error's message": () => new Error(`no login with ${String(secret)}`).message,
  };

  for (const [way, show] of Object.entries(ways)) {
    test(way, () => {
      assert(!show().includes(word), show());
      assert.notEqual(show(), "");
    });
  }

  test("and is there for whoever asks for it", () => {
    assert.equal(new Secret("word").reveal(), "word");
  });
});
