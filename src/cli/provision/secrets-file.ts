/**
 * The secrets of the cluster of a command line: read, made where they are missing, stored before use.
 */
import { type Complaint, complaintsText } from "../../complaints.ts";
import { type Outcome, done } from "../../outcome.ts";
import type { Cluster } from "../../provision/cluster/cluster.ts";
import { completeSecrets, createSecrets } from "../../provision/secrets/make-secrets.ts";
import { loadSecrets, secretsPath, storeSecrets } from "../../provision/secrets/secrets-file.ts";
import type { Secrets } from "../../provision/secrets/secrets.ts";

export type Kept = {
  /** What is stored; undefined: nothing yet. */
  readonly stored: Secrets | undefined;
  /** The same with all that the cluster needs. */
  readonly complete: Secrets;
};

/** As they would be: what is not stored yet is made and forgotten. Undefined: a complaint was said. */
export async function readSecrets(file: string, cluster: Cluster): Promise<Secrets | undefined> {
  return (await keptSecrets(file, cluster))?.complete;
}

/** Those that `apply` has stored for all hosts of the file. Undefined: it was said why there are none. */
export async function appliedSecrets(file: string, cluster: Cluster): Promise<Secrets | undefined> {
  const kept = await keptSecrets(file, cluster);
  if (kept === undefined) return undefined;
  const { stored } = kept;
  if (stored === undefined) {
    process.stderr.write("error: there are no secrets of this cluster yet: nothing was applied\n");
    return undefined;
  }
  const missing = cluster.hosts
    .map(({ name }) => name)
    .filter((name) => !stored.agentTokens.has(name));
  if (missing.length === 0) return stored;
  const names = missing.join(", ");
  const complaint: Complaint = {
    severity: "error",
    key: "secrets",
    where: { kind: "file", file: secretsPath(file) },
    wrong: `have no Consul token for ${names}: nothing was applied since the cluster file has more hosts`,
    remedy: `run apply, which makes what is missing; or take ${names} out of ${file}`,
  };
  process.stderr.write(complaintsText([complaint]));
  return undefined;
}

/** All that the cluster needs is on the disk when this has answered. */
export async function storeKept(
  file: string,
  { scope }: Cluster,
  { stored, complete }: Kept,
): Promise<Outcome<void>> {
  if (complete === stored) return done(undefined);
  return storeSecrets(secretsPath(file), { scope, secrets: complete, replaced: stored });
}

/** Undefined: a complaint was said. */
export async function keptSecrets(file: string, cluster: Cluster): Promise<Kept | undefined> {
  const read = await loadSecrets(secretsPath(file), cluster.scope);
  if (!read.ok) {
    process.stderr.write(complaintsText([read.complaint]));
    return undefined;
  }
  const { secrets: stored } = read;
  const complete = stored === undefined ? createSecrets(cluster) : completeSecrets(stored, cluster);
  return { stored, complete };
}
