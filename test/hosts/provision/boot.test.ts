/**
 * The stage itself: bare hosts boot, an operator gets in, their packages come without a network, and
 * power that is gone is gone.
 *
 * How long it takes and what it costs is printed, since all tests of provisioning stand on it.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";

import { monotonicMs } from "../../../lab/clock.ts";
import { attempt, run } from "../../../lab/command.ts";
import { addressesOf, addressOf, inHost, INTERFACE, VIP } from "../../../lab/network.ts";
import { ms } from "../../lab/support/stage.ts";
import { ADMIN } from "./support/access.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { CONSUL_HOSTS, CONTROL, DATABASE_HOSTS, ProvisionStage } from "./support/stage.ts";

const SUITE = suiteOf(process.env);
const STACK = ["consul", "patroni", "psql", "pg_ctlcluster", "vip-agent", "python3", "arping"];
const PACKAGE = "iputils-arping";

const skip = await skipWithoutProvisions(SUITE);

for (const hosts of [DATABASE_HOSTS, [...CONSUL_HOSTS, ...DATABASE_HOSTS]]) {
  describe(`${hosts.length} bare hosts with ${SUITE}`, { skip }, () => {
    let stage: ProvisionStage;

    before(async (test) => {
      const freeKb = await availableKb();
      const startedAtMs = monotonicMs();
      stage = await ProvisionStage.open({ hosts, suite: SUITE });
      const usedMb = (freeKb - (await availableKb())) / 1024;
      test.diagnostic(`booted in ${ms(monotonicMs() - startedAtMs)}, took ${usedMb.toFixed(0)} MB`);
    });

    after(async () => stage.close());

    it("have nothing of the stack", async () => {
      for (const { root, host } of stage.machines) {
        const { stdout } = await attempt(["chroot", root, "which", "sshd", ...STACK]);
        assert.equal(stdout.trim(), "/usr/sbin/sshd", host);
      }
    });

    it("let root in, and an admin who may become root", async () => {
      const told = await Promise.all(
        hosts.map(async (host) => {
          const root = await stage.ssh(host, "hostname && id -un");
          const admin = await stage.ssh(host, "id -un && sudo -n id -un", { user: ADMIN });
          return [root.stdout, admin.stdout, root.stderr + admin.stderr];
        }),
      );
      const expected = hosts.map((host) => [`${host}\nroot\n`, `${ADMIN}\nroot\n`, ""]);
      assert.deepEqual(told, expected);
    });

    it("install a package from their own repository", async (test) => {
      const startedAtMs = monotonicMs();
      await Promise.all(
        hosts.map(async (host) => {
          const command = `apt-get -q update && apt-get -q install --yes ${PACKAGE} && arping -V`;
          const { exitCode, stdout, stderr } = await stage.ssh(host, command);
          assert.equal(exitCode, 0, stderr);
          assert.match(stdout, /^arping from iputils/mu);
        }),
      );
      test.diagnostic(`installed ${PACKAGE} on all in ${ms(monotonicMs() - startedAtMs)}`);
    });
  });
}

describe(`a bare host with ${SUITE}`, { skip }, () => {
  const [host = "", other = ""] = DATABASE_HOSTS;
  let stage: ProvisionStage;

  before(async () => {
    stage = await ProvisionStage.open({ hosts: [host, other], suite: SUITE });
  });

  after(async () => stage.close());

  it("is refused when it answers with another's key", async () => {
    const key = "/etc/ssh/ssh_host_ed25519_key";
    const machine = stage.machine(host);
    const become = async (text: Buffer) => {
      await machine.write(key, text.toString());
      await machine.run(["systemctl", "restart", "ssh"]);
    };
    const own = await readFile(`${machine.root}${key}`);
    await become(await readFile(`${stage.machine(other).root}${key}`));
    const { exitCode, stderr } = await stage.ssh(host, "true");
    await become(own);
    assert.equal(exitCode, 255);
    assert.match(stderr, /Host key verification failed/u);
    assert.equal((await stage.ssh(host, "true")).exitCode, 0);
  });

  it("believes to have the memory of a small one", async () => {
    const { stdout } = await stage.ssh(host, "grep MemTotal /proc/meminfo");
    assert.match(stdout, /\b2097152 kB/u);
  });

  it("is silent without power, and comes back as it was, less what a kernel forgets", async () => {
    await stage.ssh(host, "echo kept >/root/kept");
    await run([...inHost(host), "ip", "address", "add", `${VIP}/32`, "dev", INTERFACE]);
    await run([...inHost(host), "nft", "add", "table", "inet", "left"]);
    await stage.killHost(host);
    for (const address of [addressOf(host), VIP]) {
      const { exitCode } = await attempt([...inHost(CONTROL), "ping", "-c1", "-W1", address]);
      assert.equal(exitCode, 1, `${address} answers`);
    }
    await stage.powerOn(host);
    assert.equal((await stage.ssh(host, "cat /root/kept")).stdout, "kept\n");
    assert.deepEqual(
      (await addressesOf(host)).filter((address) => !address.startsWith("fe80:")),
      [`${addressOf(host)}/24`, "fd00:1::141/64"],
    );
    assert.equal(await run([...inHost(host), "nft", "list", "ruleset"]), "");
  });

  it("reboots", async () => {
    const bootOf = async () =>
      (await stage.ssh(host, "cat /proc/sys/kernel/random/boot_id")).stdout;
    const earlier = await bootOf();
    await stage.reboot(host);
    const later = await bootOf();
    assert.match(later, /^\S{36}\n$/u);
    assert.notEqual(later, earlier);
  });
});

async function availableKb(): Promise<number> {
  const text = await readFile("/proc/meminfo", "utf8");
  return Number(/^MemAvailable: +(\d+) kB$/mu.exec(text)?.[1]);
}
