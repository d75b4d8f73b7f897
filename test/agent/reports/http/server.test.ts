/**
 * The listener: what it answers, to whom, and that nobody can make it cost much.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { aStatus, aVipStatus } from "../a-status.ts";
import { dial, rest, serve, someSources } from "./support.ts";

test("each path has its answer", async (t) => {
  const { url } = await serve(t);
  const metrics = await fetch(`${url}/metrics`);
  assert.equal(metrics.headers.get("content-type"), "text/plain; version=0.0.4");
  assert.equal(await metrics.text(), "a 1\n");
  const status = await fetch(`${url}/status?since=ever`);
  assert.deepEqual(await status.json(), aStatus());
  const page = await fetch(`${url}/`);
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/u);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/u);
  await page.text();
  for (const path of ["/health/live", "/health/ready"]) {
    const answer = await fetch(url + path);
    assert.deepEqual([answer.status, await answer.text()], [200, "well\n"]);
  }
});

test("ill health is a 503 with its reason", async (t) => {
  const trouble = { cause: "timeout", since: "2026-11-21T03:00:00.000Z" } as const;
  const status = () => aStatus([aVipStatus({ trouble })]);
  const { url } = await serve(t, {}, someSources({ isLive: () => false, status }));
  const live = await fetch(`${url}/health/live`);
  assert.deepEqual([live.status, await live.text()], [503, "the loop makes no progress\n"]);
  const ready = await fetch(`${url}/health/ready`);
  assert.deepEqual([ready.status, await ready.text()], [503, "the leader key cannot be read\n"]);
});

test("whatever is not there, or would change something, is refused", async (t) => {
  const { url } = await serve(t);
  assert.equal((await fetch(`${url}/nothing`)).status, 404);
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const answer = await fetch(`${url}/status`, { method });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get("allow"), "GET, HEAD");
  }
  const head = await fetch(`${url}/metrics`, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, "4"]);
});

test("with credentials nobody is answered without them", async (t) => {
  const credentials = { username: "prometheus", password: randomUUID() };
  const { url } = await serve(t, { credentials });
  const attempt = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await fetch(`${url}/metrics`, { headers });
    await answer.text();
    return answer.status;
  };
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;
  const pair = `${credentials.username}:${credentials.password}`;
  assert.equal(await attempt(), 401);
  assert.equal(await attempt(basic(`${pair}x`)), 401);
  assert.equal(await attempt(basic(`x${pair}`)), 401);
  assert.equal(await attempt(`Bearer ${Buffer.from(pair).toString("base64")}`), 401);
  assert.equal(await attempt("Basic"), 401);
  assert.equal(await attempt(basic(pair)), 200);
});

test("garbage is answered with 400 and closed", async (t) => {
  const { port } = await serve(t);
  const socket = await dial(t, port);
  socket.write("\u0000\u0001 what is this\r\n\r\n");
  assert.match(await rest(socket), /^HTTP\/1\.1 400 /u);
});

test("a header without an end is refused after a few kilobytes of it", async (t) => {
  const { port } = await serve(t);
  const socket = await dial(t, port);
  socket.write("GET /metrics HTTP/1.1\r\nhost: x\r\nx-long: ");
  const answer = rest(socket);
  let sent = 0;
  const chunk = "a".repeat(65_536);
  while (!socket.destroyed && sent < 2 ** 30) {
    sent += chunk.length;
    if (!socket.write(chunk)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.match(await answer, /^(HTTP\/1\.1 431 |$)/u);
  assert.ok(sent < 2 ** 26, `${sent} bytes were taken`);
});

test("a request that never ends is given up after its deadline", async (t) => {
  const { port } = await serve(t);
  const socket = await dial(t, port);
  const sinceMs = performance.now();
  socket.write("GET /metrics HTTP/1.1\r\n");
  await rest(socket);
  const tookMs = performance.now() - sinceMs;
  assert.ok(tookMs > 1_000 && tookMs < 8_000, `${tookMs} ms`);
});

test("beyond a few dozen connections nobody is heard, until some have ended", async (t) => {
  const { port, url } = await serve(t);
  const idle = await Promise.all(Array.from({ length: 200 }, async () => dial(t, port)));
  const closed = () => idle.filter((socket) => socket.closed || socket.readableEnded).length;
  for (const socket of idle) socket.resume();
  for (let waits = 0; closed() < 160 && waits < 100; waits += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(closed() >= 160, `${closed()} of 200 were closed`);
  for (const socket of idle) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await fetch(`${url}/metrics`)).status, 200);
});
