/**
 * Disks of a real kernel: the phases of provisioning, over ssh, on a virtual machine with LVM.
 *
 * It is one story: each test goes on with the machine as the one before has left it. Everything that
 * could cost somebody's data is tried here: a disk with something on it, a disk that is another one than
 * the plan has seen, a folder with something in it.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, before, describe, it } from "node:test";
import { parseDocument } from "yaml";

import { monotonicMs, waitUntil } from "../../../lab/clock.ts";
import { attempt, run, type CommandResult } from "../../../lab/command.ts";
import { createLab, type Lab } from "../../../lab/lab.ts";
import { findProvisions } from "../../../lab/machines/bare.ts";
import { Guest } from "../../../lab/machines/guest.ts";
import { systemClock } from "../../../src/clock.ts";
import { complaintsText } from "../../../src/complaints.ts";
import type { Cluster, Disks, Host } from "../../../src/provision/cluster/cluster.ts";
import { initText } from "../../../src/provision/cluster/init.ts";
import { readCluster } from "../../../src/provision/cluster/read-cluster.ts";
import { openHosts, type Hosts } from "../../../src/provision/executor/hosts.ts";
import { applyPhases, planHost } from "../../../src/provision/phases/apply.ts";
import type { RunEvent } from "../../../src/provision/phases/events.ts";
import { lookAtHosts } from "../../../src/provision/phases/look.ts";
import { phases } from "../../../src/provision/phases/phases.ts";
import { Ports } from "../../../src/provision/phases/ports.ts";
import type { Run } from "../../../src/provision/phases/run.ts";
import { createSecrets } from "../../../src/provision/secrets/make-secrets.ts";
import { makeAccess, type Access } from "./support/access.ts";
import { skipWithoutGuest, suiteOf } from "./support/capabilities.ts";

const SUITE = suiteOf(process.env);
const HOST = "test-db1";
const DISK = "/dev/disk/by-id/virtio-";
const DISKS: Disks = { data: `${DISK}DATA-2`, wal: `${DISK}WAL-1` };

// An emulated processor takes a minute or two.
const BOOTED_WITHIN_MS = 400_000;
const COMMAND_DEADLINE_MS = 240_000;

const storage = phases.filter(({ name }) => name === "storage");

/** What is on a disk that is not ours: how it is made in there, and what is said of it. */
const MARKED = [
  { name: "ext4", make: "mkfs.ext4 -q -F", said: /ext4 signature/u },
  { name: "swap", make: "mkswap", said: /swap signature/u },
  { name: "lvm", make: "pvcreate -q", said: /LVM2_member signature/u },
  {
    name: "table",
    // One partition of the whole disk, as of old.
    make: `f() { printf '\\200\\1\\1\\0\\203\\376\\377\\377\\77\\0\\0\\0\\377\\377\\1\\0' |
        dd of="$1" bs=1 seek=446 conv=notrunc; printf '\\125\\252' | dd of="$1" bs=1 seek=510; }; f`,
    said: /dos signature/u,
  },
  { name: "scribble", make: "f() { echo precious | dd of=$1 bs=1 seek=70000; }; f", said: /data/u },
] as const;

const skip = await skipWithoutGuest(SUITE);

describe(`a virtual machine with disks, on ${SUITE}`, { skip }, () => {
  const home = `${tmpdir()}/control-${randomUUID()}`;
  let lab: Lab;
  let access: Access;
  let guest: Guest;
  let uuids: string;

  before(async (test) => {
    const provisions = await findProvisions(SUITE);
    lab = await createLab({ hosts: [HOST] });
    await mkdir(home, { mode: 0o700 });
    access = await makeAccess(home, [HOST]);
    guest = await Guest.make({ host: HOST, provisions, files: access.filesOf(HOST) });
    await guest.makeDisk({ name: "data-1", serial: "DATA-1", sizeMb: 1_536 });
    await guest.makeDisk({ name: "data-2", serial: "DATA-2", sizeMb: 1_536 });
    await guest.makeDisk({ name: "wal", serial: "WAL-1", sizeMb: 1_024 });
    for (const { name } of MARKED) await guest.makeDisk({ name, serial: name, sizeMb: 64 });
    const marked = MARKED.map(({ name }) => name);
    test.diagnostic(`booted in ${await boot(["data-1", "wal", ...marked])}`);
  });

  after(async () => {
    await guest?.close();
    await lab?.close();
    await rm(home, { recursive: true });
  });

  const ssh = async (command: string): Promise<CommandResult> => {
    const words = ["ssh", ...access.sshOptions, `root@${HOST}`, command];
    return await attempt(words, { timeoutMs: COMMAND_DEADLINE_MS });
  };

  const told = async (command: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await ssh(command);
    assert.equal(exitCode, 0, `${command}: ${stderr}`);
    return stdout.trim();
  };

  async function boot(disks: readonly string[]): Promise<string> {
    const startedAtMs = monotonicMs();
    await guest.powerOn(disks);
    const isUp = async () => {
      if (!guest.isOn) throw new Error(`${HOST} has ended: ${await guest.words()}`);
      const state = await ssh("systemctl is-system-running").catch(() => undefined);
      return ["running", "degraded"].includes(state?.stdout.trim() ?? "");
    };
    try {
      await waitUntil(`${HOST} has booted`, isUp, { timeoutMs: BOOTED_WITHIN_MS, everyMs: 1_000 });
    } catch (error) {
      throw new Error(`${String(error)}\n${await guest.words()}`, { cause: error });
    }
    return `${((monotonicMs() - startedAtMs) / 1e3).toFixed(0)} s`;
  }

  const powerOff = async () => {
    await ssh("systemctl poweroff").catch(() => undefined);
    await guest.untilOff();
  };

  /** A run as `apply` has it, on these disks. */
  async function withRun<T>(
    disks: Disks,
    use: (run: Run, host: Host, events: readonly RunEvent[]) => Promise<T>,
  ): Promise<T> {
    const cluster = clusterWith(disks, access.sshOptions);
    const [host] = cluster.hosts;
    assert(host !== undefined);
    const hosts = openHosts(cluster, { cacheFolder: `${home}/cache` });
    try {
      const executor = executorOf(hosts);
      const looked = await lookAtHosts(cluster, createSecrets(cluster), {
        executor: () => executor,
      });
      assert(looked.world !== undefined, JSON.stringify(looked.findings));
      const locked = await executor.lock("test");
      assert(locked.ok, locked.ok ? "" : locked.detail);
      const events: RunEvent[] = [];
      const ports = new Ports(cluster, hosts.executors);
      const { signal } = new AbortController();
      const tell = (event: RunEvent) => events.push(event);
      const answer = await use(
        { world: looked.world, ports, clock: systemClock(), signal, tell },
        host,
        events,
      );
      await executor.unlock();
      return answer;
    } finally {
      await hosts.close();
    }
  }

  const applied = async (disks: Disks) => {
    return await withRun(disks, async (one, _, events) => {
      const { ok } = await applyPhases(one, storage);
      const done = events.flatMap((event) => {
        return event.kind === "step-ended" && event.isDone ? [event.summary] : [];
      });
      const obstacles = events.flatMap((event) => {
        return event.kind === "obstacles" ? event.findings.map(({ finding }) => finding) : [];
      });
      const failures = events.flatMap((event) => {
        return event.kind === "step-ended" && !event.isDone ? [event.detail ?? ""] : [];
      });
      const { max_slot_wal_keep_size: keptWal } = one.world.parameters;
      return { ok, done, obstacles, failures, keptWal };
    });
  };

  const volumes = async () => await told("lvs --noheadings -o vg_name,lv_name,lv_size --units m");

  for (const { name, make, said } of MARKED) {
    it(`a disk that bears ${name} is refused, and stays as it is`, async () => {
      await told(`set -e; ${make} ${DISK}${name} >/dev/null 2>&1; sync; udevadm settle`);
      const digest = `blockdev --flushbufs ${DISK}${name}; sha256sum <${DISK}${name}`;
      const was = await told(digest);
      const { ok, done, obstacles } = await applied({ data: `${DISK}${name}`, wal: DISKS.wal });
      assert.deepEqual([ok, done], [false, []]);
      assert.equal(obstacles.length, 1);
      assert.match(obstacles[0] ?? "", said);
      assert.equal(await told(digest), was);
      assert.equal(await told("vgs --noheadings"), "");
    });
  }

  it("a disk that is another one than the plan has seen is not touched", async (test) => {
    const disks = { data: "/dev/vdb", wal: "/dev/vdc" };
    const [making] = await withRun(disks, async (one, host) => {
      const [phase] = storage;
      assert(phase !== undefined);
      const plan = await planHost(one, phase, host);
      assert(plan.ok, plan.ok ? "" : plan.detail);
      assert.deepEqual(plan.value.obstacles, []);
      return plan.value.operations;
    });
    assert.match(making?.summary ?? "", /of all of \/dev\/vdb \(serial DATA-1, 1\.5 GiB\)$/u);
    await powerOff();
    test.diagnostic(`booted in ${await boot(["data-2", "wal"])}`);
    const refused = await withRun(disks, async ({ ports }, host) => {
      assert(making !== undefined);
      return await ports.executor(host).perform(making.operation);
    });
    assert(!refused.ok);
    assert.match(refused.detail, /the serial 'DATA-2', and the plan was made for 'DATA-1'/u);
    assert.equal(await told("vgs --noheadings; wipefs --no-act /dev/vdb"), "");
  });

  it("a folder with something in it is not mounted over", async () => {
    await told("mkdir -p /pgsql/pg_wal && echo precious >/pgsql/pg_wal/file");
    const { done, obstacles } = await applied(DISKS);
    assert.deepEqual(done, []);
    assert.match(obstacles.join("\n"), /\/pgsql\/pg_wal is not empty/u);
    assert.equal(await told("cat /pgsql/pg_wal/file && rm -r /pgsql"), "precious");
  });

  it("empty disks become volumes with ext4, mounted by their UUID", async (test) => {
    const startedAtMs = monotonicMs();
    const { ok, done, failures, keptWal } = await applied(DISKS);
    test.diagnostic(
      `${done.length} steps in ${((monotonicMs() - startedAtMs) / 1e3).toFixed(1)} s`,
    );
    assert.deepEqual([ok, failures], [true, []]);
    assert.equal(done.length, 6, done.join("\n"));
    assert.equal(keptWal, "256MB");
    assert.match(await volumes(), /^ *pg +pg_data +1532\.00m\n *pg +pg_wal +1020\.00m$/u);
    const found = await told("findmnt -nro TARGET,SOURCE,FSTYPE,UUID -t ext4 | grep pgsql | sort");
    assert.match(
      found,
      /^\/pgsql\/pg_data \/dev\/mapper\/pg-pg_data ext4 \S{36}\n\/pgsql\/pg_wal \/dev\/mapper\/pg-pg_wal ext4 \S{36}$/u,
    );
    uuids = found.replaceAll(/^.* /gmu, "");
    const lines = await told("grep -c '^UUID=.*noatime,nofail 0 2$' /etc/fstab; cat /etc/fstab");
    assert.match(lines, /^2\n/u);
    for (const uuid of uuids.split("\n")) assert.ok(lines.includes(`UUID=${uuid} /pgsql/`), lines);
    await told("echo precious >/pgsql/pg_data/file; echo precious >/pgsql/pg_wal/file; sync");
  });

  it("a second apply does nothing", async () => {
    const { ok, done, obstacles } = await applied(DISKS);
    assert.deepEqual([ok, done, obstacles], [true, [], []]);
  });

  it("power that is lost takes nothing along, and a disk that has grown is let be", async (test) => {
    const were = await volumes();
    await guest.cutPower();
    await run(["truncate", "--size", "+1G", guest.imageOf("wal")]);
    test.diagnostic(`booted in ${await boot(["wal", "data-2"])}`);
    const found = await told("findmnt -nro TARGET,UUID -t ext4 | grep pgsql | sort");
    assert.equal(found.replaceAll(/^.* /gmu, ""), uuids);
    assert.equal(await told("cat /pgsql/pg_data/file /pgsql/pg_wal/file"), "precious\nprecious");
    assert.equal(await told(`blockdev --getsize64 ${DISKS.wal}`), String(2_048 * 2 ** 20));
    const { ok, done, obstacles, keptWal } = await applied(DISKS);
    assert.deepEqual([ok, done, obstacles], [true, [], []]);
    // By the volume, not by the disk.
    assert.equal(keptWal, "255MB");
    assert.equal(await volumes(), were);
  });
});

/** One host, as an operator would have edited it; nothing but its disks is looked at. */
function clusterWith({ data, wal }: Disks, sshOptions: readonly string[]): Cluster {
  const document = parseDocument(initText("three-hosts"));
  const host = { address: "192.168.1.141", roles: ["consul", "database"], disks: { data, wal } };
  document.setIn(["hosts"], { [HOST]: host });
  document.setIn(["ssh"], { user: "root", options: sshOptions });
  const read = readCluster(String(document), "/srv/cluster.yml");
  assert(read.ok, complaintsText(read.complaints));
  return read.cluster;
}

function executorOf({ executors }: Hosts) {
  const executor = executors.get(HOST);
  assert(executor !== undefined);
  return executor;
}
