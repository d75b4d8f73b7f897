/**
 * What Consul is asked for verify, over its HTTP interface on the hosts.
 *
 * Nothing is tried that would change anything if it were allowed: rights are asked for by Consul's own
 * question after them (`/v1/internal/acl/authorize`, which its UI asks too), and not by using them.
 */
import * as v from "valibot";

import type { HttpAnswer } from "../../clients/http-channel.ts";
import { type Outcome, done, failed } from "../../outcome.ts";
import type { Host } from "../cluster/cluster.ts";
import { askForwarded } from "../executor/forwarded-http.ts";
import { answeringServer, raftLeaderBy } from "../phases/consul-state.ts";
import type { Ports } from "../phases/ports.ts";
import type { World } from "../phases/world.ts";
import { consulHttpPort, keyPrefix } from "../render/paths.ts";
import type { Secret } from "../secrets/secrets.ts";
import type { ConsulSights, GrantSight, LeaderKey } from "./sights.ts";
import { type Asked, tokenRights } from "./token-rights.ts";

const maxBodyBytes = 4_000_000;

export async function askConsul(world: World, ports: Ports): Promise<ConsulSights> {
  const { cluster, secrets } = world;
  const { secret } = secrets.managementToken;
  const byHost = async <T>(ask: (host: Host) => Promise<Outcome<T>>) => {
    const asked = cluster.hosts.map(async (host) => [host.name, await ask(host)] as const);
    return new Map(await Promise.all(asked));
  };
  const [leaders, anonymous, server] = await Promise.all([
    byHost((host) => raftLeaderBy(ports, host)),
    byHost((host) => anonymousStatus(world, ports, host)),
    answeringServer(world, ports),
  ]);
  if (!server.ok) {
    return { leaders, anonymous, raft: server, members: server, leaderKey: server, grants: [] };
  }
  const { consul, host } = server.value;
  const [raft, members, leaderKey, grants] = await Promise.all([
    consul.raft(secret),
    consul.members(secret),
    readLeaderKey(world, ports, host),
    Promise.all(tokenRights(world).map((asked) => askRights(ports, host, asked))),
  ]);
  return { leaders, anonymous, raft, members, leaderKey, grants };
}

async function anonymousStatus(world: World, ports: Ports, host: Host): Promise<Outcome<number>> {
  const answer = await askForwarded(place(ports, host), { method: "GET", path: leaderPath(world) });
  return answer.ok ? done(answer.value.status) : answer;
}

const entrySchema = v.tuple([
  v.object({ Value: v.nullable(v.string()), Session: v.optional(v.string()) }),
]);

/** By the agent's own token: that it may is a part of the answer. */
async function readLeaderKey(world: World, ports: Ports, host: Host): Promise<Outcome<LeaderKey>> {
  const answer = await askForwarded(place(ports, host), {
    method: "GET",
    path: `${leaderPath(world)}?consistent`,
    headers: withToken(world.secrets.vipAgentToken.secret),
  });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status === 404) return done(undefined);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), entrySchema), body);
  if (status !== 200 || !parsed.success) {
    return failed("refused", `Consul answered ${status}: ${body.trim().slice(0, 200)}`);
  }
  const [{ Value, Session }] = parsed.output;
  const member = Buffer.from(Value ?? "", "base64").toString("utf8");
  return done({ member, hasSession: Session !== undefined && Session !== "" });
}

const rightsSchema = v.array(v.object({ Allow: v.boolean() }));

async function askRights(
  ports: Ports,
  host: Host,
  { secret, token, may, mayNot }: Asked,
): Promise<GrantSight> {
  const rights = [...may, ...mayNot];
  const answer = await askForwarded(place(ports, host), {
    method: "POST",
    path: "/v1/internal/acl/authorize",
    headers: { ...withToken(secret), "Content-Type": "application/json" },
    body: JSON.stringify(
      rights.map(({ resource, access, segment }) => {
        return { Resource: resource, Access: access, Segment: segment };
      }),
    ),
  });
  return {
    token,
    may,
    mayNot,
    allowed: answer.ok ? allowedBy(answer.value, rights.length) : answer,
  };
}

function allowedBy({ status, body }: HttpAnswer, count: number): Outcome<readonly boolean[]> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), rightsSchema), body);
  if (status === 200 && parsed.success && parsed.output.length === count) {
    return done(parsed.output.map(({ Allow }) => Allow));
  }
  return failed("refused", `Consul answered ${status}: ${body.trim().slice(0, 200)}`);
}

function place(ports: Ports, host: Host) {
  const executor = ports.executor(host);
  return { executor, address: "127.0.0.1", port: consulHttpPort, maxBodyBytes };
}

function leaderPath({ cluster }: World): string {
  return `/v1/kv/${encodeURI(keyPrefix(cluster))}leader`;
}

function withToken(secret: Secret): Readonly<Record<string, string>> {
  return { "X-Consul-Token": secret.reveal() };
}
