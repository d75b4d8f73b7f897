/**
 * What the benchmark reads from tools and from /proc.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePacket } from "../../bench/packets.ts";
import { descendants, parseSmaps, parseStat } from "../../bench/processes.ts";

test("a line of tcpdump gives time and ends", () => {
  const line =
    "1763690000.250000 02:00:00:00:00:b5 > 02:00:00:00:00:8d, ethertype IPv4 (0x0800), " +
    "length 312: 192.168.1.181.8500 > 192.168.1.141.41234: Flags [P.], seq 1:247, ack 1, win 5";
  assert.deepEqual(parsePacket(line), {
    atMs: 1_763_690_000_250,
    fromMac: "02:00:00:00:00:b5",
    from: "192.168.1.181",
    to: "192.168.1.141",
  });
});

test("other lines of tcpdump are no packets", () => {
  assert.equal(parsePacket("listening on eth0, link-type EN10MB"), undefined);
});

test("a process whose name holds brackets and spaces is read", () => {
  const line = "42 (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 11 22 33 44 20 0 1 0 99 0 0";
  assert.deepEqual(parseStat(line), { pid: 42, name: "a) b", parent: 7, cpuMs: 1_100 });
});

test("descendants are children and theirs", () => {
  const stat = (pid: number, parent: number) => ({ pid, parent, name: String(pid), cpuMs: 0 });
  const all = [stat(1, 0), stat(2, 1), stat(3, 2), stat(4, 0)];
  assert.deepEqual(
    descendants(all, 1).map(({ pid }) => pid),
    [2, 3],
  );
});

test("private memory is clean and dirty together", () => {
  const text = [
    "55d0a000-7ffd0000 ---p 00000000 00:00 0    [rollup]",
    "Rss:               50000 kB",
    "Pss:               20000 kB",
    "Private_Clean:      1000 kB",
    "Private_Dirty:     12000 kB",
  ].join("\n");
  assert.deepEqual(parseSmaps(text), { residentKb: 50_000, privateKb: 13_000 });
});
