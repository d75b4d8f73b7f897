/**
 * Hosts and cluster files that are not as they should be: each is told with host, finding and remedy,
 * and nothing is changed anywhere.
 *
 * All is real but one thing: machines of one kernel share its clock, so the clock that is off is a
 * `date` which says so.
 */
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before, describe, it, type TestContext } from "node:test";

import { run as runHere } from "../../../lab/command.ts";
import type { Machine } from "../../../lab/machines/machine.ts";
import { inHost, INTERFACE, VIP } from "../../../lab/network.ts";
import { readCluster } from "../../../src/provision/cluster/read-cluster.ts";
import { createSecrets } from "../../../src/provision/secrets/make-secrets.ts";
import { secretsPath, storeSecrets } from "../../../src/provision/secrets/secrets-file.ts";
import type { Secrets } from "../../../src/provision/secrets/secrets.ts";
import { ADMIN } from "./support/access.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { writeClusterFile, type Changes } from "./support/cluster-file.ts";
import { fingerprintOf } from "./support/fingerprint.ts";
import { errorsOf, findingsOf, provision, type ProvisionRun } from "./support/provision.ts";
import { DATABASE_HOSTS, ProvisionStage } from "./support/stage.ts";
import {
  bootstrapStrangely,
  removeStrangeConsul,
  startStrangeConsul,
} from "./support/strange-consul.ts";

const SUITE = suiteOf(process.env);
const DATACENTER = "test-dcs-cluster";
const LOCALE = "ru_RU.UTF-8";
const [FIRST = "", SECOND = "", THIRD = ""] = DATABASE_HOSTS;
const FAILED = 1;
const NOT_READY = 3;

const skip = await skipWithoutProvisions(SUITE);

describe(`three hosts that are not fit, with ${SUITE}`, { skip }, () => {
  let stage: ProvisionStage;

  before(async () => {
    stage = await ProvisionStage.open({ hosts: DATABASE_HOSTS, suite: SUITE });
  });

  after(async () => stage.close());

  const fileWith = async (changes: Changes = {}) => {
    const wished = { "postgresql.locale": LOCALE, ...changes };
    return await writeClusterFile(stage, { layout: "three-hosts", user: ADMIN, changes: wished });
  };

  /** Of the hosts that are on. */
  const fingerprints = async () => {
    const machines = stage.machines.filter(({ isOn }) => isOn);
    return new Set((await Promise.all(machines.map(fingerprintOf))).flat());
  };

  const isUnchangedSince = async (earlier: ReadonlySet<string>) => {
    assert.ok(earlier.size > 1_000, "hardly a file was seen");
    const later = await fingerprints();
    const changed = [...later].filter((line) => !earlier.has(line));
    const gone = [...earlier].filter((line) => !later.has(line));
    assert.deepEqual({ changed, gone }, { changed: [], gone: [] });
  };

  /** Runs both verbs, which have to agree, and proves that they have left everything alone. */
  const isRefused = async (file: string, expected: readonly string[], applyCode = NOT_READY) => {
    const earlier = await fingerprints();
    const looked = await provision(stage, "preflight", file);
    assert.deepEqual(errorsOf(looked), expected);
    assert.equal(looked.exitCode, NOT_READY);
    const applied = await provision(stage, "apply", file);
    assert.deepEqual(errorsOf(applied), expected);
    assert.equal(applied.exitCode, applyCode);
    await isUnchangedSince(earlier);
    return looked;
  };

  it("a cluster file with a typo, or two hosts of one name, is refused by its lines", async () => {
    const earlier = await fingerprints();
    const file = await fileWith({ "patroni.synchronus": "on" });
    const misspelled = await stage.vipAgent(["provision", "apply", file]);
    assert.equal(misspelled.exitCode, 1);
    assert.match(misspelled.stderr, /patroni\.synchronus .*cluster\.yml:\d+/u);
    assert.match(misspelled.stderr, /to do:.*synchronous/u);
    const text = await readFile(await fileWith(), "utf8");
    await writeFile(file, text.replace(`  ${THIRD}:`, `  ${SECOND}:`));
    const doubled = await stage.vipAgent(["provision", "apply", file]);
    assert.equal(doubled.exitCode, 1);
    assert.match(doubled.stderr, new RegExp(`${SECOND} .*cluster\\.yml:\\d+`, "u"));
    await isUnchangedSince(earlier);
  });

  it("everything that is wrong with the hosts is told at once", async (test) => {
    const disks = { data: await makeDisk(test, stage), wal: await makeDisk(test, stage) };
    await runHere(["mkfs.ext4", "-q", disks.data], { timeoutMs: 30_000 });
    await startStrangeConsul({
      machine: stage.machine(FIRST),
      program: stage.provisions.consul,
      datacenter: "elsewhere",
      gossipKey: randomBytes(32).toString("base64"),
    });
    const squatter = ["systemd-run", "--quiet", "--unit=squatter", "systemd-socket-activate"];
    await stage.machine(SECOND).run([...squatter, "--accept", "--listen=8008", "cat"]);
    await callItself(stage.machine(SECOND), FIRST);
    const clock = "#!/bin/sh\nexec /usr/bin/date --date='1 minute' \"$@\"\n";
    await stage.machine(SECOND).write("/usr/local/bin/date", clock, 0o755);
    await stage.machine(THIRD).run(["localedef", "--delete-from-archive", "ru_RU.utf8"]);
    await runHere([...inHost("client"), "ip", "address", "add", `${VIP}/32`, "dev", INTERFACE]);
    const file = await fileWith({ [`hosts.${THIRD}.disks`]: disks });
    const looked = await isRefused(file, [
      `${FIRST} consul-datacenter`,
      `${FIRST} hostname-shared`,
      `${FIRST} port-taken`,
      `${FIRST} vip-answered`,
      `${SECOND} clock-skew`,
      `${SECOND} hostname-shared`,
      `${SECOND} port-taken`,
      `${THIRD} disk-unfit`,
      `${THIRD} locale-missing`,
    ]);
    says(looked, FIRST, /Consul runs here, of the datacenter elsewhere, not test-dcs-cluster/u);
    says(looked, FIRST, /another host answers for the VIP .*: 02:00:00:00:00:0a/u);
    says(looked, SECOND, /the clock is (?:59|6\d)\.\d s ahead of the other hosts/u);
    says(looked, SECOND, /port 8008\/tcp, for Patroni, is taken by .* \(squatter\.service\)/u);
    says(looked, THIRD, new RegExp(`${disks.data} is in use: .*ext4 signature`, "u"));
    says(looked, THIRD, /there is no locale ru_RU\.UTF-8/u);
    test.diagnostic(`${findingsOf(looked).length} findings in ${looked.tookMs.toFixed(0)} ms`);
    await removeStrangeConsul(stage.machine(FIRST));
    await stage.machine(SECOND).run(["systemctl", "stop", "squatter"]);
    await callItself(stage.machine(SECOND), SECOND);
    await stage.machine(SECOND).remove("/usr/local/bin/date");
    await stage.machine(THIRD).run(["locale-gen"]);
    await runHere([...inHost("client"), "ip", "address", "del", `${VIP}/32`, "dev", INTERFACE]);
    assert.deepEqual(errorsOf(await provision(stage, "preflight", await fileWith())), []);
  });

  it("a Consul of this datacenter and another gossip key is nobody's to take over", async () => {
    const file = await fileWith();
    await startStrangeConsul({
      machine: stage.machine(FIRST),
      program: stage.provisions.consul,
      datacenter: DATACENTER,
      gossipKey: randomBytes(32).toString("base64"),
    });
    await isRefused(file, [`${FIRST} consul-secrets-lost`]);
    await keepSecrets(file);
    await isRefused(file, [`${FIRST} consul-key`]);
    await removeStrangeConsul(stage.machine(FIRST));
    await rm(secretsPath(file));
  });

  it("ACLs that somebody else has bootstrapped are left alone", async () => {
    const file = await fileWith();
    const secrets = await keepSecrets(file);
    const machine = stage.machine(FIRST);
    await startStrangeConsul({
      machine,
      program: stage.provisions.consul,
      datacenter: DATACENTER,
      gossipKey: secrets.gossipKey.reveal(),
    });
    await bootstrapStrangely(machine);
    const earlier = await fingerprints();
    const looked = await provision(stage, "preflight", file);
    says(looked, FIRST, /does not know the management token of the secrets file/u);
    const applied = await provision(stage, "apply", file);
    assert.deepEqual(errorsOf(applied), [`${FIRST} consul-acl`]);
    says(applied, FIRST, /bootstrapped with another token than that of the secrets file/u);
    assert.equal(applied.exitCode, NOT_READY);
    await isUnchangedSince(earlier);
    await removeStrangeConsul(machine);
    await rm(secretsPath(file));
  });

  it("a host that is off, and one where sudo asks for a password", async () => {
    const file = await fileWith();
    await stage.machine(SECOND).remove(`/etc/sudoers.d/${ADMIN}`);
    await stage.killHost(THIRD);
    const expected = [`${SECOND} sudo`, `${THIRD} unreachable`];
    const looked = await isRefused(file, expected, FAILED);
    says(looked, SECOND, /sudo: a password is required/u);
    says(looked, THIRD, /timed out|No route to host/u);
  });
});

function says(run: ProvisionRun, host: string, pattern: RegExp): void {
  const said = findingsOf(run).filter((one) => one.host === host);
  const found = said.map(({ finding }) => finding);
  assert.ok(
    found.some((finding) => pattern.test(finding)),
    `${String(pattern)} is not in\n${found.join("\n")}`,
  );
}

/** As the copy of a disk does. Without the line, sudo would look for the name for 20 seconds. */
async function callItself(machine: Machine, name: string): Promise<void> {
  await machine.write("/etc/hosts", `127.0.0.1\tlocalhost\n127.0.1.1\t${name}\n`);
  await machine.run(["hostname", name]);
}

/** The secrets of a run that came before. */
async function keepSecrets(file: string): Promise<Secrets> {
  const read = readCluster(await readFile(file, "utf8"), file);
  assert.ok(read.ok);
  const secrets = createSecrets(read.cluster);
  const { scope } = read.cluster;
  const stored = await storeSecrets(secretsPath(file), { scope, secrets, replaced: undefined });
  assert.ok(stored.ok);
  return secrets;
}

/** A disk of the third host, under the same name in the world around. */
async function makeDisk(test: TestContext, stage: ProvisionStage): Promise<string> {
  const image = `${tmpdir()}/disk-${randomUUID()}`;
  await runHere(["truncate", "-s", "9G", image]);
  const device = (await runHere(["losetup", "--find", "--show", image])).trim();
  test.after(() => runHere(["losetup", "--detach", device]));
  const number = device.replace("/dev/loop", "");
  await stage.machine(THIRD).run(["mknod", device, "b", "7", number]);
  return device;
}
