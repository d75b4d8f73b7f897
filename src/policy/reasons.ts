/**
 * Why the agent holds or yields: one word each, the same word in the log, in a metric's label and
 * in the tests.
 *
 * The union is closed, so that a dashboard can list every reason before it ever happened, and the
 * compiler names every place that has not thought about a new one.
 */
export const holdReasons = {
  leader: "the key names this member and Consul confirms it",
  "lease-running": "Consul gives no answer, but the last proof still counts",
  "key-missing": "the key is gone, nobody has taken it, and Consul answers",
  probing: "the key names this member; the wire is being asked whether another host answers",
  conflict: "the key names this member, but another host answers for the VIP: the bind waits",
  failsafe: "Consul gives no answer, and Patroni goes on as primary in its failsafe mode",
  paused: "Patroni is paused, and the PostgreSQL of this host runs as primary",
  promoting: "the key names this member; the bind waits until PostgreSQL is a primary",
  verifying: "the process stood still; nothing is touched until Consul has confirmed the key again",
  starting: "nothing is known yet; nothing is touched",
} as const;

export const yieldReasons = {
  "other-leader": "the key names another member",
  "no-leader": "there is no key, and this member did not hold it before",
  "no-session": "the key names this member, but no Consul session locks it",
  demoted: "Patroni says that PostgreSQL has stopped here or is no longer a primary",
  "standby-cluster": "the leader follows another cluster and takes no writes",
  "no-time": "Patroni's timings, less the margin, leave no time in which holding is safe",
  "lease-over": "the last proof is too old and Consul gives no answer",
  "dcs-lost": "Consul gives no answer, and on-dcs-loss says to release then",
  "gap-too-long": "the key stayed away for longer than a fail-over takes",
  "lost-in-gap": "Consul stopped answering while the key was gone",
  "never-seen": "Consul has not answered once since the start",
  stopping: "the agent was told to stop",
} as const;

export type HoldReason = keyof typeof holdReasons;
export type YieldReason = keyof typeof yieldReasons;
export type Reason = HoldReason | YieldReason;

/** The reason in words, for people. */
export function explain(reason: Reason): string {
  return { ...holdReasons, ...yieldReasons }[reason];
}
