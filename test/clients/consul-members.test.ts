/**
 * The folder of a cluster, read from a server of a few lines that stands where Consul is expected.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type RequestListener, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, describe, test } from "node:test";
import { readFolder } from "../../src/clients/consul-members.ts";
import { done } from "../../src/outcome.ts";

const folder = "db/test/";

async function consulThat(t: TestContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

describe("a folder of Consul", () => {
  async function read(t: TestContext, answer: RequestListener, deadlineMs = 2_000) {
    const port = await consulThat(t, answer);
    const settings = { endpoints: [], token: "t0ken", tls: {}, waitMs: 3_000 };
    const endpoint = { kind: "tcp", isSecure: false, host: "127.0.0.1", port } as const;
    return await readFolder({ settings, endpoint, folder, deadlineMs });
  }

  function codeOf(answer: Awaited<ReturnType<typeof read>>): string {
    return answer.ok ? "fine" : answer.code;
  }

  test("is read as a whole, consistently, with the token in a header", async (t) => {
    let seen: { url: string; token: unknown } | undefined;
    const answer = await read(t, (request, response) => {
      seen = { url: request.url ?? "", token: request.headers["x-consul-token"] };
      response.setHeader("X-Consul-Index", "12").setHeader("Content-Type", "application/json");
      const Value = Buffer.from("pg1").toString("base64");
      response.end(JSON.stringify([{ Key: "db/test/leader", Value, Session: "5e55" }]));
    });
    assert.deepEqual(answer, done([{ key: "db/test/leader", value: "pg1", session: "5e55" }]));
    assert(seen !== undefined);
    const url = new URL(seen.url, "http://consul");
    assert.equal(decodeURIComponent(url.pathname), "/v1/kv/db/test/");
    assert.deepEqual([...url.searchParams.keys()].toSorted(), ["consistent", "recurse"]);
    assert.equal(seen.token, "t0ken");
  });

  test("that is not there is empty", async (t) => {
    const answer = await read(t, (_, response) => {
      response.writeHead(404, { "X-Consul-Index": "1" }).end();
    });
    assert.deepEqual(answer, done([]));
  });

  const rows: readonly [string, RequestListener, string][] = [
    ["that may not be read", (_, response) => void response.writeHead(403).end("no"), "forbidden"],
    [
      "of a Consul without a leader",
      (_, response) => void response.writeHead(500).end(),
      "unavailable",
    ],
    ["of something else", (_, response) => void response.writeHead(404).end(), "not-consul"],
    ["of nobody who answers", () => undefined, "timeout"],
  ];
  for (const [title, answer, code] of rows) {
    test(title, async (t) => assert.equal(codeOf(await read(t, answer, 300)), code));
  }

  test("cannot be asked with a certificate that is not there", async () => {
    const settings = { endpoints: [], tls: { caFile: "/nowhere.pem" }, waitMs: 3_000 };
    const endpoint = { kind: "tcp", isSecure: true, host: "127.0.0.1", port: 1 } as const;
    const answer = await readFolder({ settings, endpoint, folder, deadlineMs: 300 });
    assert.match(answer.ok ? "" : answer.detail, /nowhere\.pem/u);
  });
});
