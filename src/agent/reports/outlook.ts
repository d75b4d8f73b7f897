/**
 * What happens next to a VIP, and what somebody should look at: the sentences for three o'clock in
 * the morning.
 *
 * Pure, and with an answer for every reason: the compiler names the one that was forgotten.
 */
import { otherHolder } from "../../policy/conflict.ts";
import type { Verdict } from "../../policy/judge.ts";
import { type Reason, explain } from "../../policy/reasons.ts";
import { type World, boundAddress, isNamed } from "../../policy/world.ts";

type Outlook = {
  /** What follows; `by` is the end of what is proven, in words. */
  readonly next: (by: string, member: string) => string;
  /** Whether it is worth a look even when it is what the policy wants. */
  readonly isWorthALook: boolean;
};

function calm(next: Outlook["next"]): Outlook {
  return { next, isWorthALook: false };
}

function notable(next: Outlook["next"]): Outlook {
  return { next, isWorthALook: true };
}

const whenNamed = (_by: string, member: string) => `bound when the key names ${member}`;

const outlooks: Readonly<Record<Reason, Outlook>> = {
  leader: calm((by) => `stays while Consul confirms the key; without an answer released ${by}`),
  "lease-running": notable((by) => `released ${by} unless Consul answers before`),
  "key-missing": notable(
    (by, member) =>
      `released ${by} unless the key names ${member} again, at once if it names another`,
  ),
  probing: calm(() => "bound when the wire has been asked, within a second"),
  conflict: notable(() => "bound when the other host is silent"),
  failsafe: notable(() => "stays while Patroni says that every member agrees"),
  paused: notable(() => "stays until the pause ends or PostgreSQL stops"),
  promoting: calm((by) => `bound when PostgreSQL is a primary; the proof ends ${by}`),
  verifying: notable(() => "decided with the next answer of Consul, within seconds"),
  starting: calm(() => "decided with the first answer of Consul, within five seconds"),
  "other-leader": calm(whenNamed),
  "no-leader": notable(whenNamed),
  "no-session": notable((_by, member) => `bound when ${member} takes the key with a session`),
  demoted: notable(
    () => "bound when Patroni reports a running primary here, or takes the lock anew",
  ),
  "standby-cluster": calm(() => "bound when the cluster is promoted, or with standby-vip: true"),
  "no-time": notable(() => "bound when Patroni's ttl is raised or lease-margin lowered"),
  "lease-over": notable((_by, member) => `bound when Consul answers and the key names ${member}`),
  "dcs-lost": notable((_by, member) => `bound when Consul answers and the key names ${member}`),
  "gap-too-long": notable(whenNamed),
  "lost-in-gap": notable(whenNamed),
  "never-seen": notable((_by, member) => `bound when Consul answers and the key names ${member}`),
  stopping: calm(() => "the agent ends"),
};

export function nextOf(verdict: Verdict, { rules }: World, nowMs: number): string {
  const provenMs = verdict.kind === "hold" ? verdict.provenUntilMs - nowMs : 0;
  const by = provenMs > 0 ? `in ${Math.ceil(provenMs / 1_000)} s` : "at once";
  return outlooks[verdict.reason].next(by, rules.member);
}

/** A sentence for each thing that is not as it should be. */
export function attentionOf(verdict: Verdict, world: World): readonly string[] {
  return [
    outlooks[verdict.reason].isWorthALook ? explain(verdict.reason) : undefined,
    placeTrouble(verdict, world),
    troubleOf(world),
    conflictOf(world),
    postmasterOf(world),
  ].filter((sentence) => sentence !== undefined);
}

function placeTrouble(verdict: Verdict, world: World): string | undefined {
  const { interface: seen } = world;
  if (seen.kind === "absent") return "the interface does not exist on this host";
  if (seen.kind === "present" && !seen.isUp) return "the interface is down or has no carrier";
  const isHeld = boundAddress(world) !== undefined;
  if (verdict.kind === "yield" && isHeld) return "the VIP is still here, although it is to go";
  const isWaited = verdict.reason !== "leader" && verdict.reason !== "lease-running";
  if (isHeld || isWaited || seen.kind === "unobserved") return undefined;
  return "the VIP is to be here and is not: the log says what hinders it";
}

function troubleOf({ trouble }: World): string | undefined {
  return trouble && `no usable answer about the leader: ${trouble.cause}`;
}

function conflictOf(world: World): string | undefined {
  const holder = otherHolder(world);
  return holder && `${holder} answers for the VIP too: find that host and remove it there`;
}

function postmasterOf(world: World): string | undefined {
  const isLost = world.postmaster.kind === "gone" && isNamed(world);
  return isLost ? "this member leads, and its PostgreSQL has ended" : undefined;
}
