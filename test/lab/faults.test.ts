/**
 * The fault bench's whole way: that it makes faults, counts what is lost, proves its probes and
 * writes, and that the faults which cost nothing do.
 *
 * A short watch after each fault, of a few that no other test makes. All of them are measured by
 * `npm run bench:faults`.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";

import { parseResults } from "../../bench/faults/lines.ts";
import type { FaultResults } from "../../bench/faults/results.ts";
import { verdictsOf } from "../../bench/faults/verdicts.ts";
import { LAB, skipWithout } from "./support/capabilities.ts";

const skip = await skipWithout(...LAB);

const deadlineMs = 240_000;
const spanS = "12";
const ids = ["election", "429", "500"];

describe("fault bench", { skip }, () => {
  let folder: string;
  let printed: string;
  let results: FaultResults;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "vip-agent-faults-"));
    const only = ["vip-agent", ...ids].flatMap((name) => ["--only", name]);
    const how = ["--lanes", "3", "--repeat", "1", "--span", spanS, "--out", folder];
    const argv = ["bench/faults/main.ts", ...only, ...how];
    const ran = await promisify(execFile)(process.execPath, argv, { timeout: deadlineMs });
    printed = ran.stdout;
    results = parseResults(await readFile(join(folder, "faults.json"), "utf8"));
  });

  it("writes its results and prints its goals", async () => {
    assert.deepEqual((await readdir(folder)).toSorted(), ["faults.json", "faults.md"]);
    assert.match(printed, /`election`: probes lost/u);
    assert.deepEqual(results.failed, []);
  });

  it("asks all the time, by ICMP and TCP", () => {
    const asked = results.runs.map(({ figures }) => {
      return Math.min(figures.calls.asked, figures.echoes.asked);
    });
    assert.equal(asked.length, ids.length);
    assert.ok(Math.min(...asked) > Number(spanS) * 50, `asked ${asked.join(", ")} times`);
  });

  for (const id of ids) {
    it(`loses nothing in the fault ${id}`, () => {
      const verdicts = verdictsOf(results).filter(({ fault }) => fault === id);
      assert.ok(verdicts.length > 0);
      const missed = verdicts.filter(({ isMet }) => !isMet);
      assert.deepEqual(missed, [], printed);
    });
  }
});
