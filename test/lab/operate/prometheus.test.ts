/**
 * A real Prometheus on another host: it sees the VIP move, by plain HTTP and by HTTPS with a client
 * certificate and a password, and of the shipped alerts the one fires that has a cause.
 *
 * The rules are the shipped ones, but a minute of their `for:` is three seconds here.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";

import { addressOf, type HostName } from "../../../lab/network.ts";
import { hurried, LabPrometheus, type Target } from "../../../lab/prometheus.ts";
import { skipWithoutPrometheus } from "../../observe/promtool.ts";
import { selfSigned } from "../../support/self-signed.ts";
import { LAB, skipWithout } from "../support/capabilities.ts";
import { Stage, withStage, WIDE_MS } from "../support/stage.ts";

const skip = (await skipWithout(...LAB)) || (await skipWithoutPrometheus());

const PORT = 9_728;
const alerts = new URL("../../../packaging/prometheus/alerts.yml", import.meta.url);

describe("Prometheus on another host", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  function reachable(host: HostName) {
    return { "metrics-port": PORT, "metrics-address": addressOf(host) };
  }

  /** One pair of files for both sides: each is its own authority. */
  async function locks() {
    const folder = await mkdtemp(`${tmpdir()}/locks-`);
    const [certificate, key] = [`${folder}/certificate.pem`, `${folder}/key.pem`];
    const password = `${folder}/password`;
    const pair = selfSigned();
    await writeFile(certificate, pair.certificate);
    await writeFile(key, pair.privateKey, { mode: 0o600 });
    await writeFile(password, randomUUID(), { mode: 0o600 });
    const settings = {
      "metrics-cert-file": certificate,
      "metrics-key-file": key,
      "metrics-client-ca-file": certificate,
      "metrics-username": "prometheus",
      "metrics-password-file": password,
    };
    const files = { ca_file: certificate, cert_file: certificate, key_file: key };
    const access = {
      scheme: "https",
      tls_config: { ...files, server_name: "localhost" },
      basic_auth: { username: "prometheus", password_file: password },
    };
    return { settings, access };
  }

  async function prometheus(targets: readonly Target[]): Promise<LabPrometheus> {
    const rules = hurried(await readFile(alerts, "utf8"));
    const started = await LabPrometheus.start({ host: "client", targets, rules });
    stage.own(started.process);
    return started;
  }

  it("sees the VIP move, and tells of the agent that died and of nothing else", async () => {
    const { settings, access } = await locks();
    const { agent: old } = await stage.holder("db1", reachable("db1"));
    const other = await stage.agent("db2", { ...reachable("db2"), ...settings });
    const seen = await prometheus([
      { host: "db1", port: PORT },
      { host: "db2", port: PORT, access },
    ]);
    const held = (host: HostName) =>
      `vipagent_vip_held{instance="${host}",job="vip-agent",cluster="test"}`;
    // Prometheus takes up its targets within five seconds.
    await seen.until("the holder", held("db1"), (value) => value === 1, 2 * WIDE_MS);
    await seen.until("the other", held("db2"), (value) => value === 0, 2 * WIDE_MS);

    await stage.lab.leaderKey.move(other.member);
    await seen.until("the new holder", held("db2"), (value) => value === 1);
    await seen.until("the old holder", held("db1"), (value) => value === 0);
    const tookOver = `vipagent_takeover_duration_seconds_count{instance="db2"}`;
    await seen.until("a take-over", tookOver, (value) => value === 1);

    await old.kill();
    const firing = 'ALERTS{alertstate="firing"}';
    const [alert] = await seen.until("an alert", firing, undefined, 2 * WIDE_MS);
    assert.equal(alert?.labels["alertname"], "VipAgentDown");
    assert.equal(alert.labels["instance"], "db1");
    const everFired = await seen.query(`count by (alertname) (count_over_time(${firing}[10m]))`);
    assert.deepEqual(
      everFired.map(({ labels, value }) => [labels["alertname"], value]),
      [["VipAgentDown", 1]],
    );
  });
});
