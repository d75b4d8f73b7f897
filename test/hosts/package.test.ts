/**
 * The life of the packages on a host: installed where no agent has ever been, upgraded while it holds
 * the VIP, removed, installed again, purged.
 *
 * It is one story: each test goes on with the host as the one before has left it.
 */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { monotonicMs, sleepMs } from "../../lab/clock.ts";
import type { CommandResult } from "../../lab/command.ts";
import { INTERFACE, VIP } from "../../lab/network.ts";
import { HeldConnection } from "../lab/support/held-connection.ts";
import { deletionsOf, isAdded, isDeleted, ms, WIDE_MS, withStage } from "../lab/support/stage.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { countLosses } from "./support/losses.ts";
import { type BuiltPackages, buildForMachines, dpkg, installDeb } from "./support/package.ts";
import { NEWER_DESCRIPTION, runRpm, skipWithoutRpm } from "./support/package.ts";
import { CONFIGURATION, HOST, HostStage, MEMBER, UNIT } from "./support/stage.ts";

const skip = await skipWithoutMachines();
const skipRpm = skip === false ? await skipWithoutRpm() : skip;

const NONE = { echoes: 0, calls: 0 };
// The kernel keeps a VIP for 5 s that nobody prolongs. Where it was adopted is seen once.
const LIFETIME_OVER_MS = 6_500;
const AT_ONCE_MS = 1_500;
const INSTANCE = "vip-agent@orders.service";
const ORDERS_VIP = "192.168.1.150";
const FOLDER = "/etc/vip-agent";
const NOT_RUNNING = /^vip-agent: not running\. Write .*systemctl enable --now vip-agent$/mu;

type Upgrade = {
  readonly upgrade: () => Promise<CommandResult>;
  readonly afterwardsMs: number;
  readonly say: (text: string) => void;
};

describe("packages", { skip }, () => {
  let stage: HostStage;
  let built: BuiltPackages;

  before(async () => {
    built = await buildForMachines();
  });

  withStage(async () => {
    stage = await HostStage.open({ machine: { hasAgent: false } });
    return stage;
  });

  it("a .deb is installed, and starts nothing", async (test) => {
    await assert.rejects(stage.machine.run(["ls", "/usr/bin/vip-agent"]));
    const startedAtMs = monotonicMs();
    const { stdout } = succeeded(await installDeb(stage.machine, built.deb[0]));
    test.diagnostic(`dpkg --install took ${ms(monotonicMs() - startedAtMs)}`);
    assert.match(stdout, NOT_RUNNING);
    await isInstalled();
    assert.equal(succeeded(await dpkg(stage.machine, "--verify", "vip-agent")).stdout, "");
  });

  it("an upgrade while it holds loses not one probe", async (test) => {
    const [older, newer] = built.deb;
    assert.notEqual(older, newer);
    await losesNothing({
      upgrade: () => installDeb(stage.machine, newer),
      afterwardsMs: LIFETIME_OVER_MS,
      say: (text) => test.diagnostic(text),
    });
  });

  it("an upgrade whose program refuses a configuration leaves that service alone", async () => {
    await holdOrders();
    await stage.hold();
    await keepsTheOldOne(() => installDeb(stage.machine, built.deb[1]));
    const { stdout } = succeeded(await dpkg(stage.machine, "--status", "vip-agent"));
    assert.match(stdout, /^Status: install ok installed$/mu);
  });

  it("vip-manager and the agent never run together: the one that starts stops the other", async () => {
    await stage.write("/usr/lib/systemd/system/vip-manager.service", standIn());
    await stage.systemctl("daemon-reload");
    const addresses = await stage.hold();
    const startedAtMs = monotonicMs();
    await stage.systemctl("start", "vip-manager");
    const { atMs } = await addresses.next("release", isDeleted, { sinceMs: startedAtMs });
    await addresses.next("bind by vip-manager", isAdded, { sinceMs: atMs, timeoutMs: WIDE_MS });
    assert.deepEqual(await states(), { agent: "inactive", vipManager: "active" });

    const backAtMs = monotonicMs();
    await stage.systemctl("start", UNIT);
    const left = await addresses.next("release by vip-manager", isDeleted, { sinceMs: backAtMs });
    await addresses.next("bind", isAdded, { sinceMs: left.atMs, timeoutMs: WIDE_MS });
    assert.deepEqual(await states(), { agent: "active", vipManager: "inactive" });
  });

  it("a removal releases, and clients hear it; configurations stay", async (test) => {
    const remove = async () => succeeded(await dpkg(stage.machine, "--remove", "vip-agent"));
    await releases(remove, (text) => test.diagnostic(text));
    await assert.rejects(stage.machine.run(["ls", "/usr/lib/vip-agent"]));
    await stage.machine.run(["ls", CONFIGURATION]);
  });

  it("a .deb is installed again, and finds its configuration", async () => {
    await stage.configure();
    const { stdout } = succeeded(await installDeb(stage.machine, built.deb[0]));
    assert.match(stdout, NOT_RUNNING);
    await stage.hold();
  });

  it("a purge removes what the package has made, and says what it leaves", async () => {
    await stage.configure();
    await stage.configure({}, `${FOLDER}/orders.yml`);
    await stage.systemctl("enable", UNIT, INSTANCE);
    const first = succeeded(await dpkg(stage.machine, "--purge", "vip-agent"));
    assert.match(first.stdout, /^vip-agent: left: \/etc\/vip-agent .* user vip-agent$/mu);
    assert.deepEqual(await leftOvers(), [FOLDER, `${FOLDER}/orders.yml`, CONFIGURATION]);

    await stage.machine.run(["rm", CONFIGURATION, `${FOLDER}/orders.yml`]);
    succeeded(await installDeb(stage.machine, built.deb[0]));
    const second = succeeded(await dpkg(stage.machine, "--purge", "vip-agent"));
    assert.match(second.stdout, /^vip-agent: left: the user vip-agent$/mu);
    assert.deepEqual(await leftOvers(), []);
    await stage.machine.run(["userdel", "vip-agent"]);
  });

  it(
    "an .rpm is installed, upgraded while it holds, and removed",
    { skip: skipRpm },
    async (test) => {
      const [older = "", newer = ""] = built.rpm ?? [];
      const { stdout } = succeeded(await runRpm(stage.machine, "--install", older));
      assert.match(stdout, NOT_RUNNING);
      await isInstalled();
      await losesNothing({
        upgrade: () => runRpm(stage.machine, "--upgrade", newer),
        afterwardsMs: AT_ONCE_MS,
        say: (text) => test.diagnostic(text),
      });
      await keepsTheOldOne(() => runRpm(stage.machine, "--upgrade", "--replacepkgs", newer));
      await stage.systemctl("stop", UNIT, INSTANCE);
      await stage.systemctl("enable", UNIT, INSTANCE);
      const remove = async () => succeeded(await runRpm(stage.machine, "--erase", "vip-agent"));
      await releases(remove, (text) => test.diagnostic(text));
      assert.deepEqual(await leftOvers(), [FOLDER, `${FOLDER}/orders.yml`, CONFIGURATION]);
    },
  );

  async function isInstalled(): Promise<void> {
    const { machine } = stage;
    const version = (await machine.run(["vip-agent", "--version"])).trim();
    assert.equal(version.replace("-", "~"), built.version);
    const folder = await machine.run(["stat", "--format=%a %U:%G", FOLDER]);
    assert.equal(folder.trim(), "750 root:vip-agent");
    assert.equal(await machine.run(["ls", "-A", FOLDER]), "", "no configuration is installed");
    await machine.run(["ls", "-d", "/run/vip-agent/status"]);
    const enabled = await machine.attempt(["systemctl", "is-enabled", UNIT]);
    assert.equal(enabled.stdout.trim(), "disabled");
    await stage.systemctl("start", UNIT);
    assert.equal(await machine.property(UNIT, "ActiveState"), "inactive");
  }

  // An instance of the template holds a VIP of its own meanwhile.
  async function losesNothing({ upgrade, afterwardsMs, say }: Upgrade): Promise<void> {
    const orders = await holdOrders();
    const addresses = await stage.hold();
    const units = [UNIT, INSTANCE];
    const older = await Promise.all(units.map((unit) => stage.machine.mainProcess(unit)));
    const configured = await stage.machine.run(["cat", CONFIGURATION]);
    const fromMs = monotonicMs();
    const whole = async () => {
      succeeded(await upgrade());
      say(`the upgrade took ${ms(monotonicMs() - fromMs)}`);
    };
    const { lost, text } = await countLosses(stage, whole, { afterwardsMs });
    say(text);
    assert.deepEqual(lost, NONE);
    for (const journal of [addresses, orders]) {
      assert.deepEqual(await deletionsOf(journal, fromMs), []);
    }
    for (const [index, unit] of units.entries()) {
      assert.equal(await stage.machine.property(unit, "Description"), NEWER_DESCRIPTION);
      const { pid, pidInside } = await stage.machine.mainProcess(unit);
      assert.notEqual(pid, older[index]?.pid);
      const maps = await stage.machine.run(["cat", `/proc/${pidInside}/maps`]);
      assert.doesNotMatch(maps, /\(deleted\)/u, "it runs from the new files");
    }
    assert.equal(await stage.machine.run(["cat", CONFIGURATION]), configured);
  }

  // Both services hold; what is wrong with the one is none of the other's business.
  async function keepsTheOldOne(upgrade: () => Promise<CommandResult>): Promise<void> {
    const addresses = await stage.addresses([VIP, ORDERS_VIP]);
    const older = await mainPids();
    await stage.configure({ lifetime: "soon" });
    const fromMs = monotonicMs();
    const { stdout, stderr } = succeeded(await upgrade());
    assert.match(stdout + stderr, /^vip-agent: vip-agent\.service is not restarted: .*refuses/mu);
    assert.match(
      stdout + stderr,
      /^ +error: lifetime = "soon" \(\/etc\/vip-agent\/vip-agent\.yml:/mu,
    );
    assert.match(stdout + stderr, / then: systemctl restart vip-agent\.service$/mu);
    assert.doesNotMatch(stdout + stderr, /orders/u);
    await sleepMs(AT_ONCE_MS);
    const newer = await mainPids();
    assert.equal(newer[0], older[0]);
    assert.notEqual(newer[1], older[1]);
    await stage.configure();
    await stage.systemctl("restart", UNIT);
    await sleepMs(LIFETIME_OVER_MS);
    assert.notEqual((await mainPids())[0], older[0]);
    assert.deepEqual(await deletionsOf(addresses, fromMs), []);
  }

  async function mainPids(): Promise<readonly number[]> {
    const units = [UNIT, INSTANCE];
    const processes = await Promise.all(units.map((unit) => stage.machine.mainProcess(unit)));
    return processes.map(({ pid }) => pid);
  }

  async function holdOrders() {
    const key = "db/orders/leader";
    // Its own port, since the other service has the default one.
    const settings = { ip: ORDERS_VIP, "trigger-key": key, "metrics-port": 0 };
    await stage.configure(settings, `${FOLDER}/orders.yml`);
    await stage.otherKey(key).move(MEMBER);
    const addresses = await stage.addresses([ORDERS_VIP]);
    await stage.systemctl("start", INSTANCE);
    await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    return addresses;
  }

  async function releases(remove: () => Promise<unknown>, say: (text: string) => void) {
    const addresses = await stage.hold();
    const client = stage.caller();
    await client.answerFrom(HOST, { timeoutMs: WIDE_MS });
    const connected = await HeldConnection.open();
    const askedAtMs = monotonicMs();
    const removed = remove();
    const { atMs } = await addresses.next("release", isDeleted, {
      sinceMs: askedAtMs,
      timeoutMs: WIDE_MS,
    });
    await connected.next("ECONNRESET", { sinceMs: askedAtMs });
    await client.calls.next("refused call", ({ outcome }) => outcome === "refused", {
      sinceMs: askedAtMs,
    });
    await connected.process.kill();
    await removed;
    say(`the VIP was gone ${ms(atMs - askedAtMs)} after the removal began`);
  }

  async function states() {
    const [agent, vipManager] = await Promise.all([
      stage.machine.property(UNIT, "ActiveState"),
      stage.machine.property("vip-manager.service", "ActiveState"),
    ]);
    return { agent, vipManager };
  }

  /** All that is called vip-agent and could be the package's doing. */
  async function leftOvers(): Promise<readonly string[]> {
    const places = ["/etc", "/run", "/usr", "/var/lib"];
    const named = ["-path", "*/vip-agent*", "-not", "-path", "*/dpkg/*"];
    const found = await stage.machine.run(["find", ...places, "-xdev", ...named]);
    return found.split("\n").filter(Boolean).toSorted();
  }
});

function succeeded(result: CommandResult): CommandResult {
  assert.equal(result.exitCode, 0, result.stdout + result.stderr);
  return result;
}

/** A vip-manager that takes its VIP along; one that leaves it has its test in migrate.test.ts. */
function standIn(): string {
  const change = (what: string) => `/usr/sbin/ip address ${what} ${VIP}/32 dev ${INTERFACE}`;
  return `[Service]
ExecStartPre=${change("replace")}
ExecStart=/usr/bin/sleep infinity
ExecStopPost=-${change("delete")}
`;
}
