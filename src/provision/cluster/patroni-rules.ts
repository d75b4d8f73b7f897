/**
 * Rules about Patroni's times, its synchronous mode, its members' tags, and its version.
 */
import type { Complaint } from "../../complaints.ts";
import { isOlder } from "./name-kinds.ts";
import { type Rule, areRolesKnown, hostsWith } from "./rule.ts";

/**
 * A leader that cannot reach Consul tries for retry-timeout, in each of two requests, after up to
 * loop-wait; by then its key must still be there. Patroni changes the values where it is not, so
 * that the cluster runs on others than the file says.
 */
export const ttlOutlastsRetries: Rule = (draft) => {
  const ttlS = draft.value("patroni.ttl");
  const loopWaitS = draft.value("patroni.loop-wait");
  const retryTimeoutS = draft.value("patroni.retry-timeout");
  if (ttlS === undefined || loopWaitS === undefined || retryTimeoutS === undefined) return [];
  const neededS = loopWaitS + 2 * retryTimeoutS;
  if (ttlS >= neededS) return [];
  return [
    {
      severity: "error",
      ...draft.subject("patroni.ttl"),
      value: String(ttlS),
      wrong: `is shorter than loop-wait and twice retry-timeout, ${neededS} seconds`,
      remedy: `write ${neededS} or more, or shorten the other two`,
    },
  ];
};

/** What vip-agent takes off its lease, for the release itself and for clocks that drift. */
const leaseMarginS = 4;

/** A lease that an election of Consul outlasts would drop the VIP for nothing. */
const usefulLeaseS = 8;

/**
 * vip-agent trusts one proof of leadership for ttl less loop-wait less its margin: as long as nobody
 * else can have the key.
 */
export const leaseIsLongEnough: Rule = (draft) => {
  const ttlS = draft.value("patroni.ttl");
  const loopWaitS = draft.value("patroni.loop-wait");
  if (ttlS === undefined || loopWaitS === undefined) return [];
  const leaseS = ttlS - loopWaitS - leaseMarginS;
  if (leaseS >= usefulLeaseS) return [];
  return [
    {
      severity: "warning",
      ...draft.subject("patroni.ttl"),
      value: String(ttlS),
      wrong:
        `leaves vip-agent ${Math.max(leaseS, 0)} seconds beside loop-wait: ` +
        "an election of Consul's costs the VIP",
      remedy: `write ${loopWaitS + leaseMarginS + usefulLeaseS} or more, or a shorter loop-wait`,
    },
  ];
};

/**
 * `strict` stops writes while too few replicas are there to confirm. With no more of them than have
 * to confirm, the restart of one replica is an outage of the whole cluster.
 */
export const strictHasReplicasToSpare: Rule = (draft) => {
  const nodes = draft.value("patroni.synchronous-nodes");
  if (draft.value("patroni.synchronous") !== "strict" || !areRolesKnown(draft)) return [];
  const replicas = hostsWith(draft, "database").length - 1;
  const needed = Math.max(2, (nodes ?? 1) + 1);
  if (replicas >= needed) return [];
  return [
    {
      severity: "error",
      ...draft.subject("patroni.synchronous"),
      wrong: `stops all writes when one replica is away: there are ${Math.max(replicas, 0)}`,
      expected: `${needed} replicas, that is ${needed + 1} database hosts`,
      remedy: "write on, which goes on without a replica, or add a database host",
    },
  ];
};

export const confirmingReplicasAreThere: Rule = (draft) => {
  const mode = draft.value("patroni.synchronous");
  const nodes = draft.value("patroni.synchronous-nodes");
  if (mode === undefined || nodes === undefined || !areRolesKnown(draft)) return [];
  const complaint = { severity: "warning", ...draft.subject("patroni.synchronous-nodes") } as const;
  if (mode === "off") {
    if (!draft.isGiven("patroni.synchronous-nodes")) return [];
    const wrong = "has no effect: patroni.synchronous is off";
    return [{ ...complaint, wrong, remedy: "remove it, or write synchronous: on" }];
  }
  const replicas = Math.max(hostsWith(draft, "database").length - 1, 0);
  if (nodes <= replicas || mode === "strict") return [];
  const wrong = `asks for ${nodes} replicas to confirm, and there are ${replicas}`;
  return [{ ...complaint, value: String(nodes), wrong, remedy: "add database hosts" }];
};

/** With nofailover everywhere there is a cluster that can never have a leader. */
export const somebodyMayLead: Rule = (draft) => {
  const hosts = hostsWith(draft, "database");
  const barred = hosts.filter((host) => isBarred(draft.value("hosts.*.tags", host) ?? {}));
  const [first] = barred;
  if (first === undefined || barred.length < hosts.length) return [];
  return [
    {
      severity: "error",
      ...draft.subject("hosts.*.tags", first),
      wrong: "bars the host from leading, and so is every other database host",
      remedy: "take nofailover or failover_priority: 0 from one of them",
    },
  ];
};

function isBarred(tags: Readonly<Record<string, string | number | boolean>>): boolean {
  const { nofailover, failover_priority: priority } = tags;
  return nofailover === undefined ? priority === 0 : nofailover === true;
}

/** Patroni would wait for a member that never comes. */
export const cascadesFollowMembers: Rule = (draft) => {
  const hosts = hostsWith(draft, "database");
  return hosts.flatMap((host): Complaint[] => {
    const source = draft.value("hosts.*.tags", host)?.["replicatefrom"];
    if (source === undefined || (source !== host && hosts.includes(String(source)))) return [];
    const { key, where } = draft.subject("hosts.*.tags", host);
    const about = { key: `${key}.replicatefrom`, where, value: String(source) };
    const wrong = "is no other database host";
    return [{ severity: "error", ...about, wrong, expected: hosts.join(", ") }];
  });
};

/** From here on Patroni speaks to Consul through a client that is still kept. */
const oldestPatroni = "4.0.4";

export const patroniIsNewEnough: Rule = (draft) => {
  const version = draft.value("patroni.version");
  if (version === undefined || !isOlder(version, oldestPatroni)) return [];
  return [
    {
      severity: "error",
      ...draft.subject("patroni.version"),
      wrong: "uses a Consul client that nobody keeps any more",
      expected: `${oldestPatroni} or later`,
    },
  ];
};
