/**
 * Stores one role more, and again, until it is killed: started by secrets-file.test.ts.
 */
import assert from "node:assert/strict";
import { completeSecrets } from "../../../src/provision/secrets/make-secrets.ts";
import { loadSecrets, storeSecrets } from "../../../src/provision/secrets/secrets-file.ts";
import { clusterOf } from "./sketch.ts";

/** So that it ends when nobody kills it. */
const maxRounds = 2_000;

const [, , path = ""] = process.argv;
const cluster = clusterOf([]);

for (let round = 0; round < maxRounds; round += 1) {
  const read = await loadSecrets(path, "test");
  assert(read.ok && read.secrets !== undefined);
  const { secrets: replaced } = read;
  const name = `role_${replaced.rolePasswords.size}`;
  const { postgresql } = cluster;
  const roles = [{ name, isReplica: false }];
  const wanted = { ...cluster, postgresql: { ...postgresql, roles } };
  const secrets = completeSecrets(replaced, wanted);
  const outcome = await storeSecrets(path, { scope: "test", secrets, replaced });
  assert(outcome.ok);
  if (round === 0) process.stdout.write("stored\n");
}
