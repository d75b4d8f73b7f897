/**
 * The manual page: it knows every setting and every command that the program knows, and nothing in
 * it is lost on the way to the reader.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { manPage } from "../../setup/package/man-page.ts";
import { settingRows } from "../../src/agent/config/table.ts";

const repository = join(import.meta.dirname, "../..");
const template = readFileSync(join(repository, "packaging/man/vip-agent.8"), "utf8");
const page = manPage({ template, version: "1.2.3", epochS: 1_790_000_000 });

const hasMan = spawnSync("man", ["--version"]).status === 0;
if (!hasMan && process.env["CI"] === "true") throw new Error("CI lacks man");
const skip = hasMan ? false : "missing: man (Debian: man-db)";

test("every setting has its entry", () => {
  assert.ok(settingRows.length > 40);
  for (const { key } of settingRows) {
    assert.ok(page.includes(`\n.TP\n\\fB${key.replaceAll("-", "\\-")}\\fR (`), key);
  }
});

test("every command that --help names has its entry, and no other has", () => {
  const argv = [join(repository, "src/cli/main.ts"), "--help"];
  const { stdout } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  const listed = [...stdout.matchAll(/^ {2}vip-agent ([a-z]+)\b/gmu)].map(([, name]) => name ?? "");
  const [, described = ""] = /^\.SH COMMANDS\n([^]*?)^\.SH /mu.exec(page) ?? [];
  const entries = [...described.matchAll(/^\.TP\n\.BI? ([a-z]+)/gmu)].map(([, name]) => name ?? "");
  assert.ok(listed.length >= 5, stdout);
  assert.deepEqual(entries.toSorted(), [...new Set(listed)].toSorted());
});

test("version and day are the release's", () => {
  assert.match(page, /^\.TH VIP\\-AGENT 8 "2026-09-21" "vip\\-agent 1\.2\.3"/mu);
  assert.doesNotMatch(page, /@[A-Z_]+@/u);
});

test("man reads it without a complaint", { skip }, () => {
  const options = {
    input: page,
    encoding: "utf8",
    env: { MANWIDTH: "80", LC_ALL: "C.UTF-8", PATH: process.env["PATH"] },
  } as const;
  const { stdout, stderr, status } = spawnSync("man", ["--warnings", "--local-file", "-"], options);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  assert.match(stdout, /^EXIT STATUS$/mu);
});
