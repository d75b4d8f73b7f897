/**
 * Three hosts that say to be Astra Linux, with a stand-in for Postgres Pro's package: its cluster is
 * made, tuned, and never started; its numbers become Patroni's, once and for all.
 *
 * It is one story: each test goes on with the hosts as the one before has left them. On the third host
 * somebody has installed the package by hand, and its cluster runs.
 */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before, describe, it } from "node:test";

import { findProvisions } from "../../../lab/machines/bare.ts";
import { VIP, type HostName } from "../../../lab/network.ts";
import { lockFolder } from "../../../src/provision/executor/lock.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { MAJORS, writeClusterFile } from "./support/cluster-file.ts";
import { untilWhole } from "./support/cluster-state.ts";
import { DatabaseClient } from "./support/database-client.ts";
import { ASTRA_RELEASE, buildStub, nameOf } from "./support/postgrespro.ts";
import { endsWith, phaseTimes, provision, stepsOf, summariesOf } from "./support/provision.ts";
import { DATABASE_HOSTS, ProvisionStage } from "./support/stage.ts";

const SUITE = suiteOf(process.env);
const MAJOR = MAJORS[SUITE];
const UNIT = `${nameOf(MAJOR)}.service`;
const STOCK = `/var/lib/pgpro/1c-${MAJOR}`;
const BACK_WITHIN_MS = 180_000;

const skip = await skipWithoutProvisions(SUITE);

describe(`three hosts as Astra Linux, with Postgres Pro's package, on ${SUITE}`, { skip }, () => {
  const [first = "", second = "", third = ""] = DATABASE_HOSTS;
  let stage: ProvisionStage;
  let file: string;

  before(async () => {
    const { packages } = await findProvisions(SUITE);
    const out = `${tmpdir()}/postgrespro`;
    await mkdir(out);
    await buildStub({ packages, major: MAJOR, out });
    stage = await ProvisionStage.open({
      hosts: DATABASE_HOSTS,
      suite: SUITE,
      repositories: [out],
      files: { "/etc/os-release": ASTRA_RELEASE },
    });
    const changes = { "postgresql.profile": "postgrespro-1c", "postgresql.tuning": "1c" };
    file = await writeClusterFile(stage, { layout: "three-hosts", changes });
  });

  after(async () => stage.close());

  const run = async (verb: string) => await provision(stage, verb, file);

  /** What it says there; it has to succeed. */
  const told = async (host: HostName, command: string) => {
    const { exitCode, stdout, stderr } = await stage.ssh(host, command);
    assert.equal(exitCode, 0, `${command} on ${host}: ${stderr}`);
    return stdout.trim();
  };

  const psql = async (host: HostName, sql: string, folder = "/run/postgresql") => {
    const program = `/opt/pgpro/1c-${MAJOR}/bin/psql --host=${folder} --dbname=postgres`;
    return await told(host, `runuser -u postgres -- ${program} -AtXc "${sql}"`);
  };

  it("a cluster of the package that runs is not stopped: somebody has to say so", async () => {
    await told(third, `apt-get -q update && apt-get -q install --yes ${nameOf(MAJOR)}`);
    assert.equal(await told(third, `systemctl is-active ${UNIT}`), "active");
    await psql(third, "create table precious (text text)", "/tmp");
    const refused = await run("apply");
    assert.equal(refused.exitCode, 3);
    const obstacles = refused.events.flatMap((event) => {
      return event.kind === "obstacles" ? event.findings : [];
    });
    const errors = obstacles.filter(({ severity }) => severity === "error");
    assert.deepEqual([...new Set(errors.map(({ host }) => host))], [third]);
    const running = errors.find(({ code }) => code === "postgresql-running");
    assert.match(running?.finding ?? "", new RegExp(UNIT.replaceAll(".", "\\."), "u"));
    assert.equal(await told(third, `systemctl is-active ${UNIT}`), "active");
    assert.equal(await told(first, "ls /etc/consul.d 2>/dev/null || echo none"), "none");
    await told(third, `systemctl stop ${UNIT}`);
  });

  it("become a cluster, and verify is green", async (test) => {
    endsWith(await run("preflight"), 0);
    const applied = await run("apply");
    test.diagnostic(phaseTimes(applied));
    test.diagnostic(`${stepsOf(applied)} steps in ${(applied.tookMs / 1e3).toFixed(1)} s`);
    endsWith(applied, 0);
    endsWith(await run("verify"), 0);
  });

  it("a second apply does nothing", async () => {
    const again = await run("apply");
    endsWith(again, 0);
    assert.deepEqual(summariesOf(again), []);
  });

  it("a lock of somebody else holds up apply, and no verb that only looks", async () => {
    const owner = `${lockFolder}/owner`;
    await told(first, `mkdir ${lockFolder} && echo somebody >${owner}`);
    for (const verb of ["plan", "verify", "status"]) endsWith(await run(verb), 0);
    for (const verb of ["preflight", "apply"]) {
      const refused = await run(verb);
      assert.equal(refused.exitCode, 3, verb);
      assert.match(refused.stdout, /locked by somebody/u, verb);
    }
    assert.equal(await told(first, `cat ${owner} && rm -r ${lockFolder}`), "somebody");
    assert.equal(await told(second, `ls -d ${lockFolder} 2>/dev/null || echo none`), "none");
  });

  it("PostgreSQL runs with what the package has tuned, on each of them", async () => {
    const names = ["shared_buffers", "max_connections", "work_mem", "standard_conforming_strings"];
    const sql = names.map((name) => `current_setting('${name}')`).join(" || ' ' || ");
    for (const host of DATABASE_HOSTS) {
      assert.equal(await psql(host, `select ${sql}`), "512MB 500 4MB off", host);
    }
  });

  it("programs of 1C find the socket in /tmp", async () => {
    assert.equal(await psql(first, "select 1", "/tmp"), "1");
  });

  it("the package's own cluster lies there as it was made, and cannot be started", async () => {
    for (const host of DATABASE_HOSTS) {
      assert.equal(await told(host, `cat ${STOCK}/data/PG_VERSION`), String(MAJOR), host);
      const state = "--property=LoadState --property=ActiveState --value";
      assert.equal(await told(host, `systemctl show ${state} ${UNIT}`), "masked\ninactive", host);
      const { exitCode } = await stage.ssh(host, `systemctl start ${UNIT}`);
      assert.notEqual(exitCode, 0, host);
    }
    for (const host of [first, second]) {
      assert.equal(await told(host, `ls ${STOCK}`), "data", "it was started once");
    }
  });

  it("after a boot the member is back, and the package's cluster still rests", async () => {
    await stage.reboot(second);
    await untilWhole(stage, [first, second, third], BACK_WITHIN_MS);
    const lines = "for one in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$one; echo; done 2>/dev/null";
    assert.equal(await told(second, `${lines} | grep -c '[/]postgres -D'`), "1");
    assert.equal(
      await told(second, `systemctl show --property=ActiveState --value ${UNIT}`),
      "inactive",
    );
  });

  it("what was taken over stays, whatever becomes of where it came from", async () => {
    await told(first, `rm -r ${STOCK}`);
    await told(second, `echo 'shared_buffers = 64MB' >>${STOCK}/data/postgresql.conf`);
    const planned = await run("plan");
    endsWith(planned, 0);
    assert.deepEqual(summariesOf(planned), []);
    endsWith(await run("verify"), 0);
  });

  it("an application writes through the VIP", async () => {
    const client = await DatabaseClient.open(file, VIP);
    await client.query("create table notes (text text)");
    assert.equal(await client.query("select count(*) from notes"), "0");
  });

  it("whoever has data in the package's cluster has them still", async () => {
    await told(
      third,
      `install -d -o postgres ${STOCK}/read && cp -a ${STOCK}/data ${STOCK}/read/data`,
    );
    const bin = `/opt/pgpro/1c-${MAJOR}/bin`;
    const options = `-o '-p 5499 -k /tmp -c listen_addresses='`;
    const control = `${bin}/pg_ctl -D ${STOCK}/read/data -w -s`;
    await told(third, `cd / && runuser -u postgres -- ${control} ${options} -l /dev/null start`);
    const program = `${bin}/psql --host=/tmp --port=5499 --dbname=postgres`;
    const sql = "select count(*) from precious";
    assert.equal(await told(third, `runuser -u postgres -- ${program} -AtXc "${sql}"`), "0");
    await told(third, `runuser -u postgres -- ${control} -m fast stop`);
  });
});
