/**
 * Connects, reads the greeting, and tells what it hears from then on.
 *
 *     node test/lab/support/held-connection-program.ts ADDRESS
 */
import { connect } from "node:net";

import { POSTGRESQL_PORT } from "../../../lab/ports.ts";

const [address = ""] = process.argv.slice(2);

function tell(heard: string): void {
  const atUs = Number(process.hrtime.bigint() / 1_000n);
  console.log(JSON.stringify({ atUs, heard }));
}

const socket = connect(POSTGRESQL_PORT, address);
socket.once("data", () => tell("greeted"));
socket.on("end", () => tell("end"));
socket.on("error", (error: NodeJS.ErrnoException) => tell(error.code ?? error.message));

// It stays after the connection has ended, so that nothing but the test ends it.
setInterval(() => {}, 60_000);
