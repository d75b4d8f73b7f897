/**
 * Volumes: each step only where it is missing, and nothing at all where there could be data.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { VolumeWish } from "../../../src/provision/resources/resource.ts";
import {
  type HostModel,
  type VolumeModel,
  bareModel,
  directory,
  disk,
  file,
} from "../fake/model.ts";
import { obstaclesFor, operationsFor, planFor } from "./support.ts";

const byId = "/dev/disk/by-id/scsi-1";
const wish: VolumeWish = {
  kind: "volume",
  group: "pg",
  name: "pg_data",
  disk: byId,
  mountPoint: "/pgdata",
};
const wal: VolumeWish = { ...wish, name: "pg_wal", disk: "/dev/sdc", mountPoint: "/pgwal" };
const named = { group: "pg", name: "pg_data" };

const make = { kind: "make-volume", ...named, disk: byId, serial: "S1" };
const format = { kind: "make-filesystem", ...named };
const mount = { kind: "mount", ...named, mountPoint: "/pgdata" };

function hostWithDisks(): HostModel {
  const model = bareModel();
  model.disks.set("/dev/sdb", disk(["/dev/sdb", byId], "S1"));
  model.disks.set("/dev/sdc", disk(["/dev/sdc"], "S2"));
  return model;
}

/** pg_data on /dev/sdb. */
function hostWithVolume(changes: Partial<VolumeModel> = {}): HostModel {
  const model = hostWithDisks();
  const fresh = { disk: "/dev/sdb", filesystem: undefined, mountPoint: undefined };
  const volumes = new Map([["pg_data", { ...fresh, ...changes }]]);
  model.volumeGroups.set("pg", { disks: ["/dev/sdb"], volumes });
  return model;
}

test("an empty disk becomes a volume with a file system, mounted", () => {
  assert.deepEqual(operationsFor(hostWithDisks(), wish), [make, format, mount]);
});

test("the plan tells device, serial and size of what is taken", () => {
  const [first] = planFor(hostWithDisks(), wish).operations;
  assert.equal(first?.summary, "make volume pg/pg_data of all of /dev/sdb (serial S1, 100.0 GiB)");
});

test("a volume without a file system gets one, one with it is mounted", () => {
  assert.deepEqual(operationsFor(hostWithVolume(), wish), [format, mount]);
  for (const filesystem of ["ext4", "xfs"]) {
    assert.deepEqual(operationsFor(hostWithVolume({ filesystem }), wish), [mount]);
  }
});

test("a volume that is mounted in its place is left alone, whatever it is made of", () => {
  const model = hostWithVolume({ filesystem: "btrfs", mountPoint: "/pgdata", disk: "/dev/sdc" });
  model.disks.clear();
  model.entries.set("/pgdata", directory());
  model.entries.set("/pgdata/17", directory());
  assert.deepEqual(operationsFor(model, wish), []);
});

test("a group that was begun with that very disk is gone on with", () => {
  const model = hostWithVolume();
  model.volumeGroups.get("pg")?.volumes.clear();
  assert.deepEqual(operationsFor(model, wish), [make, format, mount]);
});

test("a second disk joins the group", () => {
  const model = hostWithVolume({ filesystem: "ext4", mountPoint: "/pgdata" });
  assert.deepEqual(
    operationsFor(model, wish, wal).map(({ kind }) => kind),
    ["make-volume", "make-filesystem", "mount"],
  );
});

test("a disk that is not there, or that anything was found on, is not taken", () => {
  const absent = hostWithDisks();
  absent.disks.delete("/dev/sdb");
  assert.deepEqual(obstaclesFor(absent, wish), [`${byId} is not there`]);
  const used = hostWithDisks();
  used.disks.get("/dev/sdb")?.uses.push("ext4 signature", "mounted on /srv");
  assert.deepEqual(obstaclesFor(used, wish), [
    `${byId} is in use: /dev/sdb (serial S1, 100.0 GiB): ext4 signature, mounted on /srv`,
  ]);
  const foreign = hostWithDisks();
  foreign.volumeGroups.set("theirs", { disks: ["/dev/sdb"], volumes: new Map() });
  assert.deepEqual(obstaclesFor(foreign, wish), [
    `${byId} is in use: /dev/sdb (serial S1, 100.0 GiB): LVM2_member signature`,
  ]);
});

test("a volume of that name on another disk is somebody's", () => {
  const model = hostWithVolume({ filesystem: "ext4", disk: "/dev/sdc" });
  const group = model.volumeGroups.get("pg");
  if (group !== undefined) group.disks = ["/dev/sdc"];
  assert.deepEqual(obstaclesFor(model, wish), [
    `volume pg/pg_data is there already, in a group of /dev/sdc, not of ${byId}`,
  ]);
});

test("a volume that bears something else, or is mounted elsewhere, is left alone", () => {
  assert.deepEqual(obstaclesFor(hostWithVolume({ filesystem: "swap" }), wish), [
    "volume pg/pg_data bears swap, not ext4 or xfs",
  ]);
  assert.deepEqual(obstaclesFor(hostWithVolume({ filesystem: "ext4", mountPoint: "/srv" }), wish), [
    "volume pg/pg_data is mounted on /srv, not on /pgdata",
  ]);
});

test("a mount hides nothing", () => {
  const model = hostWithDisks();
  model.entries.set("/pgdata", directory());
  assert.deepEqual(operationsFor(model, wish), [make, format, mount]);
  model.entries.set("/pgdata/17", directory());
  assert.deepEqual(obstaclesFor(model, wish), [
    "/pgdata is not empty, and a mount would hide what is in it",
  ]);
  model.entries.set("/pgdata", file("x"));
  assert.deepEqual(obstaclesFor(model, wish), [
    "/pgdata is a file, and a directory is needed there",
  ]);
});

test("what is in the way is told all at once", () => {
  const model = hostWithDisks();
  model.disks.delete("/dev/sdb");
  model.entries.set("/pgdata", file("x"));
  assert.equal(obstaclesFor(model, wish).length, 2);
});

test("two volumes do not share a disk, under whichever of its names", () => {
  const twice = { ...wal, disk: "/dev/sdb" };
  assert.deepEqual(obstaclesFor(hostWithDisks(), wish, twice), [
    `${byId} is /dev/sdb, as is the disk of volume pg/pg_wal`,
    "/dev/sdb is /dev/sdb, as is the disk of volume pg/pg_data",
  ]);
  const half = hostWithVolume({ filesystem: "ext4", mountPoint: "/pgdata" });
  assert.equal(obstaclesFor(half, wish, twice).length, 1);
});
