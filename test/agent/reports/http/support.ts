/**
 * A listener on a free port of loopback or on a socket, and what a test needs to bother it.
 */
import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import type { TestContext } from "node:test";
import type { Sources } from "../../../../src/agent/reports/http/routes.ts";
import { answerTo } from "../../../../src/agent/reports/http/routes.ts";
import { openServer, type ServerOptions } from "../../../../src/agent/reports/http/server.ts";
import type { Log } from "../../../../src/agent/reports/log.ts";
import { aStatus } from "../a-status.ts";

export function someSources(changed: Partial<Sources> = {}): Sources {
  return {
    status: () => aStatus(),
    isLive: () => true,
    exposition: {
      contentType: "text/plain; version=0.0.4",
      text: async () => Buffer.from("a 1\n"),
    },
    ...changed,
  };
}

export type Served = { readonly port: number; readonly url: string };

/** Closed, with every connection, when the test ends. */
export async function serve(
  t: TestContext,
  options: Partial<ServerOptions> = {},
  sources: Sources = someSources(),
): Promise<Served> {
  const server = await openServer({
    answerTo: async (method, target) => answerTo(method, target, sources),
    ...options,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is one
  const { port } = server.address() as AddressInfo;
  const scheme = options.tls === undefined ? "http" : "https";
  return { port, url: `${scheme}://127.0.0.1:${port}` };
}

export async function dial(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** All that comes until the other side closes. */
export async function rest(socket: Socket): Promise<string> {
  return (await buffer(socket).catch(() => Buffer.alloc(0))).toString();
}

export function recordingLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (event: string, message: string) => void lines.push(`${event}: ${message}`);
  return { log: { info: write, warn: write, error: write }, lines };
}
