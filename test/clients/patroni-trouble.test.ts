/**
 * What servers that are broken, slow, hostile or no Patroni at all cost the client: a failure with
 * its word, within the deadline and within the bound, and never a state.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createNetServer } from "node:net";
import { type TestContext, test } from "node:test";
import { answering, clientOf, leading, listen, serve } from "./support/patroni-server.ts";

const deadlineMs = 2_000;

const failures = [
  { what: "a proxy's 503", status: 503, body: "<html>503</html>", code: "unavailable" },
  { what: "a 500", status: 500, body: leading, code: "unavailable" },
  { what: "a 502", status: 502, body: "", code: "unavailable" },
  { what: "a 401", status: 401, body: "no auth header received", code: "forbidden" },
  { what: "a 403", status: 403, body: "", code: "forbidden" },
  { what: "a 404", status: 404, body: leading, code: "not-patroni" },
  { what: "a 204", status: 204, body: "", code: "not-patroni" },
  { what: "a page", status: 200, body: "<html>It works!</html>", code: "not-patroni" },
  { what: "an empty body", status: 200, body: "", code: "not-patroni" },
  { what: "a list", status: 200, body: [leading], code: "not-patroni" },
  { what: "null", status: 200, body: "null", code: "not-patroni" },
  { what: "half a body", status: 200, body: '{"state":"run', code: "not-patroni" },
  {
    what: "another service",
    status: 200,
    body: { state: "running", role: "primary" },
    code: "not-patroni",
  },
  {
    what: "a role that is no word",
    status: 200,
    body: { ...leading, role: 7 },
    code: "not-patroni",
  },
  {
    what: "no state",
    status: 200,
    body: { ...leading, state: undefined },
    code: "not-patroni",
  },
];

for (const { what, status, body, code } of failures) {
  test(`${what} is ${code}, and no state`, async (t) => {
    const answer = await (await serve(t, answering(status, body))).readState(deadlineMs);
    assert(!answer.ok);
    assert.equal(answer.code, code);
  });
}

test("a redirect is not followed", async (t) => {
  let elsewhere = 0;
  const other = await listen(
    t,
    createServer((_, response) => {
      elsewhere += 1;
      response.end(JSON.stringify(leading));
    }),
  );
  const client = await serve(t, (_, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${other}/primary` }).end();
  });
  const answer = await client.readState(deadlineMs);
  assert(!answer.ok);
  assert.equal(answer.code, "not-patroni");
  assert.equal(elsewhere, 0);
});

test("nobody listening is refused, and once somebody does the next question is answered", async (t) => {
  const server = createNetServer();
  const port = await listen(t, server);
  server.close();
  const client = clientOf(t, port);
  const answer = await client.readState(deadlineMs);
  assert(!answer.ok);
  assert.equal(answer.code, "refused");
  const late = createServer(answering(200, leading));
  late.listen(port, "127.0.0.1");
  t.after(() => late.close());
  assert((await client.readState(deadlineMs)).ok);
});

test("a server that ends the connection at once is refused", async (t) => {
  const port = await listen(
    t,
    createNetServer((socket) => socket.destroy()),
  );
  const answer = await clientOf(t, port).readState(deadlineMs);
  assert(!answer.ok);
  assert.equal(answer.code, "refused");
  assert.match(answer.detail, /may expect https/);
});

test("an answer that is no HTTP is not Patroni's", async (t) => {
  const port = await listen(
    t,
    createNetServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")),
  );
  const answer = await clientOf(t, port).readState(deadlineMs);
  assert(!answer.ok);
  assert.equal(answer.code, "not-patroni");
});

/** Asks with a short deadline and says what came and when. */
async function askShortly(t: TestContext, port: number) {
  const client = clientOf(t, port);
  // undici is loaded with the first question, which is not what is measured.
  await import("undici/lib/dispatcher/client.js");
  const startedAtMs = performance.now();
  const answer = await client.readState(200);
  const tookMs = performance.now() - startedAtMs;
  assert(!answer.ok);
  assert.equal(answer.code, "timeout");
  assert(tookMs >= 190 && tookMs < 1_500, `it took ${tookMs} ms`);
}

test("a server that accepts and never answers costs the deadline, no more", async (t) => {
  await askShortly(t, await listen(t, createNetServer()));
});

test("a server that sends its headers drop by drop costs the deadline, no more", async (t) => {
  const port = await listen(
    t,
    createNetServer((socket) => {
      socket.write("HTTP/1.0 200 OK\r\n");
      const timer = setInterval(() => socket.write("X-More: 1\r\n"), 20);
      socket.on("close", () => clearInterval(timer));
    }),
  );
  await askShortly(t, port);
});

test("a server that sends its body drop by drop costs the deadline, no more", async (t) => {
  const port = await listen(
    t,
    createNetServer((socket) => {
      socket.write("HTTP/1.0 200 OK\r\n\r\n{");
      const timer = setInterval(() => socket.write(" "), 20);
      socket.on("close", () => clearInterval(timer));
    }),
  );
  await askShortly(t, port);
});

test("a body that breaks off is a failure", async (t) => {
  const client = await serve(t, (_, response) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write('{"state"', () => response.destroy());
  });
  const answer = await client.readState(deadlineMs);
  assert.equal(answer.ok, false);
});

test("an endless body is given up at its bound, and the server with it", async (t) => {
  let sentBytes = 0;
  const chunk = Buffer.alloc(65_536, " ");
  const { promise: isClosed, resolve } = Promise.withResolvers<void>();
  const port = await listen(
    t,
    createNetServer((socket) => {
      socket.write("HTTP/1.0 200 OK\r\n\r\n");
      const send = () => {
        while (!socket.destroyed && sentBytes < 2 ** 30) {
          sentBytes += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on("drain", send).on("close", () => resolve());
      send();
    }),
  );
  const answer = await clientOf(t, port).readState(deadlineMs);
  await isClosed;
  assert(!answer.ok);
  assert.equal(answer.code, "not-patroni");
  assert(sentBytes < 2 ** 26, `the server got rid of ${sentBytes} bytes`);
});

test("headers without an end are given up at their bound", async (t) => {
  const port = await listen(
    t,
    createNetServer((socket) => {
      socket.write(`HTTP/1.0 200 OK\r\n${"X-More: 1\r\n".repeat(100_000)}`);
    }),
  );
  const answer = await clientOf(t, port).readState(deadlineMs);
  assert(!answer.ok);
  assert.equal(answer.code, "not-patroni");
});

test("after a question that hung the next one is answered", async (t) => {
  let count = 0;
  const client = await serve(t, (request, response) => {
    count += 1;
    if (count > 1) answering(200, leading)(request, response);
  });
  assert.equal((await client.readState(200)).ok, false);
  assert((await client.readState(deadlineMs)).ok);
});

test("a wake-up that hangs does not hold up the state", async (t) => {
  const client = await serve(t, (request, response) => {
    if (request.method === "GET") answering(200, leading)(request, response);
  });
  const waking = client.wake(deadlineMs);
  const startedAtMs = performance.now();
  assert((await client.readState(deadlineMs)).ok);
  assert(performance.now() - startedAtMs < 1_500);
  client.close();
  assert.equal((await waking).ok, false);
});

test("a closed client ends what is under way and answers no more", async (t) => {
  const client = await serve(t, (request, response) => {
    if (request.url === "/config") answering(200, {})(request, response);
  });
  const hanging = client.readState(60_000);
  assert((await client.readConfig(deadlineMs)).ok);
  client.close();
  assert.equal((await hanging).ok, false);
  assert.equal((await client.readConfig(deadlineMs)).ok, false);
});
