/**
 * What the client reads out of Patroni's answers, from servers of a few lines on the loopback
 * interface. A real Patroni is asked in test/lab/patroni.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type TestContext, test } from "node:test";
import { answering, leading, serve } from "./support/patroni-server.ts";

const deadlineMs = 2_000;

test("the state of a leader is read with its name and its scope", async (t) => {
  const client = await serve(t, answering(200, leading));
  assert.deepEqual(await client.readState(deadlineMs), {
    ok: true,
    value: {
      role: "primary",
      postgres: "running",
      hasLock: true,
      isPaused: false,
      isFailsafeActive: false,
      timeline: 1,
      dcsSeenAgoMs: undefined,
      name: "test-db1",
      scope: "test",
    },
  });
});

test("the state is asked for at /primary, on a connection of its own, without credentials", async (t) => {
  const seen: IncomingMessage[] = [];
  const credentials = { username: "patroni", password: randomUUID() };
  const client = await serve(
    t,
    (request, response) => {
      seen.push(request);
      answering(200, leading)(request, response);
    },
    { credentials },
  );
  for (let round = 0; round < 3; round += 1) assert((await client.readState(deadlineMs)).ok);
  assert.deepEqual(
    seen.map(({ method, url }) => `${method} ${url}`),
    ["GET /primary", "GET /primary", "GET /primary"],
  );
  assert.equal(new Set(seen.map(({ socket }) => socket)).size, 3);
  assert(seen.every(({ headers }) => headers["connection"] === "close"));
  assert(seen.every(({ headers }) => headers["authorization"] === undefined));
});

const locks = [
  { status: 200, role: "primary", hasLock: true },
  { status: 200, role: "master", hasLock: true },
  { status: 200, role: "replica", hasLock: true },
  { status: 503, role: "primary", hasLock: false },
  { status: 503, role: "replica", hasLock: false },
  { status: 503, role: "standby_leader", hasLock: true },
];

for (const { status, role, hasLock } of locks) {
  test(`HTTP ${status} of a ${role} ${hasLock ? "is the" : "is no"} lock`, async (t) => {
    const client = await serve(t, answering(status, { ...leading, role }));
    const answer = await client.readState(deadlineMs);
    assert(answer.ok);
    assert.equal(answer.value.hasLock, hasLock);
  });
}

const roles = { primary: "primary", master: "primary", MASTER: "primary", Replica: "replica" };

for (const [said, role] of Object.entries(roles)) {
  test(`the role ${said} is ${role}`, async (t) => {
    const client = await serve(t, answering(200, { ...leading, role: said }));
    const answer = await client.readState(deadlineMs);
    assert(answer.ok);
    assert.equal(answer.value.role, role);
  });
}

const states = {
  running: ["running"],
  stopped: ["stopping", "stopped", "stop failed", "crashed", "start failed", "restart failed"],
  unsure: [
    "unknown",
    "starting",
    "restarting",
    "creating replica",
    "initializing new cluster",
    "starting after custom bootstrap",
    "something new",
  ],
};

for (const [postgres, said] of Object.entries(states)) {
  for (const state of said) {
    test(`the state "${state}" means ${postgres}`, async (t) => {
      const client = await serve(t, answering(200, { ...leading, state }));
      const answer = await client.readState(deadlineMs);
      assert(answer.ok);
      assert.equal(answer.value.postgres, postgres);
    });
  }
}

test("pause and failsafe mode are read where they are said", async (t) => {
  const body = { ...leading, pause: true, failsafe_mode_is_active: true, cluster_unlocked: true };
  const answer = await (await serve(t, answering(200, body))).readState(deadlineMs);
  assert(answer.ok);
  assert.equal(answer.value.isPaused, true);
  assert.equal(answer.value.isFailsafeActive, true);
});

for (const odd of [null, "true", 1, {}]) {
  test(`a flag that is ${JSON.stringify(odd)} is not set, and spoils nothing`, async (t) => {
    const body = { ...leading, pause: odd, failsafe_mode_is_active: odd };
    const answer = await (await serve(t, answering(200, body))).readState(deadlineMs);
    assert(answer.ok);
    assert.equal(answer.value.isPaused, false);
    assert.equal(answer.value.isFailsafeActive, false);
  });
}

async function agoMsOf(t: TestContext, dcsLastSeen: unknown): Promise<number | undefined> {
  const client = await serve(t, answering(200, { ...leading, dcs_last_seen: dcsLastSeen }));
  const answer = await client.readState(deadlineMs);
  assert(answer.ok);
  return answer.value.dcsSeenAgoMs;
}

test("the last contact to the DCS is so long ago", async (t) => {
  const ago = await agoMsOf(t, Math.floor(Date.now() / 1_000) - 12);
  assert(ago !== undefined && ago >= 12_000 && ago < 20_000, `${ago} ms`);
});

test("a contact within this second is never in the future", async (t) => {
  assert.equal(await agoMsOf(t, Math.ceil(Date.now() / 1_000) + 1), 0);
});

for (const { text, value } of [
  { text: "missing", value: undefined },
  { text: "zero", value: 0 },
  { text: "no number", value: "yesterday" },
  { text: "in the future, the clock having been set back", value: Date.now() / 1_000 + 3_600 },
]) {
  test(`a contact that is ${text} says nothing`, async (t) => {
    assert.equal(await agoMsOf(t, value), undefined);
  });
}

test("the configuration is read as it stands, up to what Consul can hold", async (t) => {
  const config = JSON.stringify({ ttl: 30, pause: true, filler: "x".repeat(400_000) });
  const client = await serve(t, (request, response) => {
    answering(request.url === "/config" ? 200 : 404, config)(request, response);
  });
  assert.deepEqual(await client.readConfig(deadlineMs), { ok: true, value: config });
});

test("a Patroni that has no configuration yet is unavailable", async (t) => {
  const answer = await (await serve(t, answering(502, ""))).readConfig(deadlineMs);
  assert(!answer.ok);
  assert.equal(answer.code, "unavailable");
});

type Woken = { readonly authorization: string | undefined; readonly text: string };

/** A Patroni that asks for this name and password, as its `check_access` does. */
async function guarded(t: TestContext, given: { username: string; password: string }) {
  const expected = `Basic ${Buffer.from("patroni:s€cret/1").toString("base64")}`;
  const woken: Woken[] = [];
  const client = await serve(
    t,
    (request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      request.on("end", () => {
        const { authorization } = request.headers;
        assert.equal(`${request.method} ${request.url}`, "PATCH /config");
        woken.push({ authorization, text });
        response.writeHead(authorization === expected ? 200 : 401).end("{}");
      });
    },
    { credentials: given },
  );
  return { client, woken };
}

test("a wake-up bears the credentials and removes a key that nobody has", async (t) => {
  const { client, woken } = await guarded(t, { username: "patroni", password: "s€cret/1" });
  assert.deepEqual(await client.wake(deadlineMs), { ok: true, value: undefined });
  assert.deepEqual(
    woken.map(({ text }) => JSON.parse(text) as unknown),
    [{ vip_agent: null }],
  );
});

test("wrong credentials are forbidden, and no text gives them away", async (t) => {
  const password = randomUUID();
  const { client, woken } = await guarded(t, { username: "patroni", password });
  const answer = await client.wake(deadlineMs);
  assert(!answer.ok);
  assert.equal(answer.code, "forbidden");
  const sent = woken[0]?.authorization?.split(" ")[1] ?? "";
  assert(sent.length > 0);
  for (const text of [answer.detail, client.name]) {
    assert(!text.includes(password) && !text.includes(sent));
  }
});

for (const { status, code } of [
  { status: 400, code: "not-patroni" },
  { status: 403, code: "forbidden" },
  { status: 503, code: "unavailable" },
  { status: 302, code: "not-patroni" },
]) {
  test(`a wake-up that is answered with ${status} is ${code}`, async (t) => {
    const answer = await (await serve(t, answering(status, ""))).wake(deadlineMs);
    assert(!answer.ok);
    assert.equal(answer.code, code);
  });
}
