/**
 * `vip-agent status --cluster`: what Consul says of the members, who answers for the VIP, and what
 * is wrong with that.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { status } from "../../src/cli/status.ts";
import { clusterText } from "../../src/cli/status/cluster-text.ts";
import { clusterView } from "../../src/cli/status/cluster-view.ts";
import { plainStyle } from "../../src/cli/status/layout.ts";
import { folderOf, readMembers } from "../../src/cli/status/members.ts";
import { type Answering, whoAnswers } from "../../src/cli/status/wire.ts";
import type { FolderEntry } from "../../src/clients/consul-members.ts";
import { done, failed } from "../../src/outcome.ts";
import { parseAddress } from "../../src/vip/address.ts";
import { vip } from "./healthy.ts";
import { fakeScreen } from "./status-fakes.ts";

const folder = "db/test/";

function entry(name: string, value: unknown, session?: string): FolderEntry {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return { key: folder + name, value: text, session };
}

/** As Patroni 4.1 writes it, as far as it matters. */
function member(number: number, changed: object = {}) {
  const said = {
    conn_url: `postgres://192.168.1.14${number}:5432/postgres`,
    api_url: `http://192.168.1.14${number}:8008/patroni`,
    state: "running",
    role: "replica",
    version: "4.1.5",
    xlog_location: 67_109_184,
    timeline: 3,
    ...changed,
  };
  return entry(`members/pg${number}`, said, `session-${number}`);
}

const entries = [
  entry("config", { ttl: 30, loop_wait: 10, retry_timeout: 10 }),
  entry("leader", "pg1", "session-1"),
  member(2, { xlog_location: 67_109_184 - 2_048 }),
  member(1, { role: "primary" }),
  entry("status", { optime: 67_109_184 }),
];

const found = readMembers(folder, entries);

describe("the members", () => {
  test("are read with role, state, timeline and how far they are behind, by name", () => {
    const rest = { state: "running", timeline: 3 };
    assert.deepEqual(found, {
      leader: "pg1",
      isLocked: true,
      isPaused: false,
      hasFailsafe: false,
      isStandby: false,
      members: [
        {
          name: "pg1",
          host: "192.168.1.141",
          role: "primary",
          ...rest,
          lagBytes: null,
          isLeader: true,
        },
        {
          name: "pg2",
          host: "192.168.1.142",
          role: "replica",
          ...rest,
          lagBytes: 2_048,
          isLeader: false,
        },
      ],
    });
  });

  test("that say something odd are there all the same", () => {
    const odd = [entry("members/a", "{"), entry("members/b", { conn_url: 7, timeline: "x" })];
    const unknown = { host: null, role: null, state: null, timeline: null, lagBytes: null };
    assert.deepEqual(
      readMembers(folder, odd).members,
      ["a", "b"].map((name) => ({ name, ...unknown, isLeader: false })),
    );
  });

  test("are measured by their leader where there is no status yet", () => {
    const [, second] = readMembers(folder, entries.slice(0, -1)).members;
    assert.equal(second?.lagBytes, 2_048);
  });

  test("may have an IPv6 address", () => {
    const one = member(1, { conn_url: "postgres://[fd00:1::141]:5432/postgres" });
    assert.equal(readMembers(folder, [one]).members[0]?.host, "fd00:1::141");
  });

  test("are in the folder of a leader key that is named as Patroni names it", () => {
    assert.equal(folderOf("db/test/leader"), folder);
    assert.equal(folderOf("db/test/0/leader"), "db/test/0/");
    assert.equal(folderOf("db/test/primary"), undefined);
  });
});

describe("who answers for the VIP", () => {
  const macs: Readonly<Record<string, string>> = { "192.168.1.141": "a", "192.168.1.142": "b" };

  /** The host with this MAC has the VIP, apart from this host. */
  async function answering(holder: string | undefined, isHere = false): Promise<Answering> {
    return await whoAnswers(vip, found.members, {
      isHere: () => isHere,
      probe: done(async ({ address }) => {
        return done(address.text === vip.address.text ? holder : macs[address.text]);
      }),
    });
  }

  test("is another member, by the MAC of its own address", async () => {
    assert.deepEqual(await answering("b"), {
      isHere: false,
      mac: "b",
      member: "pg2",
      problem: null,
    });
  });

  test("is a stranger", async () => {
    assert.deepEqual(await answering("c"), {
      isHere: false,
      mac: "c",
      member: null,
      problem: null,
    });
  });

  test("is this host, or nobody", async () => {
    const nobody = { mac: null, member: null, problem: null };
    assert.deepEqual(await answering(undefined, true), { isHere: true, ...nobody });
    assert.deepEqual(await answering(undefined), { isHere: false, ...nobody });
  });

  test("is not known without the right to ask, and how to get it is told", async () => {
    const denied = { isHere: () => true, probe: done(async () => failed("exit", "not permitted")) };
    const { isHere, problem } = await whoAnswers(vip, [], denied);
    assert.equal(isHere, true);
    assert.match(problem ?? "", /^not permitted; asking takes root, or an arping with/u);
  });

  test("is not asked without arping, nor for IPv6", async () => {
    const missing = { isHere: () => false, probe: failed("missing", "arping is not installed") };
    assert.equal((await whoAnswers(vip, [], missing)).problem, "arping is not installed");
    const address = parseAddress("fd00:1::140");
    assert.ok(address !== undefined);
    const { problem } = await whoAnswers({ ...vip, address }, [], missing);
    assert.match(problem ?? "", /IPv6/u);
  });
});

describe("what wants attention", () => {
  const silent: Answering = { isHere: false, mac: null, member: null, problem: null };
  const here: Answering = { ...silent, isHere: true };
  const there: Answering = { ...silent, mac: "b", member: "pg2" };
  const led = (leader: string | null) => ({ ...found, leader });
  const rows: readonly [string, Answering, typeof found, readonly RegExp[]][] = [
    ["nothing, where the leader's host has it: this one", here, led("pg1"), []],
    ["nothing, where the leader's host has it: another", there, led("pg2"), []],
    ["a leader without the VIP", silent, led("pg1"), [/^nobody answers for 192/u]],
    ["two holders", { ...there, isHere: true }, led("pg1"), [/^two hosts answer .* pg2 \(b\)$/u]],
    [
      "the VIP on this host, and another leads",
      here,
      led("pg2"),
      [/^this host, pg1, .* pg2 leads$/u],
    ],
    ["the VIP on another host than the leader's", there, led("pg1"), [/^pg2 \(b\) .* pg1 leads$/u]],
    [
      "the VIP on a host that is no member's",
      { ...there, member: null },
      led("pg2"),
      [/^a host with the MAC b answers .* pg2 leads: is that its host\?$/u],
    ],
    ["nobody who leads", silent, led(null), [/^nobody leads/u]],
    [
      "a leader without a session",
      here,
      { ...led("pg1"), isLocked: false },
      [/no session locks it/u],
    ],
    ["a leader that is no member", silent, led("pg9"), [/no such member/u, /^nobody answers/u]],
    ["nothing, where the wire cannot be asked", { ...silent, problem: "x" }, led("pg1"), []],
  ];
  for (const [title, answering, members, wanted] of rows) {
    test(title, () => {
      const vips = [{ vip: "192.168.1.140/32", interface: "eth0", member: "pg1", answering }];
      const facts = { key: "db/test/leader", found: members, vips, requireSession: true };
      const { attention } = clusterView(facts);
      assert.equal(attention.length, wanted.length, attention.join("\n"));
      for (const [index, words] of wanted.entries()) assert.match(attention[index] ?? "", words);
    });
  }
});

test("the text is a table of the members, the leader marked, and a line for each VIP", () => {
  const answering = { isHere: true, mac: "b", member: "pg2", problem: null };
  const vips = [{ vip: "192.168.1.140/32", interface: "eth0", member: "pg1", answering }];
  const facts = { key: "db/test/leader", found, vips, requireSession: true };
  assert.deepEqual(clusterText(clusterView(facts), plainStyle).split("\n"), [
    "ATTENTION two hosts answer for 192.168.1.140/32: this one and pg2 (b)",
    "",
    "db/test/leader: pg1 leads",
    "   member  host           role     state    TL  behind",
    "*  pg1     192.168.1.141  primary  running  3",
    "   pg2     192.168.1.142  replica  running  3   2.0 KiB",
    "192.168.1.140/32 on eth0: this host (pg1) has it; pg2 (b) answers",
    "",
  ]);
});

describe("the command", () => {
  async function call(flags: Readonly<Record<string, string>>) {
    const screen = fakeScreen();
    const code = await status({ flags, isJson: false, isWatch: false, isCluster: true }, screen);
    return { code, text: screen.written.join(""), complaint: screen.complaints.join("") };
  }

  const needed = { ip: "192.168.1.140", interface: "lo" };

  test("needs a configuration, and says what is missing", async () => {
    const { code, complaint } = await call({});
    assert.equal(code, 1);
    assert.match(complaint, /^error: ip.*needs the configuration: name it by --config$/msu);
  });

  test("says which endpoints of Consul gave no answer", async () => {
    const endpoints = "http://127.0.0.1:1,http://127.0.0.1:2";
    const flags = { ...needed, "trigger-key": "db/test/leader", "dcs-endpoints": endpoints };
    const { code, text, complaint } = await call(flags);
    assert.deepEqual([code, text], [1, ""]);
    assert.match(complaint, /no answer about db\/test\/\n {2}http:.*:1: .*\n {2}http:.*:2: /u);
  });

  test("asks no further than Patroni's naming goes", async () => {
    const { code, complaint } = await call({ ...needed, "trigger-key": "db/test/primary" });
    assert.equal(code, 1);
    assert.match(complaint, /its members are not known/u);
  });
});
