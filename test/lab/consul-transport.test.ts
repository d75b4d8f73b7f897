/**
 * However Consul is reached, the leader key is followed; and where it must not be reached, nothing
 * is bound.
 *
 * The server's certificate comes from a private CA and bears a name, no address, as Consul's own
 * tool makes it. Each road is walked as a whole: the agent binds, the key moves, the agent lets go,
 * and it hears of the move by the answer of a blocking query, not by the next one. A token opens
 * the road and stays a secret: no helper process and no line of the log has it.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import type { AgentEvent, LabAgent } from "../../lab/agent.ts";
import { LEADER_KEY } from "../../lab/leader-key.ts";
import { makeFolder } from "../support/folder.ts";
import { ANNOUNCEMENTS, COURTESY, LAB, skipWithout } from "./support/capabilities.ts";
import { makeCertificates, SERVER_NAME, type Certificates } from "./support/certificates.ts";
import { helperProcessesOf } from "./support/helper-processes.ts";
import {
  isAdded,
  isDeleted,
  ms,
  Stage,
  withStage,
  WIDE_MS,
  type Settings,
} from "./support/stage.ts";

const skip = await skipWithout(...LAB);
const skipHelpers = await skipWithout(...LAB, ...ANNOUNCEMENTS, ...COURTESY);

// A query that is asked anew comes up to 5 s later; one that waits answers in milliseconds.
const CONSUL_WAIT_MS = 5_000;
const HEARD_WITHIN_MS = 2_000;

describe("VIP of an agent that speaks to Consul", { skip }, () => {
  let stage: Stage;
  const folder = makeFolder();
  let certificates: Certificates;

  withStage(async () => {
    certificates = await makeCertificates(folder);
    const { caFile, server } = certificates;
    stage = await Stage.open({ tls: { caFile, ...server, isMutual: false }, hasSocket: true });
    return stage;
  });

  it("follows the key by HTTPS with a private CA and the server's name", async (test) => {
    await assertFollows({ stage, test, settings: secure(stage, certificates) });
  });

  it("follows the key by a Unix socket", async (test) => {
    const settings = { "dcs-endpoints": stage.lab.consul.socketEndpoint };
    await assertFollows({ stage, test, settings });
  });

  it("is not bound when another CA has signed the server's certificate", async () => {
    const settings = { ...secure(stage, certificates), "consul-ca-file": certificates.otherCaFile };
    assert.equal(await causeOfNotBinding(stage, settings), "tls");
  });

  it("is not bound when no CA is named and the system knows none of it", async () => {
    const settings = { ...secure(stage, certificates), "consul-ca-file": "" };
    assert.equal(await causeOfNotBinding(stage, settings), "tls");
  });

  it("is not bound when the certificate does not bear the endpoint's name", async () => {
    const settings = { ...secure(stage, certificates), "consul-server-name": "" };
    assert.equal(await causeOfNotBinding(stage, settings), "tls");
  });

  it("is not bound when the certificate does not bear the name that is asked for", async () => {
    const settings = { ...secure(stage, certificates), "consul-server-name": "server.dc2.consul" };
    assert.equal(await causeOfNotBinding(stage, settings), "tls");
  });

  it("is not bound when Consul answers plainly where HTTPS is asked for", async () => {
    const plain = stage.lab.consul.endpoint.replace("http:", "https:");
    assert.equal(
      await causeOfNotBinding(stage, { ...secure(stage, certificates), "dcs-endpoints": plain }),
      "tls",
    );
  });

  it("is not bound when nobody listens at the Unix socket", async () => {
    const settings = { "dcs-endpoints": `${stage.lab.consul.socketEndpoint}.other` };
    assert.equal(await causeOfNotBinding(stage, settings), "refused");
  });
});

describe("VIP of an agent whose Consul wants a certificate", { skip }, () => {
  let stage: Stage;
  const folder = makeFolder();
  let certificates: Certificates;

  withStage(async () => {
    certificates = await makeCertificates(folder);
    const { caFile, server } = certificates;
    stage = await Stage.open({ tls: { caFile, ...server, isMutual: true } });
    return stage;
  });

  it("follows the key when the agent shows one", async (test) => {
    const { certFile, keyFile } = certificates.client;
    const shown = { "consul-cert-file": certFile, "consul-key-file": keyFile };
    await assertFollows({ stage, test, settings: { ...secure(stage, certificates), ...shown } });
  });

  it("is not bound when the agent shows none", async () => {
    assert.equal(await causeOfNotBinding(stage, secure(stage, certificates)), "tls");
  });
});

describe("VIP of an agent that has a token", { skip: skipHelpers }, () => {
  let stage: Stage;
  let secret = "";
  const file = join(makeFolder(), "consul-token");

  withStage(async () => {
    stage = await Stage.open({ acl: true });
    ({ secret } = await stage.lab.consul.createToken('key_prefix "db/" { policy = "read" }'));
    // As editors leave it, with a line break.
    await writeFile(file, `${secret}\n`, { mode: 0o600 });
    return stage;
  });

  it("follows the key with the token in a file", async () => {
    await assertSecret({ stage, secret, settings: { "consul-token-file": file } });
  });

  it("follows the key with the token in a variable", async () => {
    await assertSecret({ stage, secret, env: { VIP_CONSUL_TOKEN: secret } });
  });

  it("follows the key with the token in a systemd credential", async () => {
    await assertSecret({ stage, secret, env: { CREDENTIALS_DIRECTORY: dirname(file) } });
  });

  it("is not bound without any token", async () => {
    assert.equal(await causeOfNotBinding(stage, {}), "forbidden");
  });

  it("leaves no trace of the token in the log when that allows too little", async () => {
    const poor = await stage.lab.consul.createToken('key_prefix "other/" { policy = "read" }');
    await stage.lab.leaderKey.move("test-db1");
    const agent = await stage.agent("db1", { "consul-token": poor.secret, "log-level": "debug" });
    await agent.event("consul-trouble", { timeoutMs: WIDE_MS });
    await agent.term();
    assert.equal(saidBy(agent).includes(poor.secret), false);
  });
});

type Road = {
  readonly stage: Stage;
  readonly test: TestContext;
  readonly settings: Settings;
};

type Secret = {
  readonly stage: Stage;
  readonly secret: string;
  readonly settings?: Settings;
  readonly env?: Readonly<Record<string, string>>;
};

// The agent binds and releases, and the token is nowhere that another user or a log could see it.
async function assertSecret({ stage, secret, settings = {}, env = {} }: Secret): Promise<void> {
  const addresses = await stage.addresses("db1");
  await stage.lab.leaderKey.move("test-db1");
  const debug = { ...settings, "log-level": "debug" };
  const agent = await stage.lab.startAgent({ host: "db1", settings: debug, env });
  stage.own(agent.process);
  await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
  const helpers = await helperProcessesOf(agent.pid);
  const commandLine = await readFile(`/proc/${agent.pid}/cmdline`, "utf8");
  await stage.lab.leaderKey.move("test-db2", { gapMs: 0 });
  await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS });
  await agent.term();
  const knowing = helpers.filter(({ given }) => given.includes(secret)).map(({ name }) => name);
  const isSaid = saidBy(agent).includes(secret) || commandLine.includes(secret);
  assert.deepEqual({ knowing: new Set(knowing), isSaid }, { knowing: new Set(), isSaid: false });
}

function saidBy({ events, complaints }: LabAgent): string {
  return JSON.stringify([events.entries.map(({ fields }) => fields), complaints]);
}

// All that HTTPS needs here, where no certificate is asked for.
function secure(stage: Stage, { caFile }: Certificates): Settings {
  return {
    "dcs-endpoints": stage.lab.consul.secureEndpoint,
    "consul-ca-file": caFile,
    "consul-server-name": SERVER_NAME,
  };
}

async function assertFollows({ stage, test, settings }: Road): Promise<void> {
  const { addresses } = await stage.holder("db1", { ...settings, "consul-wait": CONSUL_WAIT_MS });
  // With this first move heard, the agent waits for the next one.
  await stage.lab.leaderKey.move("test-db2", { gapMs: 0 });
  await addresses.next("release", isDeleted, { timeoutMs: WIDE_MS });
  const { acquired } = await stage.lab.leaderKey.move("test-db1", { gapMs: 0 });
  const sinceMs = acquired.sentAtMs;
  const { atMs } = await addresses.next("bind", isAdded, { sinceMs, timeoutMs: WIDE_MS });
  test.diagnostic(`bound ${ms(atMs - acquired.answeredAtMs)} after Consul had answered the move`);
  assert.ok(atMs - acquired.answeredAtMs < HEARD_WITHIN_MS, "the move was not heard but asked for");
}

// What an agent says is wrong with a Consul that names it the leader and cannot tell it so.
async function causeOfNotBinding(stage: Stage, settings: Settings): Promise<unknown> {
  await stage.lab.leaderKey.move("test-db1");
  const addresses = await stage.addresses("db1");
  const agent = await stage.agent("db1", settings);
  const { fields } = await agent.events.next("trouble with the leader key", isLeaderTrouble, {
    timeoutMs: WIDE_MS,
  });
  await agent.term();
  assert.deepEqual(await addresses.upToNow(), []);
  return fields["cause"];
}

// Patroni's timings are asked for over the same connection, and may fail first.
function isLeaderTrouble({ event, fields }: AgentEvent): boolean {
  return event === "consul-trouble" && fields["key"] === LEADER_KEY;
}
