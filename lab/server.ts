/**
 * Starts the stand-in for PostgreSQL in a host: one process that greets with the host's name.
 *
 * What it does is told in programs/greeter.ts. It is ready when it listens on both wildcard
 * addresses, so that a connection right after `startServer` is not refused by accident.
 */
import { fileURLToPath } from "node:url";

import type { HostName } from "./network.ts";
import { LabProcess } from "./process.ts";

const PROGRAM = fileURLToPath(new URL("programs/greeter.ts", import.meta.url));

export async function startServer(host: HostName): Promise<LabProcess> {
  const server = new LabProcess({
    name: `server on ${host}`,
    host,
    argv: [process.execPath, PROGRAM, host],
  });
  await server.lines.next("listening", ({ text }) => text === "listening");
  return server;
}
