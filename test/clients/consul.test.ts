/**
 * What the client makes of each kind of answer, from a server of a few lines on the loopback
 * interface. The answers of a real Consul are tested in test/lab.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { connectConsul } from "../../src/clients/consul.ts";

const entry = {
  Key: "db/test/leader",
  Value: Buffer.from("test-db1").toString("base64"),
  Session: "5e55",
  CreateIndex: 7,
  ModifyIndex: 9,
};

async function ask(t: TestContext, answer: RequestListener, deadlineMs = 2_000) {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const consul = { endpoints: [], token: "t0ken", tls: {}, waitMs: 3_000 };
  const endpoint = { kind: "tcp", isSecure: false, host: "127.0.0.1", port } as const;
  const client = connectConsul(consul, endpoint);
  t.after(() => {
    client.close();
    server.closeAllConnections();
    server.close();
  });
  return client.readKey({
    key: "db/test/leader",
    deadlineMs,
    blocking: { index: 9, waitMs: 3_000 },
  });
}

test("a key is read with its session and its index", async (t) => {
  const answer = await ask(t, (_, response) => {
    response.setHeader("X-Consul-Index", "12").setHeader("Content-Type", "application/json");
    response.end(JSON.stringify([entry]));
  });
  assert.deepEqual(answer, {
    ok: true,
    value: {
      entry: { value: "test-db1", session: "5e55", createIndex: 7, modifyIndex: 9 },
      index: 12,
    },
  });
});

test("the question is consistent, waits on the index, and bears the token in a header", async (t) => {
  let seen: { url: string | undefined; token: unknown } | undefined;
  await ask(t, (request, response) => {
    seen = { url: request.url, token: request.headers["x-consul-token"] };
    response.writeHead(500).end();
  });
  assert(seen?.url !== undefined);
  const url = new URL(seen.url, "http://consul");
  assert.equal(decodeURIComponent(url.pathname), "/v1/kv/db/test/leader");
  assert.equal(url.searchParams.has("consistent"), true);
  assert.equal(url.searchParams.get("index"), "9");
  assert.equal(url.searchParams.get("wait"), "3000ms");
  assert.equal(seen.token, "t0ken");
  assert(!seen.url.includes("t0ken"));
});

test("a 404 that bears an index is a missing key", async (t) => {
  const answer = await ask(t, (_, response) => {
    response.writeHead(404, { "X-Consul-Index": "31" }).end();
  });
  assert.deepEqual(answer, { ok: true, value: { entry: undefined, index: 31 } });
});

const refusals = [
  { status: 401, code: "forbidden" },
  { status: 403, code: "forbidden" },
  { status: 429, code: "throttled" },
  { status: 500, code: "unavailable" },
  { status: 503, code: "unavailable" },
  { status: 404, code: "not-consul" },
  { status: 400, code: "not-consul" },
  { status: 200, code: "not-consul" },
  { status: 301, code: "not-consul" },
];

for (const { status, code } of refusals) {
  test(`HTTP ${status} without an index is ${code}, never a missing key`, async (t) => {
    const answer = await ask(t, (_, response) => void response.writeHead(status).end("[]"));
    assert(!answer.ok);
    assert.equal(answer.code, code);
    assert(!answer.detail.includes("t0ken"));
  });
}

test("a body that is no JSON is a failure", async (t) => {
  const answer = await ask(t, (_, response) => {
    response.writeHead(200, { "X-Consul-Index": "5", "Content-Type": "application/json" });
    response.end("[{");
  });
  assert.equal(answer.ok, false);
});

test("a server that accepts and never answers costs the deadline, no more", async (t) => {
  const startedAtMs = performance.now();
  const answer = await ask(t, () => undefined, 150);
  assert(!answer.ok);
  assert.equal(answer.code, "timeout");
  assert(performance.now() - startedAtMs < 1_500);
});

test("an answer that breaks off in its middle costs the deadline, no more", async (t) => {
  const answer = await ask(
    t,
    (_, response) => {
      response.writeHead(200, { "X-Consul-Index": "5", "Content-Length": "100" });
      response.write("[");
      setTimeout(() => response.destroy(), 20);
    },
    300,
  );
  assert.equal(answer.ok, false);
});

test("nobody listening is refused", async () => {
  const consul = { endpoints: [], tls: {}, waitMs: 3_000 };
  const endpoint = { kind: "tcp", isSecure: false, host: "127.0.0.1", port: 1 } as const;
  const client = connectConsul(consul, endpoint);
  const answer = await client.readKey({ key: "k", deadlineMs: 1_000 });
  assert(!answer.ok);
  assert.equal(answer.code, "refused");
  client.close();
});

test("a question that is no longer wanted ends at once", async () => {
  const consul = { endpoints: [], tls: {}, waitMs: 3_000 };
  const endpoint = { kind: "tcp", isSecure: false, host: "127.0.0.1", port: 1 } as const;
  const client = connectConsul(consul, endpoint);
  const signal = AbortSignal.abort();
  const answer = await client.readKey({ key: "k", deadlineMs: 60_000, signal });
  assert(!answer.ok);
  assert.equal(answer.code, "aborted");
  client.close();
});
