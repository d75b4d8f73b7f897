/**
 * Which secrets a verb goes on with, and what it says where it cannot: once, before any host is asked.
 */
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { initText } from "../../../src/provision/cluster/init.ts";
import { readCluster } from "../../../src/provision/cluster/read-cluster.ts";
import { createSecrets } from "../../../src/provision/secrets/make-secrets.ts";
import { secretsPath, storeSecrets } from "../../../src/provision/secrets/secrets-file.ts";
import { makeFolder } from "../../support/folder.ts";
import { vipAgent } from "../spawn.ts";

const folder = makeFolder();

/** Without ssh on its path, each host that is asked is one that is not reached. */
const nowhere = { PATH: "/nonexistent" };

function provision(verb: string, file: string) {
  return vipAgent(["provision", verb, file], nowhere);
}

function clusterFile(name: string, text = initText("six-hosts")): string {
  const file = join(folder, `${name}.yml`);
  writeFileSync(file, text);
  return file;
}

/** As they are after an `apply` of what `init` writes. */
async function storeFor(file: string): Promise<void> {
  const read = readCluster(initText("six-hosts"), file);
  assert(read.ok);
  const secrets = createSecrets(read.cluster);
  const { scope } = read.cluster;
  const stored = await storeSecrets(secretsPath(file), { scope, secrets, replaced: undefined });
  assert(stored.ok);
}

const looking = ["verify", "status"];

for (const verb of looking) {
  test(`Before the first apply, ${verb} says that there is nothing to look at.`, () => {
    const { code, stdout, stderr } = provision(verb, clusterFile("unapplied"));
    const words = "error: there are no secrets of this cluster yet: nothing was applied\n";
    assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: "", stderr: words });
  });

  test(`With secrets of all hosts, ${verb} goes on to them.`, async () => {
    const file = clusterFile(`applied-${verb}`);
    await storeFor(file);
    const { stdout, stderr } = provision(verb, file);
    assert.equal(stderr, "");
    assert.equal(stdout.match(/unreachable/g)?.length, 6);
  });

  test(`A host that was added since the last apply is what ${verb} ends with.`, async () => {
    const added = "\n  test-db4:\n    address: 192.168.1.144\n    roles: [database]\n\n# Your ssh";
    const text = initText("six-hosts").replace("\n\n# Your ssh", added);
    const file = clusterFile(`grown-${verb}`, text);
    await storeFor(file);
    const { code, stdout, stderr } = provision(verb, file);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.match(stderr, /^error: secrets \(.*grown-.*\.secrets\.json\)\n/);
    assert.match(stderr, /no Consul token for test-db4: /);
    assert.match(stderr, /to do: +run apply, .*; or take test-db4 out of .*\.yml\n$/);
  });
}

for (const verb of [...looking, "preflight", "plan", "apply"]) {
  test(`A secrets file that others may read is told once by ${verb}, and no host is asked.`, async () => {
    const file = clusterFile(`open-${verb}`);
    await storeFor(file);
    const before = readFileSync(secretsPath(file), "utf8");
    chmodSync(secretsPath(file), 0o644);
    const { code, stdout, stderr } = provision(verb, file);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    assert.equal(stderr.match(/^error:/gm)?.length, 1, stderr);
    assert.match(stderr, /chmod 600/);
    assert.equal(readFileSync(secretsPath(file), "utf8"), before);
  });
}

test("Without a secrets file preflight goes on: there is none before the first apply.", () => {
  const { code, stdout } = provision("preflight", clusterFile("new"));
  assert.equal(code, 3);
  assert.equal(stdout.match(/unreachable/g)?.length, 6);
});
