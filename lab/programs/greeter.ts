/**
 * The "PostgreSQL" of a host: greets each connection with the host's name, then echoes what comes.
 *
 *     node lab/programs/greeter.ts NAME [PORT]
 *
 * Like PostgreSQL it listens on the two wildcard addresses with a socket each, so it answers for
 * the VIP wherever the VIP is, and it never speaks first after the greeting: a client whose
 * connection was cut off without a reset waits for as long as it is willing to.
 */
import { createServer, type Socket } from "node:net";

import { POSTGRESQL_PORT } from "../ports.ts";

const [name = "nobody", port = String(POSTGRESQL_PORT)] = process.argv.slice(2);

function greet(socket: Socket): void {
  // Clients of the lab end with a reset; that is no news.
  socket.on("error", () => {});
  socket.setNoDelay(true);
  socket.write(`${name}\n`);
  socket.pipe(socket);
}

let listening = 0;
for (const options of [{ host: "0.0.0.0" }, { host: "::", ipv6Only: true }]) {
  const server = createServer(greet);
  server.listen({ ...options, port: Number(port), backlog: 1_024 }, () => {
    listening += 1;
    if (listening === 2) console.log("listening");
  });
}
