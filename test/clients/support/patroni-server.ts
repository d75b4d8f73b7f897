/**
 * A server of a few lines that stands where Patroni's REST API is expected, and a client that asks
 * it; both end with their test.
 */
import { once } from "node:events";
import { type RequestListener, type Server, createServer } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, type Server as NetServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { type PatroniClient, connectPatroni } from "../../../src/clients/patroni.ts";
import type { PatroniSettings } from "../../../src/clients/endpoint.ts";

export const host = "127.0.0.1";

/** What Patroni 4.1 says on the host of a leader, as far as it matters. */
export const leading = {
  state: "running",
  postmaster_start_time: "2026-11-20 10:00:00.000000+00:00",
  role: "primary",
  server_version: 150013,
  xlog: { location: 67109184 },
  timeline: 1,
  replication: [{ usename: "replicator", application_name: "test-db2", state: "streaming" }],
  dcs_last_seen: 0,
  database_system_identifier: "7573211117310820000",
  patroni: { version: "4.1.5", scope: "test", name: "test-db1" },
};

/** Answers with this status and this body; text as it is, anything else as JSON. */
export function answering(status: number, body: unknown): RequestListener {
  return (request, response) => {
    // Each request has its connection, as with Patroni.
    response.shouldKeepAlive = false;
    request.resume().on("end", () => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  };
}

export async function listen(t: TestContext, server: NetServer, address = host): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  server.listen(0, address);
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export function clientOf(
  t: TestContext,
  port: number,
  changed: Partial<PatroniSettings> = {},
): PatroniClient {
  const client = connectPatroni({
    isSecure: false,
    host,
    port,
    tls: {},
    isUnchecked: false,
    ...changed,
  });
  t.after(() => client.close());
  return client;
}

/** A client of a server that answers so. */
export async function serve(
  t: TestContext,
  answer: RequestListener,
  changed: Partial<PatroniSettings> = {},
): Promise<PatroniClient> {
  return clientOf(t, await listen(t, createServer(answer)), changed);
}

export function secureServer(options: ServerOptions, answer: RequestListener): Server {
  return createTlsServer(options, answer);
}
