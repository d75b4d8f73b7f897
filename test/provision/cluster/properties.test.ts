/**
 * What holds for every text: reading it answers and never throws, and says one thing whatever the
 * order of the keys is.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { complaintLine, complaintsText, isError } from "../../../src/complaints.ts";
import { initText } from "../../../src/provision/cluster/init.ts";
import { readCluster } from "../../../src/provision/cluster/read-cluster.ts";
import { clusterKeys } from "../../../src/provision/cluster/table.ts";
import { clusterFile, sketchWith } from "./sketch.ts";

/** A text is read to an end, and its complaints are fit to be printed. */
function assertAnswered(text: string): void {
  const read = readCluster(text, clusterFile);
  assert.equal(read.ok, !read.complaints.some(isError));
  const printed = `${complaintsText(read.complaints)}${read.complaints.map(complaintLine).join()}`;
  // oxlint-disable-next-line no-control-regex -- They are what must not be there.
  assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f]/);
}

const names = [...new Set(clusterKeys.flatMap((key) => key.split(".")))];

/** Words that mean something to YAML or to the table, and some that mean nothing to anybody. */
const token = fc.oneof(
  fc.constantFrom(...names),
  fc.constantFrom(
    ..."- ,: ,:,\n,\n  ,\n    ,{,},[,],#,&a,*a,!!int ,|,>,%YAML 1.1\n,---\n,~,\",',?,<<: ,\t".split(
      ",",
    ),
  ),
  fc.constantFrom("192.168.1.140", "0.0.0.0/0", "https://a/b", "true", "15", "4.1.5", "\u001b[2J"),
  fc.string({ maxLength: 4, unit: "binary" }),
);

test("Any text is answered.", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join("")),
  );
  fc.assert(fc.property(texts, assertAnswered), { numRuns: 1_000 });
});

/** What a person makes of a file: a few characters taken out, put in, or doubled. */
test("Any damage to a good file is answered.", () => {
  const edit = fc.record({
    at: fc.nat(4_000),
    cut: fc.integer({ min: 0, max: 20 }),
    put: fc.oneof(token, fc.constant("")),
  });
  const edits = fc.array(edit, { minLength: 1, maxLength: 4 });
  const kinds = fc.constantFrom("six-hosts" as const, "three-hosts" as const);
  fc.assert(
    fc.property(kinds, edits, (kind, list) => {
      let text = initText(kind);
      for (const { at, cut, put } of list) text = text.slice(0, at) + put + text.slice(at + cut);
      assertAnswered(text);
    }),
    { numRuns: 300 },
  );
});

/** Values of every shape, in the place of every key. */
test("Any value of any key is answered.", () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom("//[", "//", "\\\\[", "https://[", "https://", "::/0", "a/b/c", "./", "/.."),
  );
  const key = fc.constantFrom(...clusterKeys);
  fc.assert(
    fc.property(key, value, (path, given) => {
      const concrete = path.replace("hosts.*", "hosts.test-db1").replace(".*", ".app");
      assertAnswered(stringify(sketchWith({ [concrete]: given })));
    }),
    { numRuns: 600 },
  );
});

const full = {
  "postgresql.client-networks": ["10.0.0.0/8"],
  "postgresql.roles": { app: {}, backup: { replication: true } },
  "postgresql.databases": { shop: { owner: "app" } },
  "ssh.user": "root",
  "patroni.ttl": 45,
};

/** The same mapping with the keys of every level in another order. */
function shuffled(value: unknown, orders: () => number): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, member]) => {
    return { order: orders(), name, member: shuffled(member, orders) };
  });
  const sorted = entries.toSorted((a, b) => a.order - b.order);
  return Object.fromEntries(sorted.map(({ name, member }) => [name, member]));
}

/** Hosts, roles and databases are lists in the order of the file; all else knows no order. */
function inOneOrder(read: ReturnType<typeof readCluster>): unknown {
  assert(read.ok, complaintsText(read.complaints));
  const { cluster } = read;
  const byName = <T extends { readonly name: string }>(list: readonly T[]) =>
    list.toSorted((a, b) => a.name.localeCompare(b.name));
  const { databases, roles } = cluster.postgresql;
  const lists = { databases: byName(databases), roles: byName(roles) };
  return {
    ...cluster,
    hosts: byName(cluster.hosts),
    postgresql: { ...cluster.postgresql, ...lists },
  };
}

test("The order of keys says nothing.", () => {
  const sketch = sketchWith(full);
  const expected = inOneOrder(readCluster(stringify(sketch), clusterFile));
  let isMoved = false;
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (stream) => {
      const text = stringify(shuffled(sketch, () => stream.next().value ?? 0));
      isMoved ||= text !== stringify(sketch);
      assert.deepEqual(inOneOrder(readCluster(text, clusterFile)), expected);
    }),
    { numRuns: 100 },
  );
  assert(isMoved, "nothing was shuffled");
});

test("Hosts are in the order of the file.", () => {
  const hosts = { "test-db2": 2, "test-db1": 1 };
  const entries = Object.entries(hosts).map(([name, number]) => {
    return [name, { address: `10.0.0.${number}`, roles: ["database", "consul"] }] as const;
  });
  const third = { "test-db3": { address: "10.0.0.3", roles: ["consul"] } };
  const sketch = { ...sketchWith({}), hosts: { ...Object.fromEntries(entries), ...third } };
  const read = readCluster(stringify(sketch), clusterFile);
  assert(read.ok, complaintsText(read.complaints));
  assert.deepEqual(
    read.cluster.hosts.map(({ name, roles }) => [name, ...roles]),
    [
      ["test-db2", "database", "consul"],
      ["test-db1", "database", "consul"],
      ["test-db3", "consul"],
    ],
  );
});
