/**
 * Preflight as a whole, with hosts that are played: who is asked what, and that nothing is changed.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { type Outcome, done, failed } from "../../../src/outcome.ts";
import type { Host } from "../../../src/provision/cluster/cluster.ts";
import type {
  CommandResult,
  Executor,
  ExecutorCode,
} from "../../../src/provision/executor/executor.ts";
import { preflight } from "../../../src/provision/preflight/preflight.ts";
import { makeFolder } from "../../support/folder.ts";
import { secretTexts, secretsFor, sixHosts } from "../support/clusters.ts";
import { type Answers, type Question, askedExecutor, said } from "../verify/worlds.ts";
import { surveyAnswer, wireAnswer } from "./recorded.ts";
import { namesOf } from "./surveys.ts";

const cluster = sixHosts();
const secrets = secretsFor(cluster);
const wall = { nowMs: 1_795_000_000_000 };
const options = { secrets, wallMs: () => wall.nowMs };

type Played = {
  readonly heard?: Question[];
  readonly survey?: (host: Host) => Outcome<CommandResult, ExecutorCode>;
  readonly aheadMs?: Readonly<Record<string, number>>;
  readonly forward?: Answers["forward"];
};

function play({ heard = [], survey, aheadMs = {}, forward }: Played = {}) {
  return new Map<string, Executor>(
    cluster.hosts.map((host) => {
      const ask: Answers["ask"] = (question) => {
        heard.push(question);
        const { argv, stdin } = question;
        if (argv[0] === "date") return said(`${wall.nowMs + (aheadMs[host.name] ?? 0)}\n`);
        assert.deepEqual(argv, ["sh", "-s"]);
        if (stdin.includes("\nwire()")) return said(wireAnswer(cluster, host));
        return survey?.(host) ?? said(surveyAnswer(host));
      };
      return [host.name, askedExecutor(host.name, { ask, ...(forward && { forward }) })];
    }),
  );
}

test("bare hosts: each is asked three times, and nothing stands in the way", async () => {
  const heard: Question[] = [];
  const findings = await preflight(cluster, play({ heard }), options);
  assert.deepEqual(namesOf(findings), []);
  assert.equal(heard.length, 3 * cluster.hosts.length);
});

test("hosts that do not answer, and a clock a minute off, are told together", async () => {
  const executors = play({
    aheadMs: { "test-dcs1": 60_000 },
    survey: (host) => {
      if (host.name === "test-db1") return failed("unreachable", "ssh: Connection timed out");
      if (host.name === "test-db2") return failed("sudo", "sudo: a password is required");
      return said(surveyAnswer(host));
    },
  });
  executors.delete("test-db3");
  const findings = await preflight(cluster, executors, options);
  assert.deepEqual(namesOf(findings), [
    "error test-db1 unreachable",
    "error test-db2 sudo",
    "error test-db3 unreachable",
    "error test-dcs1 clock-skew",
  ]);
});

test("an answer that was cut off is a finding of that host", async () => {
  const survey = (host: Host) => {
    const text = surveyAnswer(host);
    return said(host.name === "test-db1" ? text.replace(/end\n$/, "") : text);
  };
  const findings = await preflight(cluster, play({ survey }), options);
  assert.deepEqual(namesOf(findings), ["error test-db1 failed"]);
});

test("no secret is sent to a host in a command or a script", async () => {
  const heard: Question[] = [];
  await preflight(cluster, play({ heard }), options);
  const all = heard.map(({ argv, stdin }) => `${argv.join(" ")}\n${stdin}`).join("\n");
  for (const [name, secret] of secretTexts(secrets)) assert(!all.includes(secret), name);
});

/** A Consul of ours that runs on the servers, with the state that it shows to a token. */
async function withConsul(
  t: TestContext,
  page: (path: string, token: string) => { readonly status: number; readonly body: string },
): Promise<readonly string[]> {
  const socket = join(makeFolder(t), "consul.sock");
  const server = createServer((request, response) => {
    const { status, body } = page(request.url ?? "", String(request.headers["x-consul-token"]));
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const digest = createHash("sha256").update(secrets.gossipKey.reveal()).digest("hex");
  const survey = (host: Host) =>
    said(
      host.roles.includes("consul")
        ? surveyAnswer(host).replace(
            "end\n",
            `process\tconsul\tconsul.service\n` +
              `consul-config\t/etc/consul.d/consul.json\ttest-dcs-cluster\t${host.name}\t${digest}\n` +
              "end\n",
          )
        : surveyAnswer(host),
    );
  t.after(() => server.close());
  const executors = play({ survey, forward: () => done(socket) });
  return namesOf(await preflight(cluster, executors, options));
}

const management = secrets.managementToken.secret.reveal();

test("a Consul of ours is asked with the management token, and is fine", async (t) => {
  const complaints = await withConsul(t, (path, token) => {
    assert.equal(token, management);
    return path.startsWith("/v1/acl") ? { status: 200, body: "{}" } : { status: 404, body: "" };
  });
  assert.deepEqual(complaints, []);
});

test("a Consul whose ACLs somebody else has bootstrapped", async (t) => {
  const complaints = await withConsul(t, () => ({ status: 403, body: "ACL not found" }));
  assert.deepEqual(complaints, ["warning test-dcs1 consul-acl"]);
});

test("a Consul with the keys of a cluster that is gone", async (t) => {
  const keys = JSON.stringify(["db/test/config", "db/test/initialize"]);
  const complaints = await withConsul(t, (path) => {
    if (path.startsWith("/v1/acl")) return { status: 200, body: "{}" };
    assert.equal(path, "/v1/kv/db/test/?keys=true");
    return { status: 200, body: keys };
  });
  assert.deepEqual(complaints, ["error test-dcs1 initialize-stale"]);
});
