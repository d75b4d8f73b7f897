/**
 * Machines that are still to be provisioned: a Debian with sshd, and nothing of the stack on it.
 *
 * They have no way out of the lab. What provisioning installs from a host's own repositories is an
 * apt repository in a folder of theirs; all else is brought to them from the host `control`. A
 * machine's network belongs to the lab and outlives it, so what a real kernel would forget with its
 * power (a VIP, packet filters) is removed here.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { attempt, run } from "../command.ts";
import { findConsul } from "../consul.ts";
import { addressOf, inHost, INTERFACE, linkUp, plugIn, unplug, type HostName } from "../network.ts";
import { Machine, type RestrictedFile } from "./machine.ts";

const SETUP = fileURLToPath(new URL("../../setup", import.meta.url));
const REPOSITORIES = "/srv/repositories";
const MEMORY_FILE = "/etc/lab-meminfo";

/** Releases of Debian. */
export type Suite = "bookworm" | "trixie";

export type Provisions = {
  readonly suite: Suite;
  /** The Debian that bare machines boot. */
  readonly root: string;
  /** The apt repository for it. */
  readonly packages: string;
  /** Patroni's. */
  readonly wheels: string;
  readonly consul: string;
};

/** Throws what is missing, in one line. */
export async function findProvisions(suite: Suite): Promise<Provisions> {
  const root = await folderOf(suite, "machine-root.sh", "--bare");
  const artefacts = await folderOf(suite, "provision-artefacts.sh");
  const consul = await findConsul();
  return {
    suite,
    root,
    packages: `${artefacts}/packages`,
    wheels: `${artefacts}/wheels`,
    consul,
  };
}

async function folderOf(suite: Suite, script: string, ...words: string[]): Promise<string> {
  const argv = ["env", `MACHINE_SUITE=${suite}`, "sh", `${SETUP}/${script}`, ...words];
  const { exitCode, stdout } = await attempt(argv);
  if (exitCode === 0) return stdout.trim();
  throw new Error(`there is nothing to provision ${suite} with: npm run setup brings it, as root`);
}

export type BareOptions = {
  readonly host: HostName;
  readonly provisions: Provisions;
  /** Further folders that are apt repositories. */
  readonly repositories?: readonly string[];
  /** Beside those of every bare machine. */
  readonly files?: Readonly<Record<string, string | RestrictedFile>>;
  /** What it believes to have: a machine of nspawn sees the memory of the world around. */
  readonly memoryMb: number;
};

export async function bootBare(options: BareOptions): Promise<Machine> {
  const { host, provisions, repositories = [], files, memoryMb } = options;
  const folders = [provisions.packages, ...repositories].map((folder, index) => {
    return [`${REPOSITORIES}/${index}`, folder] as const;
  });
  const sources = folders.map(([place]) => `deb [trusted=yes] file:${place} ./\n`);
  const machine = await Machine.boot({
    host,
    hasAgent: false,
    base: provisions.root,
    binds: Object.fromEntries(folders),
    files: {
      "/etc/apt/sources.list": sources.join(""),
      // The second line is how Debian's installer leaves a host: a trap for whoever looks it up.
      "/etc/hosts": `127.0.0.1\tlocalhost\n127.0.1.1\t${host}\n`,
      "/etc/resolv.conf": "",
      [MEMORY_FILE]: await memoryOf(memoryMb),
      ...files,
    },
  });
  await believeMemory(machine);
  return machine;
}

/** The power comes back. */
export async function powerOn(machine: Machine): Promise<void> {
  await forgetNetwork(machine.host);
  await plugIn(machine.host);
  await machine.powerOn();
  await believeMemory(machine);
}

/** The power is gone, and from that moment nothing of the host is heard. */
export async function cutPower(machine: Machine): Promise<void> {
  await unplug(machine.host);
  await machine.cutPower();
}

/** A shutdown, in which services are stopped in order, and a boot. */
export async function reboot(machine: Machine): Promise<void> {
  await machine.powerOff();
  await powerOn(machine);
}

async function forgetNetwork(host: HostName): Promise<void> {
  const commands = [
    `address flush dev ${INTERFACE}`,
    `address add ${addressOf(host)}/24 dev ${INTERFACE}`,
  ];
  await run([...inHost(host), "ip", "-batch", "-"], { input: commands.join("\n") });
  await linkUp(host);
  await run([...inHost(host), "nft", "flush", "ruleset"]);
}

async function memoryOf(memoryMb: number): Promise<string> {
  const text = await readFile("/proc/meminfo", "utf8");
  const totalKb = memoryMb * 1024;
  const sizes = new Map([
    ["MemTotal", totalKb],
    ["MemFree", totalKb / 2],
    ["MemAvailable", (totalKb * 3) / 4],
  ]);
  return text.replaceAll(/^(\w+):( +)\d+ kB$/gmu, (line, name: string, space: string) => {
    const sizeKb = sizes.get(name);
    return sizeKb === undefined ? line : `${name}:${space}${sizeKb} kB`;
  });
}

async function believeMemory(machine: Machine): Promise<void> {
  await machine.run(["mount", "--bind", MEMORY_FILE, "/proc/meminfo"]);
}
