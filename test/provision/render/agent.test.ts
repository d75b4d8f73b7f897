/**
 * The agent's configuration, read by the agent itself.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { agentConfig, agentPassword, agentToken } from "../../../src/provision/render/agent.ts";
import {
  agentPasswordFile,
  agentTokenFile,
  callbackProgram,
} from "../../../src/provision/render/paths.ts";
import { requirementsOf } from "../../../src/provision/render/requirements.ts";
import { configPath, load } from "../../agent/config/loading.ts";
import { secretTexts, secretsFor, sixHosts } from "../support/clusters.ts";
import { databaseHost } from "./rendered.ts";

const cluster = sixHosts();
const secrets = secretsFor(cluster);
const host = databaseHost(cluster);

function loaded(metricsAddress: "host" | "loopback") {
  const one = { ...cluster, agent: { ...cluster.agent, metricsAddress } };
  return load({
    flags: { config: configPath },
    files: {
      [configPath]: agentConfig(one, host).text,
      [agentTokenFile]: agentToken(secrets).text,
      [agentPasswordFile]: agentPassword(secrets).text,
    },
  });
}

test("The agent takes it without a complaint.", () => {
  assert.deepEqual(loaded("host").complaints, []);
});

test("It means this host's VIP, key, member, Consul and Patroni.", () => {
  const { settings } = loaded("host");
  assert(settings !== undefined);
  const [vip] = settings.vips;
  assert.equal(settings.vips.length, 1);
  assert.deepEqual(
    [vip?.address.text, vip?.interface, vip?.key, vip?.member],
    ["192.168.1.140", "eth0", "db/test/leader", "test-db1"],
  );
  assert.equal(settings.consul.token, secrets.vipAgentToken.secret.reveal());
  assert.equal(settings.patroni?.host, "192.168.1.141");
  assert.deepEqual(settings.patroni.credentials, {
    username: "patroni",
    password: secrets.restPassword.reveal(),
  });
  assert.equal(settings.dataDirectory, "/pgdata/17/test");
  assert.equal(settings.listener?.address, "192.168.1.141");
  assert.equal(loaded("loopback").settings?.listener?.address, "127.0.0.1");
});

test("It holds no secret: those are in files of their own.", () => {
  const { text, isSecret } = agentConfig(cluster, host);
  assert.deepEqual(
    [...secretTexts(secrets).values()].filter((one) => text.includes(one)),
    [],
  );
  assert.equal(isSecret, false);
  assert(agentToken(secrets).isSecret && agentPassword(secrets).isSecret);
});

test("Patroni's callback is the client that the package brings.", () => {
  const page = readFileSync(new URL("../../../docs/patroni.md", import.meta.url), "utf8");
  assert(page.includes(`on_stop: ${callbackProgram}\n`));
});

test("Patroni's environment is the one that is tested here, pin by pin.", () => {
  const list = new URL("../../../setup/patroni-4.1.5.txt", import.meta.url);
  const pins = readFileSync(list, "utf8").trim().split("\n");
  assert.deepEqual(requirementsOf(cluster.patroni), pins);
});

test("Of another release, Patroni and the driver are pinned.", () => {
  const pins = requirementsOf({ ...cluster.patroni, version: "4.2.0" });
  assert.deepEqual(pins, ["patroni[consul]==4.2.0", "psycopg[binary]==3.3.9"]);
});
