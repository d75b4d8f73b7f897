/**
 * Whether Consul has one leader and all its voters, refuses who has no right, and lets each token do
 * its own work and nothing more.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { consulServers } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine } from "../preflight/finding.ts";
import type { ConsulSights, GrantSight } from "./sights.ts";
import { rightText } from "./token-rights.ts";

export function consulFindings(cluster: Cluster, sights: ConsulSights): readonly Finding[] {
  return [
    ...leaderFindings(cluster, sights),
    ...raftFindings(cluster, sights),
    ...memberFindings(cluster, sights),
    ...anonymousFindings(cluster, sights),
    ...sights.grants.flatMap(grantFindings),
  ];
}

const journal = "see `journalctl -u consul` there";

/** Each Consul knows it, and all the same one. */
function leaderFindings(cluster: Cluster, { leaders }: ConsulSights): readonly Finding[] {
  const code = "consul-leader";
  const troubles = cluster.hosts.flatMap((host) => {
    const leader = leaders.get(host.name);
    if (leader?.ok === true && leader.value !== "") return [];
    const finding =
      leader?.ok === false
        ? `its Consul gives no answer: ${leader.detail}`
        : "its Consul knows no Raft leader";
    return [error({ host, code, finding, remedy: journal })];
  });
  const known = [...leaders.values()].flatMap((leader) => (leader.ok ? [leader.value] : []));
  const named = new Set(known.filter((address) => address !== ""));
  if (named.size > 1) {
    const finding = `the hosts name different Raft leaders: ${[...named].join(", ")}`;
    const remedy = "wait for the election to end and verify again; if it stays, see the journals";
    return [...troubles, error({ code, finding, remedy })];
  }
  const text = `${[...named][0] ?? "nobody"} leads, and every host knows it`;
  return orFine(troubles, fine(undefined, code, text));
}

function raftFindings(cluster: Cluster, { raft }: ConsulSights): readonly Finding[] {
  const code = "consul-voters";
  if (!raft.ok) {
    const finding = `Consul does not tell its servers: ${raft.detail}`;
    return [error({ code, finding, remedy: "see that a Consul server runs and knows a leader" })];
  }
  const wanted = consulServers(cluster);
  const troubles = wanted.flatMap((host) => {
    const server = raft.value.find(({ name }) => name === host.name);
    if (server?.isVoter === true) return [];
    const finding = server === undefined ? "is no Consul server" : "has no vote among the servers";
    return [error({ host, code, finding, remedy: journal })];
  });
  const strangers = raft.value.filter((server) => wanted.every(({ name }) => name !== server.name));
  troubles.push(
    ...strangers.map(({ name }) =>
      error({
        code,
        finding: `${name} is a Consul server, and not in the cluster file`,
        remedy: `if it is gone for good: consul operator raft remove-peer; else add it to the file`,
      }),
    ),
  );
  const leading = raft.value.filter(({ isLeader }) => isLeader);
  if (leading.length !== 1) {
    const finding = `${leading.length} of the Consul servers lead`;
    const remedy = "see the journals of the servers";
    troubles.push(error({ code, finding, remedy }));
  }
  return orFine(troubles, fine(undefined, code, `${wanted.length} voters, one of them leads`));
}

function memberFindings(cluster: Cluster, { members }: ConsulSights): readonly Finding[] {
  const code = "consul-members";
  if (!members.ok) {
    const finding = `Consul does not tell its members: ${members.detail}`;
    return [error({ code, finding, remedy: "see that a Consul server runs and knows a leader" })];
  }
  const troubles = cluster.hosts.flatMap((host) => {
    const member = members.value.find(({ name }) => name === host.name);
    if (member?.isAlive === true && member.address === host.address) return [];
    const state =
      member === undefined
        ? "is no member of Consul's cluster"
        : member.isAlive
          ? `is a member at ${member.address}, not ${host.address}`
          : "is not alive, as Consul's members see it";
    return [error({ host, code, finding: state, remedy: journal })];
  });
  return orFine(troubles, fine(undefined, code, `${cluster.hosts.length} members are alive`));
}

/** Consul answers 403 to who may not, and 404 where there is nothing to see for who may. */
function anonymousFindings(cluster: Cluster, { anonymous }: ConsulSights): readonly Finding[] {
  const code = "consul-anonymous";
  const troubles = cluster.hosts.flatMap((host) => {
    const status = anonymous.get(host.name);
    // What gives no answer has been said of the leader already.
    if (status?.ok !== true || status.value === 403) return [];
    if (status.value >= 500) {
      const finding = `its Consul answers ${status.value} to a question without a token`;
      return [error({ host, code, finding, remedy: journal })];
    }
    return [
      error({
        host,
        code,
        finding: `the leader key can be read there without a token (HTTP ${status.value})`,
        remedy:
          "set acl.enabled and default_policy: deny in its configuration (apply does), and see " +
          "what the anonymous token may do: consul acl token read -id 00000000-0000-0000-0000-000000000002",
      }),
    ];
  });
  return orFine(troubles, fine(undefined, code, "without a token the leader key is not shown"));
}

function grantFindings({ token, may, mayNot, allowed }: GrantSight): readonly Finding[] {
  const code = "consul-token";
  if (!allowed.ok) {
    const finding = `what the token ${token} may do could not be found out: ${allowed.detail}`;
    const remedy = "run apply, which makes the tokens that are missing";
    return [error({ code, finding, remedy })];
  }
  const lacking = may.filter((_, index) => allowed.value[index] !== true);
  const beyond = mayNot.filter((_, index) => allowed.value[may.length + index] !== false);
  const troubles = [
    ...lacking.map((right) =>
      error({
        code,
        finding: `the token ${token} may not ${rightText(right)}`,
        remedy: "run apply, which mends policies and tokens",
      }),
    ),
    ...beyond.map((right) =>
      error({
        code,
        finding: `the token ${token} may ${rightText(right)}, which is beyond its work`,
        remedy: "run apply; if it stays, somebody has given the token a further policy or role",
      }),
    ),
  ];
  return orFine(troubles, fine(undefined, code, `the token ${token} may do its work, no more`));
}
