/**
 * The host on which the tool runs. What its scripts do is tried in the sandbox.
 */
import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { type Socket, connect, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { localTransport } from "../../../src/provision/executor/local.ts";

async function listen(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    serve(socket);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  t.after(() => server.close());
  const address = server.address();
  assert(address !== null && typeof address === "object");
  return address.port;
}

/** All that comes until the end. */
async function said(path: string, words: string): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on("error", () => {});
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("close", () => resolve());
  socket.end(words);
  await promise;
  return text;
}

test("a port is reached through a socket, one for all who ask, until it is closed", async (t) => {
  const port = await listen(t, (socket) => socket.pipe(socket));
  const host = localTransport({ host: "db1", sudo: "never" });
  t.after(() => host.close());
  const [one, two] = await Promise.all([
    host.forward("127.0.0.1", port),
    host.forward("127.0.0.1", port),
  ]);
  assert(one.ok);
  assert.deepEqual(one, two);
  assert.equal(await said(one.value, "hello"), "hello");
  await host.close();
  await assert.rejects(access(one.value), /ENOENT/);
});

test("a port where nobody listens closes the socket, and nothing else happens", async (t) => {
  const host = localTransport({ host: "db1", sudo: "never" });
  t.after(() => host.close());
  const path = await host.forward("127.0.0.1", 9);
  assert(path.ok);
  assert.equal(await said(path.value, "hello"), "");
});

test("what cannot be run is told", async () => {
  const host = localTransport({ host: "db1", sudo: "never", prefix: ["/nonexistent/program"] });
  const outcome = await host.run({ script: "true", args: [], deadlineMs: 5_000 });
  assert(!outcome.ok);
  assert.equal(outcome.code, "failed");
  assert.match(outcome.detail, /ENOENT/);
});

test("what says more than anybody reads is ended", async () => {
  const host = localTransport({ host: "db1", sudo: "never", prefix: ["yes", "--"] });
  const outcome = await host.run({ script: "", args: [], deadlineMs: 5_000 });
  assert(!outcome.ok);
  assert.match(outcome.detail, /says more than 16 MB/);
});
