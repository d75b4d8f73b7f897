/**
 * `--local`: a host is provisioned from itself, with no ssh at all.
 */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { basename } from "node:path";
import { after, before, describe, it } from "node:test";

import { run } from "../../../lab/command.ts";
import { addressOf } from "../../../lab/network.ts";
import { skipWithoutProvisions, suiteOf } from "./support/capabilities.ts";
import { writeClusterFile } from "./support/cluster-file.ts";
import { ProvisionStage } from "./support/stage.ts";

const SUITE = suiteOf(process.env);
const HOST = "test-db1";
const FOLDER = "/root/control";
const DEADLINE_MS = 400_000;

const skip = await skipWithoutProvisions(SUITE);

describe(`a host that is provisioned from itself, on ${SUITE}`, { skip }, () => {
  let stage: ProvisionStage;

  before(async () => {
    stage = await ProvisionStage.open({ hosts: [HOST], suite: SUITE });
    const { consul, wheels } = stage.provisions;
    const host = { address: addressOf(HOST), roles: ["consul", "database"] };
    const changes = {
      hosts: { [HOST]: host },
      "consul.program": `${FOLDER}/${basename(consul)}`,
      "patroni.wheels": `${FOLDER}/${basename(wheels)}`,
    };
    const file = await writeClusterFile(stage, { layout: "three-hosts", changes });
    const machine = stage.machine(HOST);
    const folder = `${machine.root}${FOLDER}`;
    await mkdir(folder);
    // Its package too, by the path that the file has for it.
    const named = await run(["sed", "-n", "s/^ *package: //p", file]);
    const brought = [`${stage.home}/bin`, consul, wheels, file, named.trim()];
    await run(["cp", "-rL", ...brought, folder], { timeoutMs: 60_000 });
    await run(["sed", "-i", `s|^\\( *package: \\).*/|\\1${FOLDER}/|`, `${folder}/cluster.yml`]);
    await machine.run(["systemctl", "stop", "ssh"]);
  });

  after(async () => stage.close());

  const provision = async (verb: string, ...words: readonly string[]) => {
    // The sandbox's own folder for temporary files is not in there.
    const program = ["env", "--unset=TMPDIR", "HOME=/root", `${FOLDER}/bin/vip-agent`, "provision"];
    const argv = [...program, verb, `${FOLDER}/cluster.yml`, "--json", ...words];
    return await stage.machine(HOST).attempt(argv, { timeoutMs: DEADLINE_MS });
  };

  const steps = (stdout: string) => /"kind":"run-ended".*"steps":(\d+)/u.exec(stdout)?.[1];

  it("becomes a cluster of one, which is verified", async () => {
    const { exitCode, stdout, stderr } = await provision("apply", "--local");
    assert.equal(exitCode, 0, stdout.slice(-4_000) + stderr);
    assert.notEqual(steps(stdout), "0");
    const verified = await provision("verify", "--local");
    assert.equal(verified.exitCode, 0, verified.stdout);
  });

  it("needs nothing a second time", async () => {
    const { exitCode, stdout } = await provision("apply", "--local");
    assert.deepEqual([exitCode, steps(stdout)], [0, "0"]);
  });

  it("is not reached without that word, as nobody listens for ssh", async () => {
    const { exitCode, stdout } = await provision("plan");
    assert.equal(exitCode, 1);
    assert.match(stdout, /unreachable/u);
  });
});
