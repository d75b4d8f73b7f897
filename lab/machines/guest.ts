/**
 * A host of the lab with a kernel of its own: a virtual machine with disks that can be attached, grown
 * and taken away.
 *
 *     const guest = await Guest.make({ host: "test-db1", provisions, files })
 *     await guest.makeDisk({ name: "data", serial: "DATA-1", sizeMb: 2_048 })
 *     await guest.powerOn(["data"])
 *     …
 *     await guest.close()
 *
 * It stands on the bridge of the lab under the host's address, in the place of the network that the lab
 * has made for it. QEMU comes with the setup and runs in its own Debian. Where the processor has no
 * virtualisation for us it is emulated, which is slow (a boot takes a minute or two) and the same
 * otherwise: a /dev/kvm that is not the processor's own may boot no stock kernel.
 */
import { randomUUID } from "node:crypto";
import { access, constants, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { waitUntil } from "../clock.ts";
import { attempt, run } from "../command.ts";
import { addressOf, INTERFACE, macOf, unplug, type HostName } from "../network.ts";
import { LabProcess } from "../process.ts";
import type { Provisions, Suite } from "./bare.ts";
import type { RestrictedFile } from "./machine.ts";

const SCRIPT = fileURLToPath(new URL("../../setup/guest.sh", import.meta.url));
const BRIDGE = "br0";
const GATEWAY = "192.168.1.1";
const MEMORY_MB = "1024";
const COPY_DEADLINE_MS = 60_000;
const POWER_OFF_DEADLINE_MS = 180_000;

/** Where QEMU sees the folders of the world around. */
const PARTS = "/srv";
const GUESTS = "/mnt";

/** Throws what is missing, in one line. */
export async function findGuestParts(suite: Suite): Promise<string> {
  const { exitCode, stdout } = await attempt(["env", `MACHINE_SUITE=${suite}`, "sh", SCRIPT]);
  if (exitCode === 0) return stdout.trim();
  throw new Error(`there is no virtual machine with ${suite}: sh setup/guest.sh --build, as root`);
}

export type GuestOptions = {
  readonly host: HostName;
  readonly provisions: Provisions;
  /** What makes it this host, beside its name and its network. */
  readonly files: Readonly<Record<string, string | RestrictedFile>>;
};

export type GuestDisk = {
  /** Of its image. */
  readonly name: string;
  readonly serial: string;
  readonly sizeMb: number;
};

export class Guest {
  readonly host: HostName;
  readonly #folder: string;
  readonly #serials = new Map<string, string>();
  /** QEMU's Debian. */
  readonly #tree: string;
  #machine: LabProcess | undefined;

  private constructor(host: HostName, folder: string, tree: string) {
    this.host = host;
    this.#folder = folder;
    this.#tree = tree;
  }

  /** It is off. */
  static async make({ host, provisions, files }: GuestOptions): Promise<Guest> {
    const parts = await findGuestParts(provisions.suite);
    const tree = await mountTree(parts, provisions.root);
    const folder = `${guestsFolder()}/${host}-${randomUUID()}`;
    await mkdir(folder, { recursive: true });
    const image = `${folder}/root.img`;
    const copying = ["cp", "--sparse=always", `${parts}/root.img`, image];
    await run(copying, { timeoutMs: COPY_DEADLINE_MS });
    await writeInto(image, { ...filesOf(host), ...files });
    await unplug(host);
    const port = tapOf(host);
    await run(["ip", "tuntap", "add", "dev", port, "mode", "tap"]);
    await run(["ip", "link", "set", port, "master", BRIDGE, "up"]);
    return new Guest(host, folder, tree);
  }

  /** Empty, until somebody writes into its image. */
  async makeDisk({ name, serial, sizeMb }: GuestDisk): Promise<void> {
    this.#serials.set(name, serial);
    await run(["truncate", "--size", `${sizeMb}M`, this.imageOf(name)]);
  }

  imageOf(name: string): string {
    return `${this.#folder}/${name}.img`;
  }

  /** With these disks, in this order: /dev/vdb is the first. */
  async powerOn(disks: readonly string[]): Promise<void> {
    const inside = this.#folder.replace(guestsFolder(), GUESTS);
    const drives = ["root", ...disks].flatMap((name, index) => {
      const serial = this.#serials.get(name) ?? name;
      const drive = `file=${inside}/${name}.img,format=raw,if=none,id=disk${index}`;
      return ["-drive", drive, "-device", `virtio-blk-pci,drive=disk${index},serial=${serial}`];
    });
    const words = "root=/dev/vda rw console=ttyS0 net.ifnames=0 mitigations=off";
    const network = `tap,id=net,ifname=${tapOf(this.host)},script=no,downscript=no`;
    const program = ["chroot", this.#tree, "qemu-system-x86_64", ...(await accelerator())];
    const options = {
      m: MEMORY_MB,
      smp: "2",
      display: "none",
      serial: `file:${inside}/console`,
      kernel: `${PARTS}/vmlinuz`,
      initrd: `${PARTS}/initrd.img`,
      append: words,
      netdev: network,
      device: `virtio-net-pci,netdev=net,mac=${macOf(this.host)}`,
    };
    const given = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
    const argv = [...program, "-nodefaults", "-no-user-config", ...given, ...drives];
    this.#machine = new LabProcess({ name: `virtual machine ${this.host}`, argv });
  }

  /** What it has said on its console and, where QEMU is the one who complains, its words. */
  async words(): Promise<string> {
    const console = await readFile(`${this.#folder}/console`, "utf8").catch(() => "");
    const said = this.#machine?.lines.entries.map(({ text }) => text) ?? [];
    return [...console.split("\n").slice(-20), ...said].join("\n");
  }

  get isOn(): boolean {
    return this.#machine?.isRunning === true;
  }

  /** It was asked to by somebody who is in. */
  async untilOff(): Promise<void> {
    await waitUntil(`${this.host} is off`, () => !this.isOn, {
      timeoutMs: POWER_OFF_DEADLINE_MS,
      everyMs: 100,
    });
  }

  async cutPower(): Promise<void> {
    await this.#machine?.kill();
  }

  async close(): Promise<void> {
    await this.cutPower();
    await attempt(["ip", "link", "delete", tapOf(this.host)]);
    await run(["rm", "-rf", this.#folder]);
  }
}

function guestsFolder(): string {
  return `${tmpdir()}/guests`;
}

/** The name of an interface has 15 characters at most. */
function tapOf(host: HostName): string {
  return `tap-${host}`;
}

/** Once for all guests of a sandbox, which takes the mounts away again. */
async function mountTree(parts: string, root: string): Promise<string> {
  const tree = `${tmpdir()}/qemu`;
  const isThere = await stat(`${tree}/usr`).catch(() => undefined);
  if (isThere !== undefined) return tree;
  await mkdir(tree, { recursive: true });
  await mkdir(guestsFolder(), { recursive: true });
  await run(["mount", "-t", "overlay", "overlay", "-o", `lowerdir=${parts}/qemu:${root}`, tree]);
  await run(["mount", "--rbind", "/dev", `${tree}/dev`]);
  await run(["mount", "--bind", parts, `${tree}${PARTS}`]);
  await run(["mount", "--bind", guestsFolder(), `${tree}${GUESTS}`]);
  return tree;
}

async function accelerator(): Promise<readonly string[]> {
  const isHardware = async (name: string) => {
    return await stat(`/sys/module/${name}`).catch(() => undefined);
  };
  const modules = await Promise.all(["kvm_intel", "kvm_amd"].map(isHardware));
  const opens = await access("/dev/kvm", constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  const isFast = opens && modules.some((found) => found !== undefined);
  return isFast ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "max"];
}

/** Its name and its network, which a machine of nspawn is given from outside. */
function filesOf(host: HostName): Readonly<Record<string, string>> {
  const network = [
    `[Match]\nName=${INTERFACE}`,
    `[Network]\nAddress=${addressOf(host)}/24\nGateway=${GATEWAY}\nIPv6AcceptRA=no\n`,
  ];
  return {
    "/etc/hostname": `${host}\n`,
    "/etc/hosts": `127.0.0.1\tlocalhost\n127.0.1.1\t${host}\n`,
    "/etc/machine-id": `${randomUUID().replaceAll("-", "")}\n`,
    "/etc/systemd/network/lab.network": network.join("\n"),
  };
}

async function writeInto(image: string, files: GuestOptions["files"]): Promise<void> {
  const root = `${image}.mounted`;
  await mkdir(root);
  await run(["mount", "-o", "loop", image, root]);
  try {
    for (const [path, file] of Object.entries(files)) {
      const { content, mode } = typeof file === "string" ? { content: file, mode: 0o644 } : file;
      await mkdir(dirname(`${root}${path}`), { recursive: true });
      await writeFile(`${root}${path}`, content, { mode });
    }
    const wants = `${root}/etc/systemd/system/multi-user.target.wants`;
    await mkdir(wants, { recursive: true });
    await run(["ln", "-sfn", "/lib/systemd/system/systemd-networkd.service", wants]);
  } finally {
    await run(["umount", root], { timeoutMs: COPY_DEADLINE_MS });
  }
}
