/**
 * A host of the lab that is a whole Debian: systemd as process 1, D-Bus, a journal, services.
 *
 *     const machine = await Machine.boot({ host: "db1" })
 *     await machine.run(["systemctl", "start", "vip-agent"])
 *     …
 *     await machine.close()
 *
 * It boots (systemd-nspawn) on the network namespace that the lab made for the host of this name, so
 * whatever watches a host of the lab watches the machine, and goes on doing so after its power is
 * off. Its control group ends all that runs in it at once. What it needs of the surroundings is made
 * by sandbox.sh beside this file.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

import { monotonicMs, waitUntil } from "../clock.ts";
import { attempt, run, type CommandOptions, type CommandResult } from "../command.ts";
import { inHost, INTERFACE, type HostName } from "../network.ts";
import { LabProcess } from "../process.ts";
import { mountLayers, unmountLayers } from "./layers.ts";

// It takes half a second; the rest is room for a busy machine.
const BOOT_DEADLINE_MS = 20_000;
const COMMAND_DEADLINE_MS = 40_000;

/** Who manages the interface. Nobody: it stays as the lab made it. */
export type NetworkManagement = "nobody" | "networkd" | "NetworkManager";

export type MachineOptions = {
  readonly host: HostName;
  readonly network?: NetworkManagement;
  /** Path and content of what is there before it boots. */
  readonly files?: Readonly<Record<string, string | RestrictedFile>>;
  /** Whether the agent's files are there, as the packages lay them out; they are unless told. */
  readonly hasAgent?: boolean;
  /** The folder of the Debian that it boots, in the place of the one for the tests of the agent. */
  readonly base?: string;
  /** Folders of the world around that it can read, by their path in there. */
  readonly binds?: Readonly<Record<string, string>>;
};

export type RestrictedFile = { readonly content: string; readonly mode: number };

export type MachineProcess = {
  readonly pid: number;
  readonly pidInside: number;
  readonly commandLine: string;
  /** /proc/PID/status. */
  readonly status: string;
};

const MANAGERS: Readonly<Record<NetworkManagement, readonly string[]>> = {
  nobody: [],
  networkd: ["systemd-networkd.service", "systemd-networkd.socket"],
  NetworkManager: ["NetworkManager.service"],
};

/** Off in every machine: they take time, touch the network, or want a terminal. */
const UNWANTED = [
  "console-getty.service",
  "NetworkManager-wait-online.service",
  "systemd-networkd-wait-online.service",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
];

export class Machine {
  readonly host: HostName;
  /** Its file system, as seen from outside. */
  readonly root: string;
  bootedAfterMs = 0;
  readonly #logFile: string;
  readonly #binds: readonly string[];
  #controlGroup: string;
  #container: LabProcess | undefined;
  #initPid = 0;

  private constructor({ host, binds = {} }: MachineOptions, root: string, logFile: string) {
    this.host = host;
    this.root = root;
    this.#logFile = logFile;
    this.#controlGroup = freshControlGroup(host);
    this.#binds = Object.entries(binds).map(([path, from]) => `--bind-ro=${from}:${path}`);
  }

  static async boot(options: MachineOptions): Promise<Machine> {
    const { host, network = "nobody", files = {}, hasAgent = true, base } = options;
    const folder = `${tmpdir()}/machines/${host}-${randomUUID()}`;
    const root = await mountLayers({ folder, hasAgent, base });
    const machine = new Machine(options, root, `${folder}/console`);
    try {
      await machine.write("/etc/hostname", `${host}\n`);
      // One that is missing would mean a first boot.
      await machine.write("/etc/machine-id", `${randomUUID().replaceAll("-", "")}\n`);
      for (const [path, file] of Object.entries(files)) {
        if (typeof file === "string") await machine.write(path, file);
        else await machine.write(path, file.content, file.mode);
      }
      await machine.#turnOff(network);
      // Whoever manages an interface is to find it without addresses, as after a real boot.
      if (network !== "nobody") {
        await run([...inHost(host), "ip", "address", "flush", "dev", INTERFACE]);
      }
      await machine.powerOn();
    } catch (error) {
      await machine.close();
      throw error;
    }
    return machine;
  }

  get isOn(): boolean {
    return this.#container?.isRunning === true;
  }

  /** Runs a command inside, as root; whatever its exit code. */
  attempt(argv: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return attempt(this.#inside(argv), { timeoutMs: COMMAND_DEADLINE_MS, ...options });
  }

  /** The same for a command that has to succeed. */
  run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return run(this.#inside(argv), { timeoutMs: COMMAND_DEADLINE_MS, ...options });
  }

  /** A command inside that goes on until it is ended; it does not outlive the machine. */
  start(name: string, argv: readonly string[]): LabProcess {
    return new LabProcess({ name, argv: this.#inside(argv) });
  }

  async write(path: string, content: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(`${this.root}${path}`), { recursive: true });
    await writeFile(`${this.root}${path}`, content, { mode });
  }

  async remove(path: string): Promise<void> {
    await rm(`${this.root}${path}`, { recursive: true, force: true });
  }

  /** One property of a unit, as `systemctl show` has it. */
  async property(unit: string, name: string): Promise<string> {
    const value = await this.run(["systemctl", "show", "--value", `--property=${name}`, unit]);
    return value.trim();
  }

  /** The folder of a unit's control group, as seen from outside. */
  async controlGroup(unit: string): Promise<string> {
    return `${this.#controlGroup}/payload${await this.property(unit, "ControlGroup")}`;
  }

  /** The processes of a unit with their names, by their ids outside of the machine. */
  async processes(unit: string): Promise<readonly MachineProcess[]> {
    const file = `${await this.controlGroup(unit)}/cgroup.procs`;
    const pids = (await readFile(file, "utf8").catch(() => "")).split("\n").filter(Boolean);
    const found = await Promise.all(pids.map((pid) => processAt(Number(pid))));
    return found.filter((process) => process !== undefined);
  }

  /** The main process of a unit. */
  async mainProcess(unit: string): Promise<MachineProcess> {
    const main = Number(await this.property(unit, "MainPID"));
    const found = (await this.processes(unit)).find(({ pidInside }) => pidInside === main);
    if (found !== undefined) return found;
    throw new Error(`${unit} on ${this.host} has no main process`);
  }

  /** What a unit has logged since a moment of the wall clock, one line each. */
  async journal(unit: string, sinceMs = 0): Promise<readonly string[]> {
    await this.run(["journalctl", "--sync"]);
    const since = `--since=@${(sinceMs / 1e3).toFixed(3)}`;
    const argv = ["journalctl", "--no-pager", "--output=short-precise", `--unit=${unit}`, since];
    // It fails where there are none, on newer releases.
    return (await this.attempt(argv)).stdout.trimEnd().split("\n");
  }

  /** What was said on its console, from the boot to the shutdown, without colours. */
  async console(): Promise<readonly string[]> {
    const text = await readFile(this.#logFile, "utf8").catch(() => "");
    // oxlint-disable-next-line no-control-regex -- the escape sequences of a terminal
    return text.replaceAll(/\u001B\[[\d;]*[A-Za-z]/gu, "").split(/\r?\n/u);
  }

  /** Boots it, at first or again after a shutdown. */
  async powerOn(): Promise<void> {
    this.#controlGroup = freshControlGroup(this.host);
    await mkdir(this.#controlGroup, { recursive: true });
    const nspawn = [
      "systemd-nspawn",
      "--quiet",
      "--boot",
      // Nobody is there to register with.
      "--register=no",
      "--keep-unit",
      `--directory=${this.root}`,
      `--machine=${this.host}`,
      // Where `ip netns` has put it.
      `--network-namespace-path=/run/netns/${this.host}`,
      // Left out otherwise, since the network is not one that nspawn has made.
      "--capability=CAP_NET_ADMIN",
      "--console=read-only",
      ...this.#binds,
    ];
    const enter = `echo $$ >${this.#controlGroup}/cgroup.procs && exec "$@"`;
    this.#container = new LabProcess({
      name: `machine ${this.host}`,
      argv: ["sh", "-c", enter, "sh", ...nspawn],
      env: {
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1",
        // The host's own /proc/sys/net, which on a real host is writable too.
        SYSTEMD_NSPAWN_API_VFS_WRITABLE: "network",
      },
      logFile: this.#logFile,
    });
    try {
      await waitUntil(`${this.host} has booted`, () => this.#isBooted(), {
        timeoutMs: BOOT_DEADLINE_MS,
        everyMs: 50,
      });
    } catch (error) {
      const lines = (await this.console()).slice(-30);
      throw new Error(`${String(error)}\n${lines.join("\n")}`, { cause: error });
    }
    this.bootedAfterMs = monotonicMs() - this.#container.startedAtMs;
  }

  /** Asks for a shutdown, as the power button does, and waits for its end. */
  async powerOff(): Promise<void> {
    await this.attempt(["systemctl", "poweroff"]);
    await waitUntil(`${this.host} is off`, () => !this.isOn, { timeoutMs: BOOT_DEADLINE_MS });
  }

  /** Pulls the power plug: everything in it ends at once. Its files stay. */
  async cutPower(): Promise<void> {
    await writeFile(`${this.#controlGroup}/cgroup.kill`, "1").catch(() => undefined);
    await this.#container?.kill();
  }

  /** The end of it and of its files. */
  async close(): Promise<void> {
    await this.cutPower();
    await unmountLayers(this.root);
  }

  #inside(argv: readonly string[]): readonly string[] {
    return ["nsenter", `--target=${this.#initPid}`, "--all", "--", ...argv];
  }

  async #turnOff(network: NetworkManagement): Promise<void> {
    const wanted = MANAGERS[network];
    const unwanted = [...Object.values(MANAGERS).flat(), ...UNWANTED];
    await mkdir(`${this.root}/etc/systemd/system`, { recursive: true });
    for (const unit of unwanted.filter((name) => !wanted.includes(name))) {
      await symlink("/dev/null", `${this.root}/etc/systemd/system/${unit}`);
    }
    const wants = `${this.root}/etc/systemd/system/multi-user.target.wants`;
    for (const unit of wanted.filter((name) => name.endsWith(".service"))) {
      await mkdir(wants, { recursive: true });
      await rm(`${wants}/${unit}`, { force: true });
      await symlink(`/lib/systemd/system/${unit}`, `${wants}/${unit}`);
    }
  }

  async #isBooted(): Promise<boolean> {
    if (!this.isOn) throw new Error(`systemd-nspawn ended with ${this.#container?.exit?.code}`);
    const { stdout } = await attempt([
      "ps",
      "--ppid",
      String(this.#container?.pid),
      "-o",
      "pid=,comm=",
    ]);
    const [, pid] = /^\s*(\d+) systemd$/mu.exec(stdout) ?? [];
    if (pid === undefined) return false;
    this.#initPid = Number(pid);
    const { stdout: state } = await this.attempt(["systemctl", "is-system-running"]);
    return ["running", "degraded"].includes(state.trim());
  }
}

/** Never one that was killed before: the kernel may go on killing what is started in there. */
function freshControlGroup(host: HostName): string {
  const branch = process.env["LAB_CGROUP"];
  if (branch !== undefined) return `${branch}/${host}-${randomUUID()}`;
  throw new Error("machines boot in a sandbox of their own: sh lab/machines/sandbox.sh COMMAND");
}

// It may have ended since the list was made.
async function processAt(pid: number): Promise<MachineProcess | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const commandLine = words.replaceAll("\0", " ");
  const inside = /^NSpid:.*\t(\d+)$/mu.exec(status)?.[1];
  if (inside === undefined) return undefined;
  return { pid, pidInside: Number(inside), status, commandLine };
}
