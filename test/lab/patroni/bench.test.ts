/**
 * The failover bench's whole way, with one switchover: that it measures and writes, not what it measures.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";

import { ours } from "../../../bench/failover/arguments.ts";
import { parseResults } from "../../../bench/failover/lines.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";

const skip = await skipWithout(...PATRONI);

const deadlineMs = 150_000;

/** Patroni's own share; it waits in steps of a second for PostgreSQL's end. */
const shortestOutageMs = 300;

describe("failover bench", { skip }, () => {
  it("measures a switchover by two writers, prints a table and writes its results", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vip-agent-failover-"));
    const what = ["--only", ours, "--events", "switchover", "--switchovers", "1"];
    const argv = ["bench/failover/main.ts", ...what, "--out", folder];
    const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: deadlineMs });
    assert.match(stdout, /`switchover`: through the VIP minus direct, ms, mean/u);
    assert.deepEqual((await readdir(folder)).toSorted(), ["failover.json", "failover.md"]);
    const results = parseResults(await readFile(join(folder, "failover.json"), "utf8"));
    assert.deepEqual(results.failed, []);
    const figures = results.runs[0]?.figures;
    assert.ok(figures !== undefined);
    for (const { attempts, outage } of [figures.vip, figures.direct]) {
      assert.ok(attempts > 20, `${attempts} attempts`);
      assert.ok(outage.ms > shortestOutageMs && !outage.isOpen, `an outage of ${outage.ms} ms`);
    }
    assert.ok(figures.keyMovedMs !== undefined && figures.leftMs !== undefined, stdout);
  });
});
