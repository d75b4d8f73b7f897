/**
 * The fake host refuses what a real one refuses, and can be cut off where a real one can.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation } from "../../../src/provision/resources/operation.ts";
import { fakeHost } from "./fake-host.ts";
import {
  type HostModel,
  type Surroundings,
  bareModel,
  directory,
  disk,
  file,
  picture,
} from "./model.ts";

const root = { owner: "root", group: "root", mode: "0644" };
const content = { text: "x", isSecret: false };
const unit = "app.service";
const unitPath = `/etc/systemd/system/${unit}`;
const start: Operation = { kind: "start-unit", name: unit, startedOn: "1", reloadedOn: undefined };
const volume = { group: "pg", name: "data" };
const make: Operation = { kind: "make-volume", ...volume, disk: "/dev/sdb", serial: "S1" };
const mount: Operation = { kind: "mount", ...volume, mountPoint: "/srv" };

function hostWithDisk(): HostModel {
  const model = bareModel();
  model.disks.set("/dev/sdb", disk(["/dev/sdb"], "S1"));
  return model;
}

function hostWithUnit(text: string): HostModel {
  const model = bareModel();
  model.entries.set(unitPath, file(text));
  return model;
}

function hostWithVolume(filesystem?: string): HostModel {
  const model = hostWithDisk();
  const data = { disk: "/dev/sdb", filesystem, mountPoint: undefined };
  model.volumeGroups.set("pg", { disks: ["/dev/sdb"], volumes: new Map([["data", data]]) });
  return model;
}

type Refused = readonly [what: string, operation: Operation, reason: string, model?: HostModel];

const refused: readonly Refused[] = [
  [
    "a file in a directory that is not there",
    { kind: "write-file", path: "/etc/app/x", ...root, content },
    "there is no directory /etc/app",
  ],
  [
    "a file for a user who is not there",
    { kind: "write-file", path: "/etc/x", ...root, owner: "app", content },
    "invalid user: app",
  ],
  [
    "a file in place of a directory",
    { kind: "write-file", path: "/opt", ...root, content },
    "/opt is no file",
  ],
  [
    "the text of a file that is not there",
    { kind: "write-text", path: "/etc/x", text: "" },
    "/etc/x is no file",
  ],
  [
    "access for a group that is not there",
    { kind: "set-access", path: "/etc/hosts", ...root, group: "app" },
    "invalid group: app",
  ],
  [
    "access to what is not there",
    { kind: "set-access", path: "/etc/x", ...root },
    "there is no /etc/x",
  ],
  [
    "a directory in place of a file",
    { kind: "make-directory", path: "/etc/hosts", ...root },
    "/etc/hosts is no directory",
  ],
  [
    "a user in a group that is not there",
    { kind: "make-user", name: "app", home: "/", groups: ["ssl"] },
    "there is no group ssl",
  ],
  [
    "joining for a user who is not there",
    { kind: "join-groups", name: "app", groups: ["adm"] },
    "there is no user app",
  ],
  [
    "packages that no repository has",
    { kind: "install-packages", names: ["x"] },
    "unable to locate package x",
  ],
  [
    "a package file that is something else",
    { kind: "install-package-file", name: "x", artefact: { from: "app", sha256: undefined } },
    "unable to locate package x",
  ],
  [
    "a program that is not brought along",
    {
      kind: "install-program",
      path: "/usr/local/bin/x",
      artefact: { from: "none", sha256: undefined },
    },
    "there is no program at none",
  ],
  [
    "an environment below what is not there",
    { kind: "make-venv", path: "/opt/patroni/4", requirements: [], wheels: undefined },
    "there is no directory /opt/patroni",
  ],
  [
    "a link in place of a file",
    { kind: "set-link", path: "/etc/hosts", target: "/" },
    "/etc/hosts is no link",
  ],
  ["a unit that is not known", start, `unit ${unit} not found`],
  ["enabling one that is not known", { kind: "enable-unit", name: unit }, `${unit} does not exist`],
  [
    "masking where a file is",
    { kind: "mask-unit", name: unit },
    `${unitPath} already exists`,
    hostWithUnit(""),
  ],
  ["a service whose user is not there", start, `${unit}: no user app`, hostWithUnit("User=app")],
  [
    "a service whose file is not there",
    start,
    `${unit} failed: there is no /etc/x`,
    hostWithUnit("X-Reads=/etc/x"),
  ],
  [
    "reloading what does not run",
    { kind: "reload-unit", name: unit, reloadedOn: "1" },
    `${unit} is not active, cannot reload`,
    hostWithUnit(""),
  ],
  ["a disk that is not there", make, "there is no /dev/sdb"],
  [
    "a disk that is another one by now",
    { ...make, serial: "S2" },
    "/dev/sdb has serial S1, not S2",
    hostWithDisk(),
  ],
  [
    "a second volume on a full disk",
    { ...make, name: "wal" },
    "no free extents on /dev/sdb",
    hostWithVolume(),
  ],
  [
    "a file system over another",
    { kind: "make-filesystem", ...volume },
    "data bears xfs",
    hostWithVolume("xfs"),
  ],
  [
    "a file system on what is not there",
    { kind: "make-filesystem", ...volume },
    "there is no volume pg/data",
  ],
  ["mounting without a file system", mount, "data has no file system", hostWithVolume()],
];

for (const [what, operation, reason, model = bareModel()] of refused) {
  test(`refuses ${what}`, async () => {
    const host = fakeHost({ model });
    const outcome = await host.perform(operation);
    assert.deepEqual(outcome, { ok: false, code: "failed", detail: reason });
    assert.deepEqual(host.performed, []);
  });
}

test("refuses to mount over files, and to take a disk with anything on it", async () => {
  const full = hostWithVolume("ext4");
  full.entries.set("/srv", directory()).set("/srv/x", file("x"));
  const mounted = await fakeHost({ model: full }).perform(mount);
  assert(!mounted.ok && mounted.detail === "/srv is not empty");
  const used = hostWithDisk();
  used.disks.get("/dev/sdb")?.uses.push("ext4 signature");
  const made = await fakeHost({ model: used }).perform(make);
  assert(!made.ok && made.detail === "/dev/sdb is in use: ext4 signature");
});

test("a restart runs on the unit's file as it is now, a repeated start on nothing new", async () => {
  const model = hostWithUnit("X-Reads=/etc/x");
  model.entries.set("/etc/x", file("old"));
  const host = fakeHost({ model });
  assert((await host.perform(start)).ok);
  model.entries.set("/etc/x", file("new"));
  assert((await host.perform(start)).ok);
  assert.deepEqual(
    [model.starts.get(unit), model.units.get(unit)?.runsOn.get("/etc/x")],
    [1, "old"],
  );
  assert((await host.perform({ ...start, kind: "restart-unit", startedOn: "2" })).ok);
  assert.deepEqual(
    [model.starts.get(unit), model.units.get(unit)?.runsOn.get("/etc/x")],
    [2, "new"],
  );
});

test("a start of what a package has started before makes it run on what it should", async () => {
  const around: Surroundings = {
    artefacts: new Map(),
    repository: new Map([["app", { version: "1", starts: { unit } }]]),
  };
  const model = hostWithUnit("X-Reads=/etc/x");
  model.entries.set("/etc/x", file("old"));
  const host = fakeHost({ model, around });
  assert((await host.perform({ kind: "install-packages", names: ["app"] })).ok);
  model.entries.set("/etc/x", file("new"));
  assert((await host.perform(start)).ok);
  assert.equal(model.units.get(unit)?.runsOn.get("/etc/x"), "new");
});

test("a package starts no unit that is masked, nor where a file forbids it", async () => {
  const unlessPath = "/etc/app.conf";
  const starts = { unit, unlessPath };
  const files = { [`/usr/lib/systemd/system/${unit}`]: "" };
  const around: Surroundings = {
    artefacts: new Map(),
    repository: new Map([["app", { version: "1", files, starts }]]),
  };
  const install: Operation = { kind: "install-packages", names: ["app"] };
  const plain = fakeHost({ around });
  const masked = fakeHost({ around });
  const forbidden = fakeHost({ around });
  await masked.perform({ kind: "mask-unit", name: unit });
  forbidden.model.entries.set(unlessPath, file(""));
  const states = [plain, masked, forbidden].map(async (host) => {
    assert((await host.perform(install)).ok);
    return host.model.units.get(unit)?.active;
  });
  assert.deepEqual(await Promise.all(states), ["active", undefined, undefined]);
});

test("what a file replaces is kept", async () => {
  const host = fakeHost();
  await host.perform({ kind: "write-text", path: "/etc/hosts", text: "mine\n" });
  assert.deepEqual(host.model.kept, [{ path: "/etc/hosts", text: "127.0.0.1 localhost\n" }]);
});

test("a run that is cut off has done that many stages, and reaches the host no more", async () => {
  const write: Operation = { kind: "write-file", path: "/etc/x", ...root, content };
  const seen: (readonly [boolean, boolean])[] = [];
  for (const stages of [0, 1, 2]) {
    const host = fakeHost({ cutOff: { at: 2, stages } });
    const { entries } = host.model;
    assert((await host.perform({ ...write, path: "/etc/first" })).ok);
    assert.equal((await host.perform(write)).ok, false);
    assert.equal((await host.perform({ ...write, path: "/etc/third" })).ok, false);
    assert.equal((await host.probe([])).ok, false);
    assert.equal((await host.ask(["true"])).ok, false);
    assert.equal(host.performed.length, 1);
    assert(entries.has("/etc/first") && !entries.has("/etc/third"));
    seen.push([entries.has("/etc/x.vip-agent-new"), entries.has("/etc/x")]);
  }
  assert.deepEqual(seen, [
    [false, false],
    [true, false],
    [false, true],
  ]);
});

test("a lock is one run's, and another's is told", async () => {
  const host = fakeHost();
  assert((await host.lock("a")).ok);
  const other = await fakeHost({ model: host.model }).lock("b");
  assert(!other.ok && other.code === "locked" && other.detail === "locked by a");
  await host.unlock();
  assert((await fakeHost({ model: host.model }).lock("b")).ok);
});

test("asking changes nothing, and a program that is not there is an answer", async () => {
  const host = fakeHost({ ask: ([name]) => (name === "id" ? okay : undefined) });
  const okay = { exitCode: 0, stdout: "0", stderr: "" };
  const before = picture(host.model);
  assert.deepEqual(await host.ask(["id", "-u"]), { ok: true, value: okay });
  const absent = await host.ask(["nothing"]);
  assert(absent.ok && absent.value.exitCode === 127);
  assert((await host.probe([{ about: "unit", name: unit }])).ok);
  assert.deepEqual(picture(host.model), before);
});
