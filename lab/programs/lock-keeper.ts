/**
 * Patroni's lock and nothing else of Patroni, one process per database host.
 *
 *     CONSUL_HTTP_TOKEN=… node lab/programs/lock-keeper.ts HOST PID_FILE
 *
 * Each loop_wait it looks at the leader key through the local Consul client. The key names it: renew
 * the session, and take the key anew where it belongs to another session. The key names another: stop
 * PostgreSQL if it ran as the primary. No key: race for it, a primary at once, the others about 90 ms
 * later. Consul gives no answer for retry_timeout: a primary stops PostgreSQL. A replica is woken by a
 * blocking query when the key changes; the leader is not, as in Patroni.
 *
 * "PostgreSQL" is the lab's greeter, a process of its own: a keeper that is killed or hangs leaves it
 * running, and the next keeper finds it by the process id in PID_FILE. After a demotion it comes back
 * a second later, as a replica does.
 *
 * Left out: the other members' REST. Before racing, a real replica asks whether the old primary still
 * runs, and then waits; here the lock moves more often than it would.
 *
 *     SIGTERM   stops PostgreSQL, gives the key back, ends
 *     SIGUSR1   the same without the end: a switchover to whoever is quicker
 *
 * Prints a line of JSON per event: {"atUs":…,"event":"acquired" …}.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { LockClient, type LockEntry } from "./lock-client.ts";

const GREETER = fileURLToPath(new URL("greeter.ts", import.meta.url));
const ENDPOINT = "http://127.0.0.1:8500";

/** Patroni's replicas compare their positions first; measured from the delete to the acquire. */
const raceMinMs = 75;
const raceMaxMs = 105;
const restartAfterMs = 1_000;
/** The old leader of a switchover is busy with becoming a replica. */
const sitOutMs = 3_000;
const missingPauseMs = 500;

const [host = "nobody", pidFile = "/dev/null"] = process.argv.slice(2);
const member = `test-${host}`;
const client = new LockClient(ENDPOINT, process.env["CONSUL_HTTP_TOKEN"] ?? "");

let session: string | undefined;
let sessionTtlS = 0;
let isPrimary = false;
let sitsOutUntilMs = 0;
let wish: "step-down" | "stop" | undefined;
let wake = new AbortController();

function say(event: string, more: Readonly<Record<string, unknown>> = {}): void {
  console.log(JSON.stringify({ atUs: Number(process.hrtime.bigint() / 1_000n), event, ...more }));
}

function serverPid(): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

function startServer(): void {
  if (serverPid() !== undefined) return;
  const server = spawn(process.execPath, [GREETER, host], { stdio: "ignore", detached: true });
  writeFileSync(pidFile, String(server.pid));
  server.unref();
}

async function stopServer(): Promise<void> {
  const pid = serverPid();
  if (pid === undefined) return;
  process.kill(pid, "SIGKILL");
  while (serverPid() === pid) await delay(1);
}

async function demote(reason: string): Promise<void> {
  if (!isPrimary) return;
  isPrimary = false;
  await stopServer();
  say("demoted", { reason });
  setTimeout(startServer, restartAfterMs);
}

function promote(): void {
  if (!isPrimary) say("promoted");
  isPrimary = true;
  startServer();
}

/** The session of this process, of the ttl that counts now. */
async function ownSession(): Promise<string> {
  const isCurrent = sessionTtlS === client.timings.ttlS;
  if (session !== undefined && isCurrent && (await client.renewSession(session))) return session;
  session = await client.createSession(member);
  sessionTtlS = client.timings.ttlS;
  return session;
}

async function take(): Promise<boolean> {
  const id = await ownSession();
  const sentAtUs = Number(process.hrtime.bigint() / 1_000n);
  const isMine = await client.acquire(member, id);
  if (isMine) say("acquired", { sentAtUs });
  return isMine;
}

/** As Patroni does it: without a look at the result, so that a lost race shows in the next loop. */
async function renew(leader: LockEntry): Promise<void> {
  const id = await ownSession();
  if (leader.session !== id) {
    await client.delete(leader);
    await take();
  }
  promote();
}

async function race(): Promise<void> {
  if (performance.now() < sitsOutUntilMs) return;
  if (!isPrimary) await delay(raceMinMs + Math.random() * (raceMaxMs - raceMinMs));
  if (await take()) promote();
}

async function giveUp(leader: LockEntry | undefined): Promise<void> {
  isPrimary = false;
  sitsOutUntilMs = performance.now() + sitOutMs;
  await stopServer();
  const isMine = leader?.member === member && leader.session === session;
  if (isMine && (await client.delete(leader))) say("released");
}

async function cycle(): Promise<LockEntry | undefined> {
  try {
    const { leader } = await client.read();
    if (wish === "stop") {
      await giveUp(leader);
      process.exit(0);
    }
    if (wish === "step-down") {
      wish = undefined;
      if (leader?.member !== member) return leader;
      await giveUp(leader);
      setTimeout(startServer, restartAfterMs);
      return undefined;
    }
    if (leader === undefined) await race();
    else if (leader.member === member) await renew(leader);
    else await demote(`the key names ${leader.member}`);
    return leader;
  } catch (error) {
    say("consul-lost", { problem: String(error) });
    await demote("Consul gives no answer");
    if (wish === "stop") {
      await stopServer();
      process.exit(0);
    }
    return undefined;
  }
}

async function rest(leader: LockEntry | undefined, restMs: number): Promise<void> {
  if (wish !== undefined) return;
  wake = new AbortController();
  const startedAtMs = performance.now();
  if (!isPrimary && leader !== undefined) {
    await client.waitForChange(leader, restMs, wake.signal);
  }
  const leftMs = restMs - (performance.now() - startedAtMs);
  const isWatching = !isPrimary && leader !== undefined;
  // A watch that came back early has seen a change, or an error that must not become a busy loop.
  const pauseMs = isWatching ? 20 : leader === undefined && !isPrimary ? missingPauseMs : leftMs;
  await delay(Math.max(pauseMs, 1), undefined, { signal: wake.signal }).catch(() => undefined);
}

function ask(what: "step-down" | "stop"): void {
  wish = what;
  wake.abort();
}

process.on("SIGTERM", () => ask("stop"));
process.on("SIGUSR1", () => ask("step-down"));
startServer();
say("started");
for (;;) {
  const startedAtMs = performance.now();
  const leader = await cycle();
  const restMs = client.timings.loopWaitS * 1_000 - (performance.now() - startedAtMs);
  await rest(leader, Math.max(restMs, 10));
}
