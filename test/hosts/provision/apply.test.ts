/**
 * From three bare hosts to a verified cluster, with real packages, a real Consul, PostgreSQL and
 * Patroni, and the project's own package.
 *
 * It is one story: each test goes on with the hosts as the one before has left them.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { VIP } from "../../../lab/network.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { writeClusterFile } from "./support/cluster-file.ts";
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
const PATRONI_FILE = "/etc/patroni/patroni.yml";

const skip = await skipWithoutProvisions(SUITE);

describe(`three hosts with ${SUITE}`, { skip }, () => {
  const [first = "", second = ""] = DATABASE_HOSTS;
  let stage: ProvisionStage;
  let file: string;
  let watch: ProcessWatch | undefined;

  before(async () => {
    stage = await ProvisionStage.open({ hosts: DATABASE_HOSTS, suite: SUITE });
    const changes = { "journal.keep-days": 30, "journal.max-size": "512MB" };
    file = await writeClusterFile(stage, { layout: "three-hosts", changes });
    watch = new ProcessWatch();
  });

  after(async () => {
    await watch?.close();
    await stage?.close();
  });

  const run = async (verb: string) => await provision(stage, verb, file);

  it("preflight finds nothing that would fail", async () => {
    endsWith(await run("preflight"), 0);
  });

  it("plan says what would be done, and does none of it", async (test) => {
    const planned = await run("plan");
    endsWith(planned, 2);
    test.diagnostic(`${stepsOf(planned)} steps planned in ${seconds(planned.tookMs)}`);
    for (const { root, host } of stage.machines) {
      const left = await stage.machine(host).attempt(["ls", "/usr/local/bin/consul", "/pgsql"]);
      assert.equal(left.exitCode, 2, `${root}: ${left.stdout}`);
    }
    assert.deepEqual(summariesOf(await run("plan")), summariesOf(planned));
  });

  it("apply builds the cluster", async (test) => {
    const applied = await run("apply");
    test.diagnostic(phaseTimes(applied));
    test.diagnostic(`${stepsOf(applied)} steps done in ${seconds(applied.tookMs)}`);
    endsWith(applied, 0);
  });

  it("verify proves it", async (test) => {
    const verified = await run("verify");
    endsWith(verified, 0);
    test.diagnostic(`verified in ${seconds(verified.tookMs)}`);
  });

  it("apply again changes nothing, and neither does plan want to", async (test) => {
    const again = await run("apply");
    endsWith(again, 0);
    assert.equal(stepsOf(again), 0, summariesOf(again).join("\n"));
    const planned = await run("plan");
    endsWith(planned, 0);
    test.diagnostic(`apply ${seconds(again.tookMs)}, plan ${seconds(planned.tookMs)}`);
  });

  it("the journal of each host takes as much as the cluster file says, and has lost nothing", async () => {
    for (const host of DATABASE_HOSTS) {
      const told = "journalctl --sync && journalctl --boot --output=cat --unit";
      const journal = await stage.ssh(host, `${told} systemd-journald`);
      assert.match(
        journal.stdout,
        /^System Journal \(\/var\/log\/journal\/.* max 512(?:\.0)?M,/mu,
        host,
      );
      const earlier = await stage.ssh(host, `${told} ssh`);
      assert.match(earlier.stdout, /Server listening/u, `${host} has lost what was before`);
      const later = await stage.ssh(host, `${told} patroni`);
      assert.match(later.stdout, /following a leader|i am the leader|no action/iu, host);
    }
  });

  it("a client on a client network writes through the VIP, as the application's role", async () => {
    const client = await DatabaseClient.open(file, VIP);
    await client.query("create table notes (text text)");
    await client.query("insert into notes values ('kept')");
    assert.equal(await client.query("select text from notes"), "kept");
    assert.equal(await client.query("select pg_is_in_recovery()"), "f");
  });

  it("a file that was changed by hand is shown by plan, and mended by apply", async () => {
    const { stdout: leader } = await stage.ssh(first, "cat /etc/patroni/patroni.yml | sha256sum");
    await stage.ssh(second, `echo '# by hand' >>${PATRONI_FILE}`);
    await stage.ssh(first, "sed -i '/test-db3/d' /etc/hosts");
    const planned = await run("plan");
    endsWith(planned, 2);
    const summaries = summariesOf(planned);
    assert.ok(
      summaries.some((text) => text.startsWith(second) && text.includes(PATRONI_FILE)),
      summaries.join("\n"),
    );
    assert.ok(
      summaries.some((text) => text.startsWith(first) && text.includes("/etc/hosts")),
      summaries.join("\n"),
    );
    endsWith(await run("apply"), 0);
    assert.equal(stepsOf(await run("plan")), 0);
    const hosts = await stage.ssh(first, "grep -c test-db3 /etc/hosts");
    assert.equal(hosts.stdout, "1\n");
    const files = await stage.ssh(second, `grep -c 'by hand' ${PATRONI_FILE}`);
    assert.equal(files.stdout, "0\n");
    assert.equal((await stage.ssh(first, `sha256sum <${PATRONI_FILE}`)).stdout, leader);
    endsWith(await run("verify"), 0);
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

function seconds(durationMs: number): string {
  return `${(durationMs / 1e3).toFixed(1)} s`;
}
