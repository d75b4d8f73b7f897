/**
 * Patroni's callbacks as the running daemon takes them: what they do to the VIP, how soon, and what
 * they cannot do.
 *
 * The key stays as it is in most of these tests, so that what happens is the callback's doing. With
 * vip-manager there is none of it: it knows the key only, and with it waits for up to a second.
 */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { monotonicMs, sleepMs, waitUntil } from "../../lab/clock.ts";
import { attempt, run } from "../../lab/command.ts";
import { Journal } from "../../lab/journal.ts";
import { LEADER_KEY } from "../../lab/leader-key.ts";
import { LAB, PROBES, skipWithout } from "./support/capabilities.ts";
import {
  deletionsOf,
  isAdded,
  isDeleted,
  isRefreshed,
  ms,
  reasonsOf,
  Stage,
  verdict,
  WIDE_MS,
  withStage,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB, ...PROBES);

const CLIENT = fileURLToPath(
  new URL("../../packaging/callbacks/vip-agent-callback", import.meta.url),
);
const HARNESS_ADDRESS = "192.168.1.1";
const ROUNDS = 15;
// On an idle machine it is a hundredth of that.
const BUSY_MS = 500;

describe("callbacks", { skip }, () => {
  let stage: Stage;
  let directory = "";
  let places = 0;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  // As root makes it; here no group is to be let in.
  beforeEach(() => {
    places += 1;
    directory = `${tmpdir()}/callbacks-${places}`;
    mkdirSync(directory);
    chmodSync(directory, 0o1700);
  });

  function leave(name: string, ageMs = 0): void {
    writeFileSync(`${directory}/${name}`, "");
    const leftAtS = (Date.now() - ageMs) / 1_000;
    if (ageMs !== 0) utimesSync(`${directory}/${name}`, leftAtS, leftAtS);
  }

  async function isTaken(name: string): Promise<void> {
    const isGone = () => !existsSync(`${directory}/${name}`);
    await waitUntil(`${name} is taken`, isGone, { timeoutMs: WIDE_MS });
  }

  async function holder(settings: Readonly<Record<string, unknown>> = {}) {
    const held = await stage.holder("db1", { callbacks: directory, ...settings });
    await verdict(held.agent, "leader");
    // The agent listens when it has come to its first verdict, and a little later.
    if (settings["callbacks"] === undefined) {
      leave("on_reload.primary.test");
      await isTaken("on_reload.primary.test");
    }
    return held;
  }

  it("on_stop releases at once, on_role_change to primary brings the VIP back", async (test) => {
    const { agent, addresses } = await holder();
    const toVerdict: number[] = [];
    const toRelease: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const sinceMs = monotonicMs();
      leave("on_stop.primary.test");
      const said = await verdict(agent, "demoted", { sinceMs });
      const gone = await addresses.next("release", isDeleted, { sinceMs: sinceMs - 1 });
      toVerdict.push(said.atMs - sinceMs);
      toRelease.push(gone.atMs - sinceMs);
      const backMs = monotonicMs();
      leave("on_role_change.primary.test");
      await verdict(agent, "leader", { sinceMs: backMs });
      await addresses.next("bind", isAdded, { sinceMs: backMs - 1 });
    }
    test.diagnostic(`from the file to the line in the log: ${spread(toVerdict)}`);
    test.diagnostic(`from the file to the address that is gone: ${spread(toRelease)}`);
    assert.equal(await stage.lab.leaderKey.holder(), "test-db1", "the key was left alone");
    assert.ok(median(toRelease) < BUSY_MS);
  });

  for (const name of [
    "on_stop.replica.test",
    "on_stop.master.test",
    "on_role_change.replica.test",
    "on_role_change.demoted.test",
    "on_role_change.standby_leader.test",
  ]) {
    it(`${name} releases as well`, async () => {
      const { agent, addresses } = await holder();
      leave(name);
      await verdict(agent, "demoted");
      await addresses.next("release", isDeleted);
    });
  }

  it("reach the daemon by the client that Patroni runs, from its start in milliseconds", async (test) => {
    const { addresses } = await holder();
    const durations: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const sinceMs = monotonicMs();
      await run([CLIENT, "--directory", directory, "on_stop", "primary", "test"]);
      const { atMs } = await addresses.next("release", isDeleted, { sinceMs });
      durations.push(atMs - sinceMs);
      const backMs = monotonicMs();
      await run([CLIENT, "--directory", directory, "on_start", "master", "test"]);
      await addresses.next("bind", isAdded, { sinceMs: backMs });
    }
    test.diagnostic(
      `from the start of the client to the address that is gone: ${spread(durations)}`,
    );
    assert.ok(median(durations) < BUSY_MS);
  });

  it("of a restart, a reload and whatever is unknown change nothing", async () => {
    const { agent, addresses } = await holder();
    const harmless = [
      "on_restart.primary.test",
      "on_reload.replica.test",
      "on_reload.demoted.test",
      "on_role_change.primary.test",
      "on_start.master.test",
      // It may have been promoted since.
      "on_start.replica.test",
      "on_role_change.someday.test",
      "on_someday.replica.test",
      "on_stop.primary.other",
      "on_role_change.demoted.TEST",
    ];
    for (const name of harmless) leave(name);
    for (const name of harmless.filter((one) => one.endsWith(".test"))) await isTaken(name);
    await addresses.next("refresh", isRefreshed, { sinceMs: monotonicMs(), timeoutMs: WIDE_MS });
    assert.deepEqual(reasonsOf(agent), ["starting", "leader"]);
    assert.deepEqual(await deletionsOf(addresses), []);
  });

  it("make the agent read the key at once, each of them, unless it has just been read", async (test) => {
    const consul = await Reader.start(stage.lab.consul.endpoint);
    try {
      await holder({ "dcs-endpoints": consul.endpoint });
      const untilAsked = async (name: string, quietMs: number): Promise<number> => {
        await consul.untilQuiet(quietMs);
        const sinceMs = monotonicMs();
        leave(`${name}.test`);
        const isPlain = ({ isWaiting }: Question) => !isWaiting;
        const { atMs } = await consul.questions.next("plain question", isPlain, { sinceMs });
        return atMs - sinceMs;
      };
      const durations: number[] = [];
      for (const name of ["on_role_change.primary", "on_start.primary", "on_restart.primary"]) {
        durations.push(await untilAsked(name, 1_300));
      }
      test.diagnostic(`from the file to the question: ${spread(durations)}`);
      assert.ok(Math.max(...durations) < 900, "that may have been the next question anyway");
      assert.ok((await untilAsked("on_restart.primary", 300)) > 900, "the question was dropped");
    } finally {
      consul.close();
    }
  });

  it("never bring the VIP to a host that the key does not name", async () => {
    await stage.lab.leaderKey.move("test-db2");
    const addresses = await stage.addresses("db1");
    const agent = await stage.agent("db1", { callbacks: directory });
    await verdict(agent, "other-leader");
    for (const name of ["on_role_change.primary.test", "on_start.primary.test"]) {
      leave(name);
      await isTaken(name);
    }
    await sleepMs(300);
    await agent.term();
    assert.deepEqual(await addresses.upToNow(), []);
  });

  it("of the last term do not hold back the next one", async () => {
    const { addresses } = await holder();
    leave("on_stop.primary.test");
    const { atMs } = await addresses.next("release", isDeleted);
    await stage.lab.leaderKey.move("test-db2");
    await stage.lab.leaderKey.move("test-db1");
    await addresses.next("bind", isAdded, { sinceMs: atMs, timeoutMs: WIDE_MS });
  });

  for (const ageMs of [3_000, 12_000]) {
    it(`from ${ageMs / 1_000} s before the start do not release`, async () => {
      leave("on_stop.primary.test", ageMs);
      const { agent, addresses } = await holder();
      await isTaken("on_stop.primary.test");
      await addresses.next("refresh", isRefreshed, { sinceMs: monotonicMs(), timeoutMs: WIDE_MS });
      assert.deepEqual(await deletionsOf(addresses), []);
      assert.deepEqual(reasonsOf(agent), ["starting", "leader"]);
    });
  }

  it("are heard by the next agent after a hand-over, the VIP staying where it is", async () => {
    const { agent, addresses } = await holder();
    await agent.handOver();
    leave("on_reload.primary.test");
    const next = await stage.agent("db1", { callbacks: directory });
    await verdict(next, "leader");
    await isTaken("on_reload.primary.test");
    leave("on_stop.primary.test");
    await verdict(next, "demoted");
    await addresses.next("release", isDeleted);
  });

  it("are missed in words where the directory is not there, and heard when it is", async () => {
    // So deep that a daemon that is root does not make it.
    const missing = `${directory}/above/above/callbacks`;
    const { agent, addresses } = await holder({ callbacks: missing });
    const { fields } = await agent.event("trouble", { timeoutMs: WIDE_MS });
    assert.equal(fields["topic"], "callback");
    mkdirSync(missing, { recursive: true });
    writeFileSync(`${missing}/on_stop.primary.test`, "");
    await verdict(agent, "demoted");
    await addresses.next("release", isDeleted);
  });

  it("do no harm as garbage: the VIP stays, the process too, and the next one is heard", async (test) => {
    const { agent, addresses } = await holder();
    const before = agent.events.entries.length;
    for (let index = 0; index < 5_000; index += 1) {
      leave(`on_role_change.r${index}.test`);
      leave(`garbage ${index} \n "'; rm -rf . ${"x".repeat(index % 200)}`);
    }
    await attempt(["mkfifo", `${directory}/on_stop.demoted.test`]);
    mkdirSync(`${directory}/on_stop.standby_leader.test`);
    leave("litter", 61_000);
    await isTaken("litter");
    const lines = agent.events.entries.length - before;
    test.diagnostic(`${lines} lines in the log`);
    assert.deepEqual(await deletionsOf(addresses), []);
    assert.deepEqual(reasonsOf(agent), ["starting", "leader"]);
    assert.ok(lines < 60);
    const sinceMs = monotonicMs();
    leave("on_stop.primary.test");
    await verdict(agent, "demoted");
    const { atMs } = await addresses.next("release", isDeleted, { sinceMs: sinceMs - 1 });
    test.diagnostic(
      `released ${ms(atMs - sinceMs)} after its file, among ${readdirSync(directory).length} others`,
    );
  });
});

type Question = { readonly atMs: number; readonly isWaiting: boolean };

/** Passes all questions on to Consul, and writes down those about the leader key. */
class Reader {
  readonly questions = new Journal<Question>("questions to Consul");
  readonly #server: Server;
  readonly #consul: URL;

  private constructor(consul: URL) {
    this.#consul = consul;
    this.#server = createServer((asked, answer) => {
      const { pathname, searchParams } = new URL(asked.url ?? "", consul);
      if (decodeURIComponent(pathname) === `/v1/kv/${LEADER_KEY}`) {
        const isWaiting = searchParams.has("index");
        this.questions.append({ atMs: monotonicMs(), isWaiting });
      }
      const { method, headers } = asked;
      const passed = request(new URL(asked.url ?? "", this.#consul), { method, headers });
      passed.on("response", (said) => {
        answer.writeHead(said.statusCode ?? 500, said.headers);
        said.pipe(answer);
      });
      passed.on("error", () => answer.destroy());
      answer.on("close", () => passed.destroy());
      asked.pipe(passed);
    });
  }

  static async start(consulEndpoint: string): Promise<Reader> {
    const reader = new Reader(new URL(consulEndpoint));
    const { promise, resolve } = Promise.withResolvers<void>();
    reader.#server.listen(0, HARNESS_ADDRESS, resolve);
    await promise;
    return reader;
  }

  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return `http://${HARNESS_ADDRESS}:${address.port}`;
  }

  /** A question that waits has just begun: none is due for some time. */
  async untilQuiet(quietMs: number): Promise<void> {
    const { atMs } = await this.questions.next(
      "question that waits",
      ({ isWaiting }) => isWaiting,
      {
        sinceMs: monotonicMs(),
        timeoutMs: WIDE_MS,
      },
    );
    await sleepMs(atMs + quietMs - monotonicMs());
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function median(durations: readonly number[]): number {
  return durations.toSorted((a, b) => a - b)[Math.floor(durations.length / 2)] ?? Number.NaN;
}

function spread(durations: readonly number[]): string {
  return `${ms(median(durations))} (at most ${ms(Math.max(...durations))})`;
}
