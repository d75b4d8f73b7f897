/**
 * Proves the Consul cluster of the lab and the cuts between its hosts, before anything is proven
 * with them.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import { monotonicMs, sleepMs, waitUntil } from "../../lab/clock.ts";
import { attempt, run } from "../../lab/command.ts";
import { CONSUL_CLUSTER_HOSTS, type ConsulCluster } from "../../lab/consul-cluster.ts";
import { createToken, restoreToken, revokeToken } from "../../lab/consul-node.ts";
import { cut, mend, mendAll } from "../../lab/cuts.ts";
import { createLab, type Lab } from "../../lab/lab.ts";
import { addressOf, inHost, type HostName } from "../../lab/network.ts";
import { LAB, skipWithout } from "./support/capabilities.ts";
import { WIDE_MS } from "./support/stage.ts";

const skip = await skipWithout(...LAB);

const READ_KEY = "kv/db/test/leader?consistent";

describe("Consul cluster of the lab", { skip }, () => {
  let lab: Lab;
  let cluster: ConsulCluster;

  before(async () => {
    lab = await createLab({ hosts: CONSUL_CLUSTER_HOSTS, consulCluster: { acl: true } });
    cluster = lab.consulCluster;
    await lab.leaderKey.acquire("test-db1");
  });

  afterEach(async () => {
    await mendAll();
    for (const { host } of cluster.nodes) {
      cluster.thaw(host);
      cluster.restart(host);
    }
    await cluster.ready();
  });

  after(async () => {
    await lab.close();
  });

  async function canRead(host: HostName, timeoutMs = 1_000): Promise<boolean> {
    const answer = await cluster
      .node(host)
      .call(READ_KEY, { timeoutMs })
      .catch(() => undefined);
    return answer?.status === 200;
  }

  async function canPing(from: HostName, to: HostName): Promise<boolean> {
    const ping = [...inHost(from), "ping", "-c", "1", "-W", "0.3", addressOf(to)];
    return (await attempt(ping)).exitCode === 0;
  }

  it("serves the key at every local client, from three voters of which one leads", async () => {
    assert.match(await cluster.leader(), /^dcs[123]$/u);
    const answers = await Promise.all(cluster.clients.map((client) => client.call(READ_KEY)));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    const raft = await cluster.call("operator/raft/configuration");
    assert.equal(raft.body.match(/"Voter":true/gu)?.length, 3);
  });

  it("elects another leader when the leader is killed, and takes it back", async (test) => {
    const old = await cluster.leader();
    await cluster.kill(old);
    const killedAtMs = monotonicMs();
    const next = await waitUntil("another leader", async () => {
      const leader = await cluster.leader();
      return leader === old ? undefined : leader;
    });
    test.diagnostic(`${next} leads ${(monotonicMs() - killedAtMs).toFixed()} ms after the kill`);
    await waitUntil("an answer at db1", () => canRead("db1"), { timeoutMs: WIDE_MS });
    assert.equal(await lab.leaderKey.holder(), "test-db1");
  });

  it("answers nothing consistent when two of three servers are frozen", async () => {
    await cluster.freeze("dcs1");
    await cluster.freeze("dcs2");
    await waitUntil("silence", async () => !(await canRead("db1")), { timeoutMs: WIDE_MS });
    cluster.thaw("dcs1");
    cluster.thaw("dcs2");
    await waitUntil("an answer", () => canRead("db1"), { timeoutMs: 30_000 });
  });

  it("keeps the sessions of a client agent that is stopped by SIGTERM", async () => {
    const id = await sessionAt("db3");
    await cluster.node("db3").stop();
    await sleepMs(500);
    const { body } = await cluster.call(`session/info/${id}`);
    assert.match(body, /chaos of a test/u);
  });

  it("cuts two hosts off from each other, established connections too, and no others", async () => {
    const server = await lab.startServer("db2");
    await run([...inHost("db1"), "ping", "-c", "1", "-W", "2", addressOf("db2")]);
    const established = lab.start({
      name: "talker",
      host: "db1",
      argv: ["perl", "-e", TALKER, addressOf("db2")],
    });
    await established.lines.next("echo", ({ text }) => text === "echo");
    await cut("db1", "db2");
    const sinceMs = monotonicMs();
    await sleepMs(300);
    const late = established.lines.between(sinceMs + 50, monotonicMs());
    assert.deepEqual(late, [], "an established connection went on");
    assert.deepEqual(
      [
        await canPing("db1", "db2"),
        await canPing("db2", "db1"),
        await canPing("db1", "db3"),
        await canPing("client", "db2"),
      ],
      [false, false, true, true],
    );
    await mend("db1", "db2");
    const patience = { sinceMs: monotonicMs(), timeoutMs: WIDE_MS };
    await established.lines.next("echo", ({ text }) => text === "echo", patience);
    await server.kill();
  });

  it("leaves a host that is cut off from all servers without answers", async () => {
    for (const { host } of cluster.servers) await cut("db1", host);
    await waitUntil("silence", async () => !(await canRead("db1")), { timeoutMs: WIDE_MS });
    assert.ok(await canRead("db2"));
    await mendAll();
    await waitUntil("an answer", () => canRead("db1"), { timeoutMs: 30_000 });
  });

  it("refuses a token that was revoked, at once, and takes it when it is given back", async () => {
    const token = await createToken(cluster, 'key_prefix "db/test/" { policy = "read" }');
    const read = async (): Promise<number> => {
      const { status } = await cluster.node("db1").call(READ_KEY, { token: token.secret });
      return status;
    };
    await waitUntil("access", async () => (await read()) === 200);
    await revokeToken(cluster, token.accessor);
    await waitUntil("refusal", async () => (await read()) === 403);
    await restoreToken(cluster, token);
    await waitUntil("access again", async () => (await read()) === 200, { timeoutMs: WIDE_MS });
  });

  async function sessionAt(host: HostName): Promise<string> {
    const session = { Name: "chaos of a test", TTL: "60s", Checks: [] };
    const put = { method: "PUT", body: JSON.stringify(session) } as const;
    const { body } = await cluster.node(host).call("session/create", put);
    return /"ID":\s*"([^"]+)"/u.exec(body)?.[1] ?? "";
  }
});

// Sends a word each 20 ms and prints what comes back.
const TALKER = `
  use IO::Socket::INET; $| = 1;
  my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 5432) or die;
  <$s>;
  while (1) { print $s "echo\\n"; print scalar(<$s>); select undef, undef, undef, 0.02 }
`;
