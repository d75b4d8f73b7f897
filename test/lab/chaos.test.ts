/**
 * Chaos, shortly: that its observers see two holders where there are two, and that a few rounds of a
 * fixed seed are played and survived. The full run is `npm run chaos`.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";

import type { HostSpan } from "../../chaos/evidence.ts";
import { holdsOf } from "../../chaos/holds.ts";
import { overlapsIn, type Overlap } from "../../chaos/overlaps.ts";
import type { Results } from "../../chaos/results.ts";
import { monotonicMs, sleepMs } from "../../lab/clock.ts";
import { run } from "../../lab/command.ts";
import { createLab, type Lab } from "../../lab/lab.ts";
import { inHost, INTERFACE, linkDown, linkUp, VIP, type HostName } from "../../lab/network.ts";
import type { AddressEvent, Watch } from "../../lab/watch.ts";
import type { Wire } from "../../lab/wire.ts";
import { evidence } from "../chaos/support.ts";
import { LAB, skipWithout } from "./support/capabilities.ts";
import { ms } from "./support/stage.ts";

const skip = await skipWithout(...LAB, "perl");

const HOSTS: readonly HostName[] = ["db1", "db2"];
const HELD_BY_BOTH_MS = 700;
/** Starting `ip` on a busy machine, twice. */
const SLACK_MS = 150;

/**
 * Three rounds without a silence of Consul that could outlast a lease: a switchover with a VIP added by
 * hand, the Consul leader and the agent killed together, a frozen agent and keeper and a switchover.
 */
const SEED = 48_781;
const ROUNDS = 3;
const DEADLINE_MS = 75_000;

describe("observers of chaos", { skip }, () => {
  let lab: Lab;
  let wire: Wire;
  const watches = new Map<HostName, Watch<AddressEvent>>();

  before(async () => {
    lab = await createLab({ hosts: [...HOSTS, "observer"] });
    wire = await lab.watchWire(HOSTS);
    for (const host of HOSTS) watches.set(host, await lab.watchAddresses(host, [VIP]));
  });

  after(async () => {
    await lab.close();
  });

  async function change(host: HostName, verb: "add" | "delete"): Promise<void> {
    const words = `ip address ${verb} ${VIP}/32 dev ${INTERFACE}`;
    await run([...inHost(host), ...words.split(" ")]);
  }

  /** db1 holds all the time, db2 beside it while `during` runs. */
  async function overlapsWhile(during: () => Promise<void>): Promise<readonly Overlap[]> {
    const fromMs = monotonicMs();
    await change("db1", "add");
    await sleepMs(300);
    await change("db2", "add");
    await during();
    await change("db2", "delete");
    await sleepMs(300);
    await change("db1", "delete");
    await sleepMs(300);
    const toMs = monotonicMs();
    const holds: HostSpan[] = [];
    for (const [host, { events }] of watches) {
      const frame = { endMs: toMs, linkDown: downSpans.get(host) ?? [] };
      holds.push(...holdsOf(host, await events.upToNow(fromMs), frame));
    }
    const wireSpans = wire.allSpans().filter((span) => span.toMs >= fromMs);
    const keySteps = [{ atMs: fromMs, host: "db1" }];
    return overlapsIn(evidence({ fromMs, toMs, holds, wireSpans, keySteps }));
  }

  const downSpans = new Map<HostName, { fromMs: number; toMs: number }[]>();

  function assertAbout(measuredMs: number, wantedMs: number): void {
    assert.ok(Math.abs(measuredMs - wantedMs) < SLACK_MS, `${measuredMs} ms, not ${wantedMs}`);
  }

  it("see two hosts that hold the VIP on purpose, in the kernels and on the wire", async (test) => {
    const overlaps = await overlapsWhile(() => sleepMs(HELD_BY_BOTH_MS));
    tell(test, overlaps);
    assert.equal(overlaps.length, 1);
    const [overlap] = overlaps;
    assert.ok(overlap);
    assert.deepEqual(overlap.hosts, ["db2", "db1"]);
    assertAbout(overlap.toMs - overlap.fromMs, HELD_BY_BOTH_MS);
    assertAbout(overlap.onWireMs, HELD_BY_BOTH_MS);
    assert.ok(overlap.beyondMs > 0, "nothing but a live agent explains it, so it is too long");
  });

  it("do not count the time in which the link of the one was down", async (test) => {
    const overlaps = await overlapsWhile(async () => {
      await sleepMs(200);
      const fromMs = monotonicMs();
      await linkDown("db2");
      await sleepMs(600);
      await linkUp("db2");
      downSpans.set("db2", [{ fromMs, toMs: monotonicMs() }]);
      await sleepMs(200);
    });
    tell(test, overlaps);
    assert.equal(overlaps.length, 2);
    for (const overlap of overlaps) {
      assertAbout(overlap.toMs - overlap.fromMs, 200);
      assertAbout(overlap.onWireMs, 200);
    }
  });

  it("see no overlap where one follows the other", async () => {
    const fromMs = monotonicMs();
    for (const host of HOSTS) {
      await change(host, "add");
      await sleepMs(300);
      await change(host, "delete");
    }
    await sleepMs(300);
    const wireSpans = wire.allSpans().filter((span) => span.toMs >= fromMs);
    assert.deepEqual(new Set(wireSpans.map(({ host }) => host)), new Set(HOSTS));
    assert.deepEqual(overlapsIn(evidence({ holds: [], wireSpans })), []);
  });

  function tell(test: TestContext, overlaps: readonly Overlap[]): void {
    for (const { fromMs, toMs, onWireMs } of overlaps) {
      test.diagnostic(`in the kernels ${ms(toMs - fromMs)}, on the wire ${ms(onWireMs)}`);
    }
  }
});

describe("chaos", { skip }, () => {
  it("plays rounds of a fixed seed, in which no promise breaks", async (test) => {
    const out = await mkdtemp(join(tmpdir(), "vip-agent-chaos-"));
    const options = ["--seed", String(SEED), "--rounds", String(ROUNDS), "--worlds", "1"];
    const argv = ["chaos/main.ts", ...options, "--out", out];
    const { code, stdout } = await nodeWithin(argv, DEADLINE_MS);
    assert.deepEqual(
      (await readdir(out)).toSorted((one, other) => one.localeCompare(other)),
      ["results.json", "stories.txt", "tables.md"],
    );
    const results = JSON.parse(await readFile(join(out, "results.json"), "utf8")) as Results;
    const rounds = results.candidates[0]?.rounds ?? [];
    for (const { faults, overlaps } of rounds) {
      const longest = Math.max(0, ...overlaps.map(({ fromMs, toMs }) => toMs - fromMs));
      const kinds = faults.map(({ kind }) => kind).join(", ");
      test.diagnostic(`${kinds}: longest overlap ${ms(longest)}`);
    }
    assert.equal(rounds.length, ROUNDS, stdout);
    assert.deepEqual(
      rounds.flatMap(({ failedFaults }) => failedFaults),
      [],
    );
    assert.equal(code, 0, stdout);
  });
});

type Ended = { readonly code: number | undefined; readonly stdout: string };

function nodeWithin(argv: readonly string[], timeout: number): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const child = execFile(process.execPath, argv, { timeout }, (_error, stdout) => {
    resolve({ code: child.exitCode ?? undefined, stdout });
  });
  return promise;
}
