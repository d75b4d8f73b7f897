/**
 * The faults that a round may draw, and whom each can hit.
 *
 * A schedule is drawn before anybody knows who leads at that moment, so it names roles; the world
 * finds out who plays them when the fault is injected. So one seed means the same for every daemon.
 */
export const databaseRoles = ["leader", "replica", "other-replica"] as const;
export const serverRoles = ["consul-leader", "consul-follower", "other-consul-follower"] as const;

export type DatabaseRole = (typeof databaseRoles)[number];
export type ServerRole = (typeof serverRoles)[number];
export type Role = DatabaseRole | ServerRole | "client" | "all-consul-servers";

/** What each fault is, for people; the order is that of the report. */
export const faultKinds = {
  "agent-killed": "agent SIGKILLed, started again after half a second",
  "agent-killed-away": "agent SIGKILLed, stays away",
  "agent-frozen": "agent SIGSTOPped for a while",
  "agent-handed-over": "agent restarted by SIGUSR2",
  "agent-stopped": "agent stopped by SIGTERM for a while",
  "keeper-killed": "lock keeper SIGKILLed for a while",
  "keeper-frozen": "lock keeper SIGSTOPped for a while",
  "client-killed": "local Consul client SIGKILLed for a while",
  "client-frozen": "local Consul client SIGSTOPped for a while",
  "server-killed": "Consul server SIGKILLed for a while",
  "server-frozen": "Consul server SIGSTOPped for a while",
  "link-down": "link of a database host down for a while",
  "hosts-cut": "two hosts cut off from each other for a while",
  "token-revoked": "agent's Consul token revoked for a while",
  "vip-removed": "VIP removed by hand on the leader",
  "vip-added": "VIP added by hand on another host",
  switchover: "switchover",
} as const;

export type FaultKind = keyof typeof faultKinds;

export type Fault = {
  readonly kind: FaultKind;
  /** One role, or two for a cut. */
  readonly roles: readonly Role[];
  /** From the beginning of the injection. */
  readonly atMs: number;
  /** How long it lasts; 0 for what is done in a moment. */
  readonly forMs: number;
};

/** Two faults of one round that share such a word would make nonsense of each other. */
export function claimsOf({ kind, roles }: Pick<Fault, "kind" | "roles">): readonly string[] {
  const who = roles.join("/");
  if (kind.startsWith("agent-")) return [`agent of ${who}`, `vip of ${who}`];
  if (kind.startsWith("keeper-")) return [`keeper of ${who}`];
  if (kind.startsWith("client-")) return [`consul of ${who}`];
  if (kind.startsWith("server-")) return [`consul of ${who}`];
  // No bound can hold for an address that is added where no agent is alive (bounds.ts), and roles may
  // have moved on since a switchover: so it stays alone with the agents of a round.
  if (kind === "vip-added") return databaseRoles.flatMap((role) => [`vip of ${role}`]);
  if (kind === "vip-removed") return [`vip of ${who}`];
  if (kind === "switchover") return ["switchover"];
  return [`${kind} ${who}`];
}
