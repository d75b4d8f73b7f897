/**
 * An application that opens one connection after another and tells how each of them went.
 *
 *     node lab/programs/caller.ts ADDRESS [PAUSE_MS [TIMEOUT_MS]]
 *
 * It uses the kernel's own behaviour for connecting (first retransmission of a SYN after one
 * second) and gives up after its timeout, as applications do; it does one call at a time. Each call
 * ends with the server's greeting or with an error, and prints one line of JSON:
 *
 *     {"startedUs":…,"endedUs":…,"outcome":"answered","host":"db1"}
 *
 * Times are microseconds of the monotonic clock. The connection is ended by a reset: a polite
 * close would leave a socket in TIME_WAIT each time and use up the ports within a minute.
 */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import { POSTGRESQL_PORT } from "../ports.ts";

type Ending = { readonly outcome: string; readonly host?: string };

const [address = "", pauseMs = "2", timeoutMs = "5000"] = process.argv.slice(2);

const OUTCOMES: ReadonlyMap<string | undefined, string> = new Map([
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

function call(): Promise<Ending> {
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const socket = connect({ host: address, port: POSTGRESQL_PORT, noDelay: true });
  const end = (ending: Ending): void => {
    clearTimeout(timer);
    socket.resetAndDestroy();
    resolve(ending);
  };
  const timer = setTimeout(end, Number(timeoutMs), { outcome: "timeout" });
  socket.on("data", (data) => end({ outcome: "answered", host: data.toString().trim() }));
  socket.on("end", () => end({ outcome: "closed" }));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    end({ outcome: OUTCOMES.get(error.code) ?? String(error.code) });
  });
  return promise;
}

for (;;) {
  const startedUs = nowUs();
  const ending = await call();
  console.log(JSON.stringify({ startedUs, endedUs: nowUs(), ...ending }));
  await delay(Number(pauseMs));
}
