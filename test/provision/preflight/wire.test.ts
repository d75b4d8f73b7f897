/**
 * What a host finds out about the others, on a real network of two of them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { reachedFrom } from "../../../src/provision/preflight/needed-ports.ts";
import { parseWire, wireScript } from "../../../src/provision/preflight/wire-script.ts";
import { sixHosts, testHost } from "../support/clusters.ts";
import { runSandboxed, sandboxProblem } from "./sandboxed.ts";

const skip = sandboxProblem();
const [here, there] = [
  testHost("test-db1", 141, ["database"]),
  testHost("test-db2", 142, ["database"]),
];
const cluster = sixHosts({ hosts: [here, there] });

/** The other host listens on PostgreSQL's port, drops what is for gossip, has the VIP. */
function network(more: string): string {
  return `
ip netns add there
ip link add eth0 type veth peer name eth0 address 02:00:00:00:00:8e netns there
ip link set eth0 up
ip address add 192.168.1.141/24 dev eth0
ip -n there link set eth0 up
ip -n there link set lo up
ip -n there address add 192.168.1.142/24 dev eth0
ip netns exec there node -e \\
    'require("net").createServer().listen(5432, "192.168.1.142", () => console.error())' \\
    2>/run/listening &
while [ ! -s /run/listening ]; do sleep 0.05; done
ip netns exec there nft -f - <<END
table inet wall {
    chain input {
        type filter hook input priority 0
        tcp dport 8301 drop
    }
}
END
${more}
sh -s
kill $!
`;
}

test("connected, refused, silent; and somebody answers for the VIP", { skip }, () => {
  const setup = network("ip -n there address add 192.168.1.140/32 dev eth0");
  const sight = parseWire(runSandboxed(setup, wireScript(cluster, here)));
  const answers = sight?.reaches.map(({ to, port, answer }) => `${to} ${port} ${answer}`);
  assert.deepEqual(answers?.toSorted(), [
    "test-db2 5432 connected",
    "test-db2 8008 refused",
    "test-db2 8301 silent",
  ]);
  assert.deepEqual(sight?.vip, { kind: "answered", mac: "02:00:00:00:00:8e" });
});

test("rejected on the way; and nobody answers for the VIP", { skip }, () => {
  const rule = "tcp dport 8008 reject with icmpx host-unreachable";
  const setup = network(`ip netns exec there nft add rule inet wall input ${rule}`);
  const sight = parseWire(runSandboxed(setup, wireScript(cluster, here)));
  const patroni = sight?.reaches.find(({ port }) => port === 8008);
  assert.equal(patroni?.answer, "rejected");
  assert.deepEqual(sight?.vip, { kind: "silent" });
});

test("without arping and ping the kernel's neighbours tell of the VIP", { skip }, () => {
  const setup = network("ip -n there address add 192.168.1.140/32 dev eth0");
  const script = wireScript(cluster, here).replaceAll(/has (arping|ping)/g, "false");
  const sight = parseWire(runSandboxed(setup, script));
  assert.deepEqual(sight?.vip, { kind: "answered", mac: "02:00:00:00:00:8e" });
});

test("a neighbour that is remembered and gone is not taken for an answer", { skip }, () => {
  const remembered = "192.168.1.140 lladdr 02:00:00:00:00:8e nud reachable dev eth0";
  const setup = network(`ip neigh replace ${remembered}`);
  const script = wireScript(cluster, here).replaceAll(/has (arping|ping)/g, "false");
  assert.deepEqual(parseWire(runSandboxed(setup, script))?.vip, { kind: "silent" });
});

test("without bash python3 connects, and without both nothing is said", { skip }, () => {
  const script = wireScript(cluster, here);
  const answersOf = (text: string) => {
    const sight = parseWire(runSandboxed(network(""), text));
    return sight?.reaches.map(({ port, answer }) => `${port} ${answer}`).toSorted();
  };
  assert.deepEqual(answersOf(script.replaceAll("has bash", "false")), [
    "5432 connected",
    "8008 refused",
    "8301 silent",
  ]);
  assert.deepEqual(answersOf(script.replaceAll(/has (bash|python3)/g, "false")), [
    "5432 unknown",
    "8008 unknown",
    "8301 unknown",
  ]);
});

test("who must reach whom: servers by all, PostgreSQL and Patroni by databases", () => {
  const six = sixHosts();
  const [server, , , database] = six.hosts;
  assert(server !== undefined && database !== undefined);
  const ports = (from: typeof server) => {
    return Object.groupBy(reachedFrom(six, from), ({ to }) => to.name);
  };
  const numbers = (list: readonly { readonly port: number }[] = []) => list.map(({ port }) => port);
  assert.deepEqual(numbers(ports(server)["test-dcs2"]), [8300, 8301]);
  assert.deepEqual(numbers(ports(server)["test-db1"]), [8301]);
  assert.deepEqual(numbers(ports(database)["test-dcs1"]), [8300, 8301]);
  assert.deepEqual(numbers(ports(database)["test-db2"]), [8301, 5432, 8008]);
  assert.equal(ports(database)["test-db1"], undefined);
});

test("reading never fails", () => {
  const rows = fc.array(fc.array(fc.oneof(fc.string(), fc.constantFrom("reach", "vip", "asked"))));
  fc.assert(
    fc.property(rows, (list) => {
      const text = [...list.map((row) => row.join("\t")), "end"].join("\n");
      assert.notEqual(parseWire(text), undefined);
    }),
  );
  assert.equal(parseWire("reach\ttest-db2\t5432\tconnected"), undefined);
});
