/**
 * A plan as a whole: what is asked, in which order things are done, what one resource does to the
 * next.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../src/provision/resources/digest.ts";
import { planOf, questionsOf } from "../../../src/provision/resources/plan.ts";
import type { FileWish, Resource, UnitWish } from "../../../src/provision/resources/resource.ts";
import { answer, stampPath } from "../fake/answers.ts";
import { bareModel, directory, disk, file } from "../fake/model.ts";
import { hostWith, operationsFor, planFor } from "./support.ts";

const root = { owner: "root", group: "root", mode: "0700" };
const folder: Resource = { kind: "directory", path: "/srv", ...root };
const volume: Resource = {
  kind: "volume",
  group: "pg",
  name: "data",
  disk: "/dev/sdb",
  mountPoint: "/srv",
};

test("what several resources want to know is asked once", () => {
  assert.deepEqual(questionsOf([volume, folder, folder]), [
    { about: "disk", path: "/dev/sdb" },
    { about: "volume", group: "pg", name: "data" },
    { about: "path", path: "/srv" },
  ]);
});

test("a question that was not asked is a mistake of ours", () => {
  const facts = answer(bareModel(), []);
  const block: Resource = { kind: "block", path: "/etc/hosts", name: "x", lines: [] };
  for (const resource of [folder, block]) {
    assert.throws(() => planOf([resource], facts), { name: "AssertionError" });
  }
});

test("operations are in the order of the resources, each with its resource", () => {
  const user: Resource = { kind: "user", name: "app", home: "/srv", groups: [] };
  for (const resources of [
    [user, folder],
    [folder, user],
  ]) {
    const { operations } = planFor(bareModel(), ...resources);
    assert.deepEqual(
      operations.map(({ resource }) => resource),
      resources,
    );
  }
});

test("the same wish twice is one", () => {
  assert.equal(operationsFor(bareModel(), folder, { ...folder }).length, 1);
});

test("wishes that contradict each other are a mistake of ours", () => {
  const content = { text: "", isSecret: false };
  const own: Resource = { kind: "file", path: "/etc/hosts", ...root, content };
  const contradictions: readonly (readonly Resource[])[] = [
    [folder, { ...folder, mode: "0750" }],
    [own, { ...own, kind: "directory", path: "/etc/hosts" }],
    [own, { kind: "block", path: "/etc/hosts", name: "x", lines: [] }],
    [volume, { ...volume, name: "wal" }],
    [volume, { ...volume, mountPoint: "/elsewhere" }],
  ];
  for (const resources of contradictions) {
    assert.throws(() => planFor(bareModel(), ...resources), { name: "AssertionError" });
  }
});

test("a directory on a volume that is about to be mounted is that of the volume", () => {
  const model = hostWith({ "/srv": directory(root) });
  model.disks.set("/dev/sdb", disk(["/dev/sdb"], "S1"));
  const kinds = operationsFor(model, volume, folder).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["make-volume", "make-filesystem", "mount", "set-access"]);
});

test("obstacles of all resources are told, and the plan says what else it would do", () => {
  const model = hostWith({ "/srv": file("x"), "/opt": file("x") });
  const other: Resource = { kind: "directory", path: "/opt", ...root };
  const fine: Resource = { kind: "directory", path: "/usr", ...root };
  const { operations, obstacles } = planFor(model, folder, fine, other);
  assert.deepEqual(
    obstacles.map(({ subject }) => subject),
    ["/srv", "/opt"],
  );
  assert.deepEqual(
    operations.map(({ summary }) => summary),
    ["give /usr to root:root 0700"],
  );
});

const app: FileWish = {
  kind: "file",
  path: "/etc/app.conf",
  ...root,
  content: { text: "wished\n", isSecret: false },
};
const unit: UnitWish = {
  kind: "unit",
  name: "app.service",
  state: "started",
  restartsOn: "1.0\nwished\n",
};
const reloading: UnitWish = { ...unit, restartsOn: "1.0", reloadsOn: "wished\n" };

/** The service runs, as far as we know on what is wished; the file says that. */
function operationsWith(text: string | undefined, wish: FileWish, service: UnitWish) {
  const model = hostWith({
    "/etc/systemd/system/app.service": file("[Service]"),
    [stampPath("app.service", "started")]: file(digestOf(service.restartsOn)),
    [stampPath("app.service", "reloaded")]: file(digestOf(service.reloadsOn ?? "")),
  });
  if (text !== undefined) model.entries.set("/etc/app.conf", file(text, root));
  const running = { isEnabled: true, active: "active", loaded: "", runsOn: new Map() };
  model.units.set("app.service", running);
  return operationsFor(model, wish, service).map(({ kind }) => kind);
}

test("a unit reads again what somebody has changed, whatever its stamp says", () => {
  assert.deepEqual(operationsWith("wished\n", app, unit), []);
  assert.deepEqual(operationsWith("edited\n", app, unit), ["write-file", "restart-unit"]);
  assert.deepEqual(operationsWith("edited\n", app, reloading), ["write-file", "reload-unit"]);
});

test("a file that the unit does not read, or that was not there, is no reason", () => {
  assert.deepEqual(operationsWith(undefined, app, unit), ["write-file"]);
  for (const text of ["else\n", ""]) {
    const other: FileWish = { ...app, content: { text, isSecret: false } };
    assert.deepEqual(operationsWith("edited\n", other, unit), ["write-file"]);
  }
});
