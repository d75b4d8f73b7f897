/**
 * promtool, Prometheus' own judge of rules, queries and pages of metrics.
 *
 * Where it is missing the tests that want it are skipped, with the reason; on CI that is an error.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { findPrometheus } from "../../lab/prometheus.ts";

const deadlineMs = 60_000;

/** What to give to the `skip` option of a suite: false, or what is missing. */
export async function skipWithoutPrometheus(): Promise<string | false> {
  try {
    await findPrometheus();
    return false;
  } catch (error) {
    const [reason = ""] = String(error).split("\n");
    if (process.env["CI"] === "true")
      throw new Error(`CI lacks Prometheus: ${reason}`, { cause: error });
    return `missing: prometheus: ${reason}`;
  }
}

/** Runs it to a good end, and gives what it said; a bad end is an error that quotes it. */
export async function promtool(words: readonly string[], input = ""): Promise<string> {
  const program = `${await findPrometheus()}/promtool`;
  const done = spawnSync(program, words, { input, timeout: deadlineMs, encoding: "utf8" });
  const said = done.stdout + done.stderr;
  assert.equal(done.status, 0, `promtool ${words.join(" ")}: ${said}`);
  return said;
}
