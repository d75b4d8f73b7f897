/**
 * Rules about how many hosts do what.
 */
import type { Complaint } from "../../complaints.ts";
import { type Rule, areRolesKnown, hostsWith, listed, rolesOf } from "./rule.ts";

/**
 * Raft goes on while more than half of its servers can speak to each other. So of four no more may
 * fail than of three, and of two none; and each server beyond five only makes every write wait for
 * one more.
 */
export const consulServersCanVote: Rule = (draft) => {
  if (!areRolesKnown(draft)) return [];
  const count = hostsWith(draft, "consul").length;
  const complaint = {
    ...draft.place("hosts"),
    expected: "3 Consul servers, or 5",
    remedy: "give the role consul to 3 hosts",
  } as const;
  if (count === 0) return [{ severity: "error", ...complaint, wrong: "have no Consul server" }];
  if (count % 2 === 0) {
    const wrong = `have ${count} Consul servers, of which no more may fail than of ${count - 1}`;
    return [{ severity: "error", ...complaint, wrong }];
  }
  if (count === 1) {
    const wrong = "have one Consul server: while it is down, no leader can be elected";
    return [{ severity: "warning", ...complaint, wrong }];
  }
  if (count <= 5) return [];
  const wrong = `have ${count} Consul servers, all of which every write has to wait for`;
  return [{ severity: "warning", ...complaint, wrong }];
};

/** A cluster of one host has a leader and nobody to follow it. */
export const databaseHostsAreThere: Rule = (draft) => {
  if (!areRolesKnown(draft)) return [];
  const count = hostsWith(draft, "database").length;
  if (count > 1) return [];
  const severity = count === 0 ? "error" : "warning";
  const wrong =
    count === 0 ? "have no database" : "have one database host: when it fails, nobody takes over";
  const expected = "2 database hosts or more";
  const remedy = "give the role database to more hosts";
  return [{ severity, ...draft.place("hosts"), wrong, expected, remedy }];
};

/**
 * A Consul server that is cut off is taken out of the quorum by autopilot within seconds, and its
 * node with all sessions with it: with the leader of PostgreSQL on the same host, the leader key is
 * gone long before its ttl. Provisioning tells autopilot not to. What stays is that one host takes
 * a vote and the database along when it fails, and that the load of the one slows down the other.
 */
export const serversShareNoHost: Rule = (draft) => {
  const shared = draft.names("hosts").filter((name) => {
    const roles = rolesOf(draft, name);
    return roles.includes("consul") && roles.includes("database");
  });
  const [first] = shared;
  if (first === undefined) return [];
  const complaint: Complaint = {
    severity: "warning",
    ...draft.subject("hosts.*.roles", first),
    wrong:
      `puts a Consul server beside the database, on ${listed(shared)}: ` +
      "what loads or stops the one harms the other",
    remedy:
      "nothing, where there are but three hosts: autopilot is then told not to remove a server " +
      "that is cut off; else move the servers to hosts of their own",
  };
  return [complaint];
};

/** What is there for a database is lost in silence on a host without one. */
export const databaseKeysAreOnDatabaseHosts: Rule = (draft) => {
  const keys = [
    "hosts.*.interface",
    "hosts.*.disks.data",
    "hosts.*.disks.wal",
    "hosts.*.tags",
  ] as const;
  const others = draft.names("hosts").filter((name) => {
    const roles = rolesOf(draft, name);
    return roles.length > 0 && !roles.includes("database");
  });
  return others.flatMap((name) => {
    const given = keys.filter((key) => draft.isGiven(key, name));
    return given.map((key): Complaint => ({
      severity: "warning",
      ...draft.subject(key, name),
      wrong: `has no effect: ${name} has no database`,
      remedy: "remove it, or give the host the role database",
    }));
  });
};
