/**
 * One question through a forwarded socket: its answer, its bound, and whom a complaint names.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { done, failed } from "../../../src/outcome.ts";
import { type Place, askForwarded } from "../../../src/provision/executor/forwarded-http.ts";
import { makeFolder } from "../../support/folder.ts";
import { type Answers, askedExecutor } from "../verify/worlds.ts";

const socket = join(makeFolder(), "http.sock");

/** Says what it was asked; `/long` is answered with 2000 characters. */
const server = createServer((request, response) => {
  const { method, url, headers } = request;
  const text = url === "/long" ? "x".repeat(2_000) : [method, url, headers["x-word"]].join(" ");
  response.writeHead(418).end(text);
});

before(async () => {
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});

after(() => server.close());

function placeOf(forward: Answers["forward"], name?: string): Place {
  const executor = askedExecutor("test-db1", forward === undefined ? {} : { forward });
  const place = { executor, address: "192.168.1.141", port: 8008, maxBodyBytes: 1_000 };
  return name === undefined ? place : { ...place, name };
}

test("The question goes through the socket of that port, and any status is an answer.", async () => {
  const asked: unknown[] = [];
  const place = placeOf((...where) => {
    asked.push(where);
    return done(socket);
  });
  const answer = await askForwarded(place, {
    method: "GET",
    path: "/cluster",
    headers: { "X-Word": "word" },
  });
  assert.deepEqual(asked, [["192.168.1.141", 8008]]);
  assert.deepEqual(answer, done({ status: 418, body: "GET /cluster word" }));
});

test("A host that forwards nothing is told in its own words.", async () => {
  const refusal = failed("unreachable", "test-db1 forwards nothing");
  const answer = await askForwarded(
    placeOf(() => refusal),
    { method: "GET", path: "/" },
  );
  assert.deepEqual(answer, refusal);
});

test("An answer beyond the bound is a complaint that names who gave it.", async () => {
  const question = { method: "GET", path: "/long" } as const;
  const answer = await askForwarded(
    placeOf(() => done(socket)),
    question,
  );
  assert.equal(answer.ok ? "ok" : answer.code, "malformed");
  assert.match(answer.ok ? "" : answer.detail, /^192\.168\.1\.141:8008 of test-db1: /);
  const named = await askForwarded(
    placeOf(() => done(socket), "Patroni of test-db1"),
    question,
  );
  assert.match(named.ok ? "" : named.detail, /^Patroni of test-db1: /);
});
