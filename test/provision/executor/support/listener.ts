/** Something that listens on a port here, and somebody who talks through a socket. */
import assert from "node:assert/strict";
import { type Server, type Socket, connect, createServer } from "node:net";
import type { TestContext } from "node:test";

export type Listener = { readonly server: Server; readonly port: number };

export async function listen(
  t: TestContext,
  serve: (socket: Socket) => void,
  port = 0,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    serve(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert(address !== null && typeof address === "object");
  return { server, port: address.port };
}

/** What comes back from the socket, until it is closed or the word is there. */
export async function echoed(path: string): Promise<string> {
  const socket = connect(path);
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    if (text === "hello") resolve(text);
  });
  socket.once("close", () => resolve(text));
  socket.once("error", () => resolve(text));
  socket.write("hello");
  try {
    return await promise;
  } finally {
    socket.destroy();
  }
}
