/**
 * A client that begins a new TCP call at every beat, whatever became of the ones before.
 *
 *     node bench/faults/prober.ts ADDRESS EVERY_MS TIMEOUT_MS
 *
 * lab/programs/caller.ts makes one call at a time, so a silence costs it one call, however long. Here
 * each beat is a client of its own: of a silence of 300 ms it loses thirty. Calls end as they do
 * there, with a greeting or with an error, and print the same line of JSON:
 *
 *     {"startedUs":…,"endedUs":…,"outcome":"answered","host":"db1"}
 *
 * One more connection is opened at the start, greeted, and then left alone, as that of a client which
 * waits for its query. Its line tells what it heard and when: {"heard":"ECONNRESET","atUs":…}.
 */
import { connect } from "node:net";

import { POSTGRESQL_PORT } from "../../lab/ports.ts";

const [address = "", everyMs = "10", timeoutMs = "5000"] = process.argv.slice(2);

const againAfterMs = 50;

const outcomes: ReadonlyMap<string | undefined, string> = new Map([
  ["ECONNREFUSED", "refused"],
  ["ECONNRESET", "reset"],
  ["EPIPE", "reset"],
  ["ETIMEDOUT", "timeout"],
  ["EHOSTUNREACH", "unreachable"],
  ["ENETUNREACH", "unreachable"],
]);

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

function call(): void {
  const startedUs = nowUs();
  const socket = connect({ host: address, port: POSTGRESQL_PORT, noDelay: true });
  let hasEnded = false;
  const end = (outcome: string, host?: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(timer);
    // A polite close would leave a socket in TIME_WAIT each time and use up the ports.
    socket.resetAndDestroy();
    console.log(JSON.stringify({ startedUs, endedUs: nowUs(), outcome, host }));
  };
  const timer = setTimeout(end, Number(timeoutMs), "timeout");
  socket.on("data", (data) => end("answered", data.toString().trim()));
  socket.on("end", () => end("closed"));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    end(outcomes.get(error.code) ?? "unreachable");
  });
}

/** Tries until it is greeted for the first time: the VIP may not be there yet. */
function hold(): void {
  const socket = connect({ host: address, port: POSTGRESQL_PORT });
  let isGreeted = false;
  const tell = (heard: string): void => {
    console.log(JSON.stringify({ heard, atUs: nowUs() }));
  };
  socket.once("data", () => {
    isGreeted = true;
    tell("greeted");
  });
  socket.on("end", () => tell("end"));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (isGreeted) tell(error.code ?? error.message);
    else setTimeout(hold, againAfterMs);
  });
}

hold();
setInterval(call, Number(everyMs));
