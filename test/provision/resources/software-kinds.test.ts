/**
 * Users, packages, programs, Python environments.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  PackageFileWish,
  ProgramWish,
  UserWish,
  VenvWish,
} from "../../../src/provision/resources/resource.ts";
import { venvMarker } from "../../../src/provision/resources/venv.ts";
import { bareModel, directory, file, link, program } from "../fake/model.ts";
import { hostWith, obstaclesFor, operationsFor, planFor } from "./support.ts";

const consul: UserWish = { kind: "user", name: "consul", home: "/srv/consul", groups: ["adm"] };

function hostWithUser(groups: string[]) {
  const model = bareModel();
  model.users.set("consul", { home: "/elsewhere", groups });
  return model;
}

test("a user that is not there is made with all groups", () => {
  const { name, home, groups } = consul;
  assert.deepEqual(operationsFor(bareModel(), consul), [{ kind: "make-user", name, home, groups }]);
});

test("a user that is there is taken as it is, and only joined to what it lacks", () => {
  assert.deepEqual(operationsFor(hostWithUser(["adm", "consul"]), consul), []);
  const wish = { ...consul, groups: ["adm", "ssl"] };
  const joined = { kind: "join-groups", name: "consul", groups: ["ssl"] };
  assert.deepEqual(operationsFor(hostWithUser(["adm", "video"]), wish), [joined]);
});

test("packages that are missing are installed at once, in any version that is there", () => {
  const wish = { kind: "packages", names: ["a", "b", "c"] } as const;
  const model = bareModel();
  assert.deepEqual(operationsFor(model, wish), [{ kind: "install-packages", names: wish.names }]);
  model.packages.set("b", "1");
  const rest = { kind: "install-packages", names: ["a", "c"] };
  assert.deepEqual(operationsFor(model, wish), [rest]);
  model.packages.set("a", "2").set("c", "3");
  assert.deepEqual(operationsFor(model, wish), []);
});

const artefact = { from: "/bundle/agent.deb", sha256: undefined };
const agent: PackageFileWish = {
  kind: "package-file",
  name: "vip-agent",
  version: "0.2.0",
  artefact,
};

test("a package file is installed unless exactly its version is there", () => {
  const installed = { kind: "install-package-file", name: "vip-agent", artefact };
  const versions = { "0.2.0": [], "0.2.0-1": [], "0.2.0-1.el9": [] };
  const others = ["0.1.0", "0.2.01", "0.2.0.1", "10.2.0", ""];
  assert.deepEqual(operationsFor(bareModel(), agent), [installed]);
  for (const version of [...Object.keys(versions), ...others]) {
    const model = bareModel();
    model.packages.set("vip-agent", version);
    const expected = version in versions ? [] : [installed];
    assert.deepEqual(operationsFor(model, agent), expected, version);
  }
});

const path = "/usr/local/bin/consul";
const wish: ProgramWish = {
  kind: "program",
  path,
  artefact,
  versionArgs: ["version"],
  version: "1.22.3",
};
const installed = { kind: "install-program", path, artefact };

test("a program is installed when there is none, or one that says something else", () => {
  assert.deepEqual(operationsFor(bareModel(), wish), [installed]);
  const others = ["Consul v1.22.30", "Consul v11.22.3", "Consul v1.22.3.1", "Consul v1a22.3", ""];
  for (const prints of others) {
    const model = hostWith({ [path]: program(prints) });
    assert.deepEqual(operationsFor(model, wish), [installed], prints);
  }
  assert.deepEqual(operationsFor(hostWith({ [path]: file("no program") }), wish), [installed]);
});

test("a program that says its version is left alone, behind a link too", () => {
  for (const prints of ["Consul v1.22.3\nRevision 0", "1.22.3", "v1.22.3+ent"]) {
    assert.deepEqual(operationsFor(hostWith({ [path]: program(prints) }), wish), [], prints);
  }
  const linked = hostWith({ [path]: link("/opt/consul"), "/opt/consul": program("v1.22.3") });
  assert.deepEqual(operationsFor(linked, wish), []);
});

test("a link to another version and a directory are in the way", () => {
  const linked = hostWith({ [path]: link("/opt/consul"), "/opt/consul": program("v1.20.0") });
  assert.deepEqual(obstaclesFor(linked, wish), [
    `${path} is a link to /opt/consul, and version 1.22.3 is needed there`,
  ]);
  assert.equal(obstaclesFor(hostWith({ [path]: directory() }), wish).length, 1);
});

const venv: VenvWish = {
  kind: "venv",
  path: "/opt/patroni/4",
  link: "/opt/patroni/current",
  requirements: ["patroni==4.1.5", "psycopg==3"],
  wheels: "/bundle/wheels",
};
const { requirements, wheels } = venv;
const made = { kind: "make-venv", path: venv.path, requirements, wheels };
const linked = { kind: "set-link", path: venv.link, target: venv.path };

function hostWithVenv(wished: VenvWish | undefined) {
  const model = hostWith({ [venv.path]: directory() });
  if (wished === undefined) return model;
  const marker = venvMarker(wished);
  model.entries.set(marker.path, file(marker.text));
  return model;
}

test("an environment is made, and linked after that", () => {
  assert.deepEqual(operationsFor(bareModel(), venv), [made, linked]);
});

test("a folder without the marker, or with that of other requirements, is not complete", () => {
  const other = { ...venv, requirements: ["patroni==4.1.4"] };
  assert.deepEqual(operationsFor(hostWithVenv(undefined), venv), [made, linked]);
  assert.deepEqual(operationsFor(hostWithVenv(other), venv), [made, linked]);
});

test("of a complete environment only the link may be missing", () => {
  const model = hostWithVenv(venv);
  assert.deepEqual(operationsFor(model, venv), [linked]);
  model.entries.set(venv.link, link("/opt/patroni/3"));
  assert.deepEqual(operationsFor(model, venv), [linked]);
  model.entries.set(venv.link, link(venv.path));
  assert.deepEqual(operationsFor(model, venv), []);
});

test("where the environment or its link cannot be, nothing is made", () => {
  const folder = planFor(hostWith({ [venv.path]: file("x") }), venv);
  const current = planFor(hostWith({ [venv.link]: directory() }), venv);
  assert.deepEqual([folder.operations, current.operations], [[], []]);
  assert.deepEqual(
    [folder, current].map(({ obstacles }) => obstacles.map(({ subject }) => subject)),
    [[venv.path], [venv.link]],
  );
});
