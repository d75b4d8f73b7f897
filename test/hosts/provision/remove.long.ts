/**
 * A cluster that is taken off its hosts, and brought back with its data; then taken off with its data.
 *
 * It is one story: each test goes on with the hosts as the one before has left them. What is asserted is
 * seen on the hosts themselves, not told by the run.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { attempt } from "../../../lab/command.ts";
import { inHost, VIP } from "../../../lab/network.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { writeClusterFile } from "./support/cluster-file.ts";
import { leaderBy, untilWhole } from "./support/cluster-state.ts";
import { DatabaseClient } from "./support/database-client.ts";
import { ProcessWatch } from "./support/process-watch.ts";
import {
  endsWith,
  phaseTimes,
  provision,
  secretsOf,
  stepsOf,
  summariesOf,
} from "./support/provision.ts";
import { DATABASE_HOSTS, ProvisionStage } from "./support/stage.ts";

const SUITE = suiteOf(process.env);
const WHOLE_WITHIN_MS = 60_000;
const SCOPE = "test";
const CONFIRMED = ["--confirm", SCOPE];
const DATA_CONFIRMED = [...CONFIRMED, "--data", "--confirm-data", `delete ${SCOPE}`];

/** What must be found on no host once the stack is off it. */
const OURS = [
  "/etc/consul.d",
  "/etc/patroni",
  "/etc/vip-agent",
  "/etc/postgresql-common/createcluster.d/vip-agent.conf",
  "/etc/systemd/journald.conf.d",
  "/etc/systemd/system/consul.service",
  "/etc/systemd/system/patroni.service",
  "/etc/systemd/system/postgresql.service",
  "/opt/patroni",
  "/usr/local/bin/consul",
  "/usr/local/bin/patroni",
  "/usr/local/bin/patronictl",
  "/usr/bin/vip-agent",
];

const skip = await skipWithoutProvisions(SUITE);

describe(`a cluster of three hosts with ${SUITE}`, { skip }, () => {
  const [first = "", second = "", third = ""] = DATABASE_HOSTS;
  let stage: ProvisionStage;
  let file: string;
  let major: string;
  let client: DatabaseClient;
  let watch: ProcessWatch | undefined;

  before(async () => {
    stage = await ProvisionStage.open({ hosts: DATABASE_HOSTS, suite: SUITE });
    const changes = { "journal.keep-days": 30 };
    file = await writeClusterFile(stage, { layout: "three-hosts", changes });
    major = SUITE === "bookworm" ? "15" : "17";
    watch = new ProcessWatch();
  });

  after(async () => {
    await watch?.close();
    await stage?.close();
  });

  const run = async (verb: string, ...flags: readonly string[]) => {
    return await provision(stage, verb, file, ...flags);
  };
  const dataFolders = () => {
    const pgdata = `/pgsql/pg_data/${major}/${SCOPE}`;
    return [`${pgdata}/PG_VERSION`, `/pgsql/pg_wal/${major}/${SCOPE}`, "/var/lib/consul/raft"];
  };

  const isOff = async (): Promise<void> => {
    for (const { host, found } of await thingsOn(stage)) assert.equal(found, "", host);
    const pinged = await attempt([...inHost("client"), "ping", "-c", "1", "-W", "1", VIP]);
    assert.notEqual(pinged.exitCode, 0, "somebody answers for the VIP");
  };

  it("is built, and its leader is not the first host", async () => {
    endsWith(await run("apply"), 0);
    client = await DatabaseClient.open(file, VIP);
    await client.query("create table notes (text text)");
    await client.query("insert into notes values ('kept')");
    const control = "patronictl -c /etc/patroni/patroni.yml";
    const moved = await stage.ssh(
      first,
      `${control} switchover ${SCOPE} --candidate ${second} --force`,
    );
    assert.equal(moved.exitCode, 0, moved.stderr);
    await untilWhole(stage, DATABASE_HOSTS, WHOLE_WITHIN_MS);
    assert.equal(await leaderBy(stage, first), second);
  });

  it("stays as it is without its name, or with another one", async () => {
    // How far replicas are behind changes while nobody does anything.
    const shown = async () => (await run("status")).stdout.replaceAll(/"lagBytes":\d+,/gu, "");
    const shownBefore = await shown();
    for (const flags of [[], ["--data", ...CONFIRMED], ["--confirm", "tset"], ["--skip", "db9"]]) {
      endsWith(await run("remove", ...flags), 64);
    }
    assert.equal(await shown(), shownBefore);
    assert.equal(stepsOf(await run("plan")), 0);
  });

  it("is not removed while Patroni is paused, or a PostgreSQL runs without it", async () => {
    const control = "patronictl -c /etc/patroni/patroni.yml";
    await stage.ssh(first, `${control} pause --wait`);
    endsWith(await run("remove", ...CONFIRMED), 3);
    // In pause PostgreSQL outlives its Patroni.
    await stage.ssh(third, "systemctl stop patroni");
    await stage.ssh(first, `${control} resume --wait`);
    const refused = await run("remove", ...CONFIRMED);
    endsWith(refused, 3);
    assert.match(refused.stdout, /postgresql-alone/);
    await stage.ssh(third, "systemctl start patroni");
    await untilWhole(stage, DATABASE_HOSTS, WHOLE_WITHIN_MS);
  });

  it("is removed without its data, whatever was written last with it", async (test) => {
    await client.query("insert into notes values ('written last')");
    await stage.ssh(third, "echo '# by hand' >>/etc/patroni/patroni.yml");
    const removed = await run("remove", ...CONFIRMED);
    test.diagnostic(phaseTimes(removed));
    test.diagnostic(`${stepsOf(removed)} steps in ${(removed.tookMs / 1e3).toFixed(1)} s`);
    endsWith(removed, 0);
    const byHand = summariesOf(removed).filter((text) => text.includes("changed by hand"));
    assert.ok(
      byHand.every((text) => text.startsWith(third) && text.includes("/etc/patroni/patroni.yml")),
      byHand.join("\n"),
    );
    assert.ok(byHand.length > 0, "nobody has named the file that was changed by hand");
    await isOff();
    for (const host of DATABASE_HOSTS) {
      const there = await stage.ssh(host, `ls -d ${dataFolders().join(" ")}`);
      assert.equal(there.exitCode, 0, there.stderr);
    }
    const kept = `grep -rl 'by hand' /var/lib/vip-agent-provision/kept`;
    assert.equal((await stage.ssh(third, kept)).exitCode, 0);
    assert.ok((await secretsOf(file)).size > 10);
  });

  it("has nothing left to remove a second time", async () => {
    const again = await run("remove");
    endsWith(again, 0);
    assert.equal(stepsOf(again), 0, summariesOf(again).join("\n"));
  });

  it("is brought back by apply with its data, also by hosts that have booted since", async () => {
    await stage.reboot(first);
    endsWith(await run("preflight"), 0);
    const applied = await run("apply");
    endsWith(applied, 0);
    assert.equal(
      await client.query("select string_agg(text, ', ' order by text) from notes"),
      "kept, written last",
    );
    assert.equal(stepsOf(await run("apply")), 0);
  });

  it("is removed while a host is away, if that host is left out by name", async () => {
    await untilWhole(stage, DATABASE_HOSTS, WHOLE_WITHIN_MS);
    const leader = await leaderBy(stage, first);
    const away = DATABASE_HOSTS.find((host) => host !== leader) ?? "";
    await stage.killHost(away);
    const refused = await run("remove", ...CONFIRMED);
    endsWith(refused, 1);
    assert.match(refused.stdout, new RegExp(`--skip ${away}`, "u"));
    endsWith(await run("remove", ...CONFIRMED, "--skip", away), 0);
    await stage.powerOn(away);
    endsWith(await run("remove", ...CONFIRMED), 0);
    await isOff();
  });

  it("loses its data with the second confirmation, and the packages stay", async () => {
    endsWith(await run("apply"), 0);
    assert.equal(await client.query("select count(*) from notes"), "2");
    const removed = await run("remove", ...DATA_CONFIRMED);
    endsWith(removed, 0);
    await isOff();
    for (const host of DATABASE_HOSTS) {
      const places = [...dataFolders(), "/var/lib/consul", `/pgsql/pg_data/${major}`];
      for (const place of places) {
        const there = await stage.ssh(host, `ls -d ${place}`);
        assert.equal(there.exitCode, 2, `${host}: ${place} ${there.stdout}`);
      }
      const program = await stage.ssh(host, `/usr/lib/postgresql/${major}/bin/postgres --version`);
      assert.match(program.stdout, /PostgreSQL/);
    }
    const again = await run("remove", ...DATA_CONFIRMED);
    endsWith(again, 0);
    assert.equal(stepsOf(again), 0, summariesOf(again).join("\n"));
  });

  it("can be built anew, with the same secrets", async () => {
    endsWith(await run("apply"), 0);
    assert.equal(await client.query("select count(*) from pg_class where relname = 'notes'"), "0");
  });

  it("no run has shown a secret, nor any process in its arguments or its environment", async () => {
    const secrets = await secretsOf(file);
    assert.ok(secrets.size > 10, "too few secrets to look for");
    const words = [stage.heard, ...(watch?.seen ?? [])].join("\n");
    const shown = [...secrets].filter(([, secret]) => words.includes(secret));
    assert.deepEqual(
      shown.map(([name]) => name),
      [],
    );
  });
});

/** What is still there of the stack: files, the VIP, units, processes, ports. */
async function thingsOn(stage: ProvisionStage) {
  const script = [
    `ls -d ${OURS.join(" ")} 2>/dev/null`,
    `ip -oneline address show to ${VIP}`,
    "systemctl list-unit-files --no-legend consul.service patroni.service 'vip-agent*'",
    "systemctl list-units --all --no-legend consul.service patroni.service 'vip-agent*'",
    "pgrep -l 'consul|patroni|postgres|vip-agent'",
    "ss -ltnH '( sport = :5432 or sport = :8008 or sport = :8300 or sport = :8500 )'",
    "grep -n vip-agent /etc/hosts",
    "true",
  ];
  return Promise.all(
    stage.machines.map(async ({ host }) => {
      const { stdout } = await stage.machine(host).attempt(["sh", "-c", script.join("; ")]);
      return { host, found: stdout };
    }),
  );
}
