/**
 * Disks: what is on them is seen, and nothing that bears anything is ever taken.
 *
 *     sh lab/sandbox.sh node --test test/provision/executor/volumes.lab.ts
 *
 * The disks are files behind loop devices. LVM itself needs a kernel that can map devices; its
 * programs are stand-ins here that write down how they were called.
 */
import assert from "node:assert/strict";
import { open, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, before, test } from "node:test";
import { attempt, run } from "../../../lab/command.ts";
import type { Executor } from "../../../src/provision/executor/executor.ts";
import type { Operation } from "../../../src/provision/resources/operation.ts";
import { chrootExecutor, makeRoot, runIn } from "./support/chroot.ts";

let root: string;
let host: Executor;
let count = 0;

before(async () => {
  root = await makeRoot();
  host = chrootExecutor(root);
  assert((await host.lock("test")).ok);
  // A folder of devices of its own: links for volumes are made in it.
  await runIn(root, "umount -R /dev; mount -t tmpfs tmpfs /dev && mount -t sysfs sysfs /sys");
  await runIn(root, "mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5");
  await runIn(root, "mknod -m 666 /dev/urandom c 1 9; mknod -m 666 /dev/random c 1 8");
  await standIn("lvs", 'for last; do :; done; [ -e "/dev/$last" ]');
  await standIn("vgs", "cat /tmp/group 2>/dev/null");
  await standIn("vgcreate", 'echo "vgcreate $*" >>/tmp/calls; echo "$3" >/tmp/group');
  await standIn("vgextend", 'echo "vgextend $*" >>/tmp/calls; echo "$3" >>/tmp/group');
  const lvcreate = 'echo "lvcreate $*" >>/tmp/calls; mkdir -p "/dev/$8"; ln -s "$9" "/dev/$8/$6"';
  await standIn("lvcreate", lvcreate);
});

async function standIn(name: string, text: string): Promise<void> {
  await writeFile(`${root}/usr/local/sbin/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

type Content = readonly string[] | readonly (readonly [number, string])[];

/** What is on a disk: made by a command, or bytes in hex at their offsets. */
const ext4: Content = ["mkfs.ext4", "-q", "-F"];
const swap: Content = ["mkswap", "-q"];
const partition = "80000200830000000100000000080000";
const partitionTable: Content = [
  [446, partition],
  [510, "55aa"],
];
const scribble: Content = [[5_000, "ff"]];

/** A disk until the end of the test. */
async function makeDisk(t: TestContext, content: Content = []): Promise<string> {
  count += 1;
  const image = join(tmpdir(), `disk-${count}`);
  await run(["truncate", "-s", "64M", image]);
  const words = content.filter((part) => typeof part === "string");
  if (words.length > 0) await run([...words, image]);
  const file = await open(image, "r+");
  for (const part of content) {
    if (typeof part !== "string") await file.write(Buffer.from(part[1], "hex"), 0, null, part[0]);
  }
  await file.close();
  const device = (await run(["losetup", "--find", "--show", image])).trim();
  t.after(async () => {
    await attempt(["chroot", root, "sh", "-c", `umount ${device}; rm -rf /dev/pg /tmp/group`]);
    await run(["losetup", "--detach", device]);
  });
  const number = device.replace("/dev/loop", "");
  await runIn(
    root,
    `[ -e ${device} ] || mknod ${device} b 7 ${number}; rm -f /tmp/calls /tmp/group`,
  );
  return device;
}

async function usesOf(device: string): Promise<string> {
  const facts = await host.probe([{ about: "disk", path: device }]);
  assert(facts.ok, facts.ok ? "" : facts.detail);
  const disk = facts.value.disks.get(device);
  assert.equal(disk?.isThere, true);
  assert.equal(disk.device, device);
  assert.equal(disk.sizeBytes, 64 * 1_024 * 1_024);
  return disk.uses.join("; ");
}

const calls = async () => readFile(`${root}/tmp/calls`, "utf8").catch(() => "");

async function perform(operation: Operation): Promise<void> {
  const outcome = await host.perform(operation);
  assert(outcome.ok, outcome.ok ? "" : outcome.detail);
}

async function complaintOf(operation: Operation): Promise<string> {
  const outcome = await host.perform(operation);
  assert(!outcome.ok);
  return outcome.detail;
}

const volume = { group: "pg", name: "pg_data" } as const;
const making = (disk: string, serial = "") =>
  ({ kind: "make-volume", ...volume, disk, serial }) as const;

const bearing: readonly (readonly [string, Content, RegExp])[] = [
  ["a file system", ext4, /ext4 signature/],
  ["swap space", swap, /swap signature/],
  ["a partition table", partitionTable, /dos signature/],
  ["data of nobody knows what", scribble, /has data in its first MiB/],
];

for (const [what, content, expected] of bearing) {
  test(`a disk with ${what} is seen as used, and never taken`, async (t) => {
    const device = await makeDisk(t, content);
    assert.match(await usesOf(device), expected);
    assert.match(await complaintOf(making(device)), /is not empty, nothing was done to it/);
    assert.equal(await calls(), "");
  });
}

test("a mounted disk is told with its place", async (t) => {
  const device = await makeDisk(t, ext4);
  await runIn(root, `mkdir -p '/srv/a b' && mount ${device} '/srv/a b'`);
  assert.match(await usesOf(device), /mounted on \/srv\/a/);
});

test("what is no disk is not there", async () => {
  const facts = await host.probe(
    ["/dev/null", "/dev/none", "/etc"].map((path) => ({ about: "disk", path })),
  );
  assert(facts.ok);
  assert.deepEqual(
    [...facts.value.disks.values()].map(({ isThere }) => isThere),
    [false, false, false],
  );
});

test("an empty disk becomes a volume, once", async (t) => {
  const device = await makeDisk(t);
  assert.equal(await usesOf(device), "");
  await perform(making(device));
  const expected =
    `vgcreate -- pg ${device}\n` +
    `lvcreate --wipesignatures n --extents 100%PVS --name pg_data -- pg ${device}\n`;
  assert.equal(await calls(), expected);
  await perform(making(device));
  assert.equal(await calls(), expected);
});

test("a run that was cut off between group and volume goes on", async (t) => {
  const device = await makeDisk(t, scribble);
  await runIn(root, `echo ${device} >/tmp/group`);
  await perform(making(device));
  assert.match(await calls(), /^lvcreate [^\n]*\n$/);
});

test("a second disk joins the group", async (t) => {
  const device = await makeDisk(t);
  await runIn(root, "echo /dev/other >/tmp/group");
  await perform(making(device));
  assert.match(await calls(), new RegExp(`^vgextend -- pg ${device}\nlvcreate .*\n$`));
});

test("a disk with another serial than the planned is not touched", async (t) => {
  const device = await makeDisk(t);
  const complaint = await complaintOf(making(device, "S123"));
  assert.match(complaint, /has the serial '', and the plan was made for 'S123': nothing was done/);
  assert.equal(await calls(), "");
});

test("a volume gets a file system once, and one that bears anything keeps it", async (t) => {
  const filesystem = { kind: "make-filesystem", ...volume } as const;
  const device = await makeDisk(t);
  await runIn(root, `mkdir -p /dev/pg && ln -s ${device} /dev/pg/pg_data`);
  await perform(filesystem);
  const uuid = await runIn(root, `blkid -p -o value -s UUID ${device}`);
  await perform(filesystem);
  assert.equal(await runIn(root, `blkid -p -o value -s UUID ${device}`), uuid);
  await runIn(root, `tune2fs -L precious ${device}`);
  assert.match(await complaintOf(filesystem), /bears something \(ext4\), nothing was done/);
  assert.equal(await runIn(root, `blkid -p -o value -s UUID ${device}`), uuid);
});

test("a volume is mounted for good, by its UUID, with one line, and the rest stays", async (t) => {
  const device = await makeDisk(t, ext4);
  await runIn(root, `mkdir -p /dev/pg && ln -s ${device} /dev/pg/pg_data`);
  await runIn(root, "printf '# mine\\nproc /proc proc defaults 0 0' >/etc/fstab");
  const mounting = { kind: "mount", ...volume, mountPoint: "/srv/pg data" } as const;
  await perform(mounting);
  const uuid = (await runIn(root, `blkid -p -o value -s UUID ${device}`)).trim();
  const line = `UUID=${uuid} /srv/pg\\040data ext4 defaults,noatime,nofail 0 2\n`;
  const fstab = `# mine\nproc /proc proc defaults 0 0\n${line}`;
  assert.equal(await readFile(`${root}/etc/fstab`, "utf8"), fstab);
  assert.match(await runIn(root, "findmnt -n -o SOURCE,OPTIONS '/srv/pg data'"), /loop.*noatime/);
  await perform(mounting);
  assert.equal(await readFile(`${root}/etc/fstab`, "utf8"), fstab);
  const facts = await host.probe([{ about: "volume", ...volume }]);
  assert(facts.ok);
  const found = facts.value.volumes.get("pg/pg_data");
  assert.deepEqual(found, {
    isThere: true,
    sizeBytes: 64 * 1_024 * 1_024,
    filesystem: "ext4",
    uuid,
    mountPoint: "/srv/pg data",
    groupDisks: [],
  });
  assert.match(
    await complaintOf({ ...mounting, mountPoint: "/srv/other" }),
    /mounts .* on \/srv\/pg/,
  );
  await runIn(root, "umount '/srv/pg data'");
  await perform(mounting);
  assert.match(await runIn(root, "findmnt -n -o SOURCE '/srv/pg data'"), /loop/);
});

test("a mount point with anything in it is not mounted on", async (t) => {
  const device = await makeDisk(t, ext4);
  await runIn(root, `mkdir -p /dev/pg && ln -s ${device} /dev/pg/pg_data`);
  await runIn(root, "mkdir /srv/full && echo precious >/srv/full/.hidden");
  await writeFile(`${root}/etc/fstab`, "");
  const mounting = { kind: "mount", ...volume, mountPoint: "/srv/full" } as const;
  assert.match(await complaintOf(mounting), /\/srv\/full is not empty/);
  assert.equal(await readFile(`${root}/etc/fstab`, "utf8"), "");
  assert.equal(await runIn(root, "cat /srv/full/.hidden; ! mountpoint -q /srv/full"), "precious\n");
});

test("a mount point that somebody else has is left to them", async (t) => {
  const device = await makeDisk(t, ext4);
  await runIn(root, `mkdir -p /dev/pg && ln -s ${device} /dev/pg/pg_data`);
  const fstab = "/dev/other /srv/taken ext4 defaults 0 2\n";
  await writeFile(`${root}/etc/fstab`, fstab);
  const mounting = { kind: "mount", ...volume, mountPoint: "/srv/taken" } as const;
  assert.match(await complaintOf(mounting), /another line for \/srv\/taken: \/dev\/other/);
  assert.equal(await readFile(`${root}/etc/fstab`, "utf8"), fstab);
});
