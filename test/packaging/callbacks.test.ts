/**
 * The client that Patroni runs and the directory that it leaves word in, as files: the names in the
 * package are those that daemon, client and units mean, and systemd can read them.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { defaultDirectory } from "../../src/callbacks/place.ts";
import { makeFolder } from "../support/folder.ts";

const packaging = join(import.meta.dirname, "../../packaging");
const client = join(packaging, "callbacks/vip-agent-callback");
const read = (file: string) => readFileSync(join(packaging, file), "utf8");

const isMissing = (program: string) => spawnSync(program, ["--version"]).error !== undefined;
const skipWithoutTmpfiles = isMissing("systemd-tmpfiles") ? "missing: systemd-tmpfiles" : false;
const skipWithoutShellcheck = isMissing("shellcheck") ? "missing: shellcheck" : false;

test("client, daemon, package and units mean the same directory", () => {
  const directory = defaultDirectory.replaceAll("/", "\\/");
  assert.match(readFileSync(client, "utf8"), new RegExp(`^directory=${directory}$`, "mu"));
  const lines = read("systemd/vip-agent.tmpfiles");
  assert.match(lines, new RegExp(`^d ${directory} 1730 vip-agent postgres -$`, "mu"));
  assert.match(lines, new RegExp(`^d ${dirname(defaultDirectory)} 0755 root root -$`, "mu"));
  for (const unit of ["vip-agent.service", "vip-agent@.service"]) {
    const text = read(`systemd/${unit}`);
    assert.match(text, new RegExp(`^ReadWritePaths=-${dirname(defaultDirectory)}$`, "mu"));
    assert.match(text, /^ExecStartPre=\+-\/usr\/bin\/systemd-tmpfiles --create vip-agent\.conf$/mu);
    // PostgreSQL's process is another user's.
    assert.match(text, /^ProtectProc=default$/mu);
  }
});

test("the client may be run by everybody", () => {
  assert.equal(statSync(client).mode & 0o111, 0o111);
  assert.match(readFileSync(client, "utf8"), /^#!\/bin\/sh\n/u);
});

test("shellcheck has nothing to say of the client", { skip: skipWithoutShellcheck }, () => {
  const { status, stdout } = spawnSync("shellcheck", [client], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});

test("systemd-tmpfiles makes what the file says", { skip: skipWithoutTmpfiles }, (t) => {
  const root = makeFolder(t);
  const owner = { user: process.geteuid?.() ?? 0, group: process.getegid?.() ?? 0 };
  // Users of this machine, in the place of those that a host has.
  const lines = read("systemd/vip-agent.tmpfiles")
    .replaceAll(defaultDirectory, join(root, "vip-agent/callbacks"))
    .replaceAll(dirname(defaultDirectory), join(root, "vip-agent"))
    .replaceAll(
      / (?:root root|vip-agent (?:vip-agent|postgres)) -$/gmu,
      ` ${owner.user} ${owner.group} -`,
    );
  const file = join(root, "vip-agent.conf");
  writeFileSync(file, lines);
  const { status, stderr } = spawnSync("systemd-tmpfiles", ["--create", file], {
    encoding: "utf8",
  });
  const made = statSync(join(root, "vip-agent/callbacks"), { throwIfNoEntry: false });
  const parent = statSync(join(root, "vip-agent"), { throwIfNoEntry: false });
  assert.equal(status, 0, stderr);
  assert.equal((made?.mode ?? 0) & 0o7777, 0o1730);
  assert.equal((parent?.mode ?? 0) & 0o7777, 0o755);
});
