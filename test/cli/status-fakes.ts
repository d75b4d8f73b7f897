/**
 * What `vip-agent status` needs of the world: a screen that remembers, and something that answers
 * at a socket.
 */
import { once } from "node:events";
import { type RequestListener, createServer } from "node:http";
import { type Socket, createServer as createPlainServer } from "node:net";
import type { TestContext } from "node:test";
import { type Terminal, styleFor } from "../../src/cli/status/layout.ts";
import type { Screen } from "../../src/cli/status/screen.ts";

export type FakeScreen = Screen & {
  readonly written: string[];
  readonly complaints: string[];
  readonly close: () => void;
};

export type ScreenOptions = {
  readonly terminal?: Terminal & { readonly rows?: number };
  readonly variables?: Readonly<Record<string, string>>;
  /** Asked before each picture. */
  readonly isStuck?: () => boolean;
};

/** Without a terminal in its options it is a pipe. */
export function fakeScreen(options: ScreenOptions = {}): FakeScreen {
  const { terminal = {}, variables = {}, isStuck = () => false } = options;
  const written: string[] = [];
  const complaints: string[] = [];
  const closing = new AbortController();
  return {
    isTerminal: terminal.isTTY === true,
    style: () => styleFor(terminal, variables),
    rows: () => terminal.rows,
    isStuck,
    write: (text) => void written.push(text),
    complain: (text) => void complaints.push(text),
    closed: closing.signal,
    written,
    complaints,
    close: () => closing.abort(),
  };
}

/** An agent, or what stands in its place, at a socket of this folder; its path. */
export async function serveAt(
  t: TestContext,
  path: string,
  answer: object | string | RequestListener,
): Promise<string> {
  const body = typeof answer === "string" ? answer : `${JSON.stringify(answer)}\n`;
  const listener: RequestListener =
    typeof answer === "function"
      ? (request, response) => void answer(request, response)
      : (_, response) => void response.end(body);
  const server = createServer(listener).listen(path);
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return path;
}

/** Whatever listens there speaks no HTTP of its own accord. */
export async function listenAt(
  t: TestContext,
  path: string,
  onConnection: (socket: Socket) => void,
): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createPlainServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  server.listen(path);
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return path;
}
