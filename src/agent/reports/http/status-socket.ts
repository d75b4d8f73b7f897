/**
 * The unix socket on which `vip-agent status` asks.
 *
 * Any user of the host may ask: nothing that is answered is secret, and nothing can be changed. A
 * socket that a dead agent has left is replaced; one at which somebody answers, and whatever is no
 * socket, is left alone.
 */
import { once } from "node:events";
import { lstat, mkdir, unlink } from "node:fs/promises";
import type { Server } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import type { Answer } from "./routes.ts";
import { openServer } from "./server.ts";

const dialDeadlineMs = 500;

/** Listens; rejects with an error that says what is in the way. */
export async function listenOnSocket(
  path: string,
  answerTo: (method: string | undefined, target: string | undefined) => Promise<Answer>,
): Promise<Server> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await clear(path);
  const server = await openServer({ answerTo });
  server.listen({ path, readableAll: true, writableAll: true });
  await once(server, "listening");
  return server;
}

async function clear(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    const kind = found.isDirectory() ? "a directory" : "a file";
    throw new Error(`it is ${kind}; name another path or remove it`);
  }
  if (await isAnswering(path)) throw new Error("another agent answers there");
  await unlink(path);
}

async function isAnswering(path: string): Promise<boolean> {
  const socket = connect(path);
  socket.unref();
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(dialDeadlineMs) });
    return true;
  } catch (error) {
    // One that hangs is somebody too.
    return error instanceof Error && error.name === "AbortError";
  } finally {
    socket.destroy();
  }
}
