/**
 * What each token must be able to do, and one thing beyond that it must not.
 *
 * The second half is what least privilege is for, and what nobody notices when it is lost: a policy
 * that allows too much works as well as one that does not.
 */
import { databaseHosts } from "../cluster/hosts.ts";
import type { World } from "../phases/world.ts";
import { keyPrefix } from "../render/paths.ts";
import { serviceName } from "../render/policies.ts";
import type { Secret } from "../secrets/secrets.ts";
import type { Right, TokenRights } from "./sights.ts";

export type Asked = TokenRights & { readonly secret: Secret };

/** Of nobody, whatever the clusters are called. */
const strange = "vip-agent-verify";

export function tokenRights(world: World): readonly Asked[] {
  const { cluster, secrets } = world;
  const leader = `${keyPrefix(cluster)}leader`;
  const databases = databaseHosts(cluster).map(({ name }) => name);
  const names = cluster.hosts.map(({ name }) => name);
  const agents = names.flatMap((name): readonly Asked[] => {
    const token = secrets.agentTokens.get(name);
    if (token === undefined) return [];
    const others = names.filter((other) => other !== name);
    return [
      {
        token: `of Consul on ${name}`,
        secret: token.secret,
        may: [right("node", "write", name)],
        mayNot: [
          ...others.slice(0, 1).map((other) => right("node", "write", other)),
          right("key", "read", leader),
        ],
      },
    ];
  });
  const service = cluster.patroni.isServiceRegistered
    ? [right("service", "write", serviceName(cluster.scope))]
    : [];
  return [
    ...agents,
    {
      token: "for everybody on the hosts",
      secret: secrets.readingToken.secret,
      may: names.slice(0, 1).map((name) => right("node", "read", name)),
      mayNot: [right("key", "read", leader), right("node", "write", strange)],
    },
    {
      token: "of Patroni",
      secret: secrets.patroniToken.secret,
      may: [
        right("key", "write", leader),
        ...databases.map((name) => right("session", "write", name)),
        ...databases.map((name) => right("agent", "read", name)),
        ...service,
      ],
      mayNot: [
        right("key", "write", `${strange}/leader`),
        right("session", "write", strange),
        right("acl", "read", ""),
      ],
    },
    {
      token: "of vip-agent",
      secret: secrets.vipAgentToken.secret,
      may: [right("key", "read", leader), right("key", "read", `${keyPrefix(cluster)}config`)],
      mayNot: [right("key", "write", leader), right("key", "read", `${strange}/leader`)],
    },
  ];
}

export function rightText({ resource, access, segment }: Right): string {
  return `${access} ${resource}${segment === "" ? "" : ` ${segment}`}`;
}

function right(resource: Right["resource"], access: Right["access"], segment: string): Right {
  return { resource, access, segment };
}
