/**
 * What the Consul of a half-made or finished cluster says to the token of the secrets file.
 *
 * It is asked over HTTP through the executor: the token goes into that connection and nowhere else.
 */
import * as v from "valibot";

import type { HttpAnswer } from "../../clients/http-channel.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Executor } from "../executor/executor.ts";
import { askForwarded } from "../executor/forwarded-http.ts";
import { consulHttpPort, keyPrefix } from "../render/paths.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { ConsulSight } from "./sighted.ts";

const maxBodyBytes = 1_000_000;

const keysSchema = v.pipe(v.string(), v.parseJson(), v.array(v.string()));

/** Undefined: it does not answer. */
export async function askConsul(
  cluster: Cluster,
  executor: Executor,
  { managementToken }: Secrets,
): Promise<ConsulSight | undefined> {
  const place = { executor, address: "127.0.0.1", port: consulHttpPort, maxBodyBytes };
  const headers = { "X-Consul-Token": managementToken.secret.reveal() };
  const ask = (path: string) => askForwarded(place, { method: "GET", path, headers });
  const self = await ask("/v1/acl/token/self");
  if (!self.ok) return undefined;
  const isTokenKnown = knownBy(self.value.status);
  const keys = await ask(`/v1/kv/${encodeURI(keyPrefix(cluster))}?keys=true`);
  return { host: executor.host, isTokenKnown, keys: keys.ok ? keysIn(keys.value) : undefined };
}

/** 500 is a Consul without a leader: it knows nothing then. */
function knownBy(status: number): boolean | undefined {
  if (status === 200) return true;
  return status === 403 ? false : undefined;
}

/** 404: there is none. */
function keysIn({ status, body }: HttpAnswer) {
  if (status === 404) return [];
  const parsed = v.safeParse(keysSchema, status === 200 ? body : undefined);
  return parsed.success ? parsed.output : undefined;
}
