/**
 * What must be done so that the kernel holds what the verdict says.
 *
 * A plan is the difference between the verdict and what was last observed, never a reaction to an
 * event: computed twice it says the same, and once it is carried out and observed it is empty. At
 * most one change at a time: the next plan is made from the observation that follows it.
 */
import { isContested, nextProbe } from "./conflict.ts";
import type { Hold, Verdict } from "./judge.ts";
import type { HeldAddress } from "./sightings.ts";
import { nextWakeMs } from "./wake.ts";
import { boundAddress, type World } from "./world.ts";

export type Action =
  | { readonly kind: "observe" }
  | { readonly kind: "bind"; readonly lifetimeS: number }
  | { readonly kind: "refresh"; readonly lifetimeS: number }
  /** Removes these prefix lengths of the VIP, clients being told with resets. */
  | { readonly kind: "release"; readonly prefixLengths: readonly number[] }
  /** Removes a second prefix of the VIP beside ours: the address itself stays. */
  | { readonly kind: "remove-stray"; readonly prefixLength: number }
  | {
      readonly kind: "announce";
      /** The neighbours do not know yet, or have heard another: worth a burst. */
      readonly isFirst: boolean;
    }
  /** Begins to ask the wire whether another host answers for the VIP; the answer comes later. */
  | { readonly kind: "probe"; readonly deadlineMs: number }
  /** Tells the Patroni of this host to look at its DCS now; what it does comes back as sightings. */
  | { readonly kind: "wake" };

export type Plan = {
  readonly action: Action | undefined;
  /** Monotonic time at which a new plan may say more, if nothing is seen before. */
  readonly wakeAtMs: number;
};

/** A refresh that prolongs by less is left out: it would be repeated in a circle. */
const worthwhileMs = 500;

/** With this left, an address that nothing proves is released, so that its clients hear of it. */
const lastCallMs = 500;

/** How old an observation may get. */
const lookEveryMs = 5_000;

/** What failed is tried again after this; sooner would only fill the log. */
const retryAfterMs = 250;

/** Somebody who removes the VIP each time it appears must not drive the agent round in circles. */
const rebindAfterMs = 100;

/**
 * Neighbours are reminded this often while the VIP is held: some gear keeps a stale entry for
 * hours.
 */
const announceEveryMs = 60_000;

export function plan(verdict: Verdict, world: World, nowMs: number): Plan {
  const change = planFor(verdict, world, nowMs);
  const probed = verdict.kind === "hold" ? withProbe(change, world, nowMs) : change;
  const wanted = withLook(withWake(probed, world, nowMs), world, nowMs);
  const retryAtMs = (world.failedAtMs ?? Number.NEGATIVE_INFINITY) + retryAfterMs;
  return wanted.action !== undefined && nowMs < retryAtMs ? idle(retryAtMs) : wanted;
}

/** A probe is the least urgent of all: it only begins when nothing else is to be done. */
function withProbe(wanted: Plan, world: World, nowMs: number): Plan {
  if (wanted.action !== undefined || world.interface.kind !== "present") return wanted;
  const { atMs, deadlineMs } = nextProbe(world, nowMs);
  return nowMs >= atMs
    ? doing({ kind: "probe", deadlineMs })
    : idle(Math.min(wanted.wakeAtMs, atMs));
}

/** The address comes first; a wake-up only begins when nothing is to be done to it. */
function withWake(wanted: Plan, world: World, nowMs: number): Plan {
  if (wanted.action !== undefined || world.isStopping) return wanted;
  const wakeAtMs = nextWakeMs(world, nowMs);
  return nowMs >= wakeAtMs ? doing({ kind: "wake" }) : idle(Math.min(wanted.wakeAtMs, wakeAtMs));
}

/** An event may be lost, so the kernel is looked at now and then, whatever the verdict. */
function withLook(wanted: Plan, world: World, nowMs: number): Plan {
  if (wanted.action !== undefined || world.interface.kind === "unobserved") return wanted;
  const lookAtMs = world.interface.askedAtMs + lookEveryMs;
  if (nowMs >= lookAtMs) return doing({ kind: "observe" });
  return idle(Math.min(wanted.wakeAtMs, lookAtMs));
}

function planFor(verdict: Verdict, world: World, nowMs: number): Plan {
  switch (world.interface.kind) {
    case "unobserved":
      return planUnobserved(verdict, world);
    case "absent":
      return idle(verdict.untilMs);
    case "present":
      return verdict.kind === "hold" ? planHold(verdict, world, nowMs) : planYield(world);
  }
}

/** Where looking has failed, a yield cannot wait for it: clients are told and the VIP is removed. */
function planUnobserved(verdict: Verdict, { rules, failedAtMs }: World): Plan {
  if (verdict.kind === "hold" || failedAtMs === undefined) return doing({ kind: "observe" });
  return doing({ kind: "release", prefixLengths: [rules.prefixLength] });
}

function planYield(world: World): Plan {
  const held = heldAddresses(world);
  if (held.length === 0) return idle(Number.POSITIVE_INFINITY);
  return doing({ kind: "release", prefixLengths: held.map(({ prefixLength }) => prefixLength) });
}

function planHold(verdict: Hold, world: World, nowMs: number): Plan {
  const provenS = Math.floor((verdict.provenUntilMs - nowMs) / 1_000);
  const bound = boundAddress(world);
  if (bound === undefined) {
    if (!verdict.mayBind || provenS < 1) return idle(verdict.untilMs);
    const bindAtMs = (world.bindTriedAtMs ?? Number.NEGATIVE_INFINITY) + rebindAfterMs;
    if (nowMs < bindAtMs) return idle(bindAtMs);
    return doing({ kind: "bind", lifetimeS: Math.min(world.rules.lifetimeS, provenS) });
  }
  if (provenS < 1) return planUnproven(verdict, world, bound, nowMs);
  const stray = heldAddresses(world).find((held) => held !== bound);
  if (stray !== undefined) {
    return doing({ kind: "remove-stray", prefixLength: stray.prefixLength });
  }
  const announcement = announcementDue(verdict, world, nowMs);
  if (announcement !== undefined) return doing(announcement);
  return planRefresh({ verdict, world, bound, provenS, nowMs });
}

/**
 * Nothing is proven now (the start, a stall): what is there is neither prolonged nor taken away,
 * until the kernel is about to take it in silence.
 */
function planUnproven(verdict: Hold, world: World, bound: HeldAddress, nowMs: number): Plan {
  const leftMs = leftMsOf(bound, world, nowMs);
  if (leftMs > lastCallMs) return idle(Math.min(verdict.untilMs, nowMs + leftMs - lastCallMs));
  return doing({ kind: "release", prefixLengths: [bound.prefixLength] });
}

/** How long the kernel keeps the address, in milliseconds; endless ones for ever. */
function leftMsOf(bound: HeldAddress, world: World, nowMs: number): number {
  if (bound.expiresInS === "endless") return Number.POSITIVE_INFINITY;
  return bound.expiresInS * 1_000 - (nowMs - interfaceAskedAtMs(world));
}

type RefreshInput = {
  verdict: Hold;
  world: World;
  bound: HeldAddress;
  provenS: number;
  nowMs: number;
};

/**
 * Refreshes when a third of the lifetime has gone, so that two refreshes may fail before the kernel
 * acts.
 */
function planRefresh({ verdict, world, bound, provenS, nowMs }: RefreshInput): Plan {
  const { lifetimeS, announce } = world.rules;
  // An announcement that falls due while nobody could hear it waits for the link, not for a time.
  const isHeard = announce && world.reachableSinceMs !== undefined;
  const announceAtMs = isHeard ? (world.announcedAtMs ?? nowMs) + announceEveryMs : Infinity;
  const idleUntilMs = Math.min(verdict.untilMs, announceAtMs);
  if (lifetimeS === 0) {
    return bound.expiresInS === "endless"
      ? idle(idleUntilMs)
      : doing({ kind: "refresh", lifetimeS });
  }
  const nextS = Math.min(lifetimeS, provenS);
  if (bound.expiresInS === "endless") return doing({ kind: "refresh", lifetimeS: nextS });
  const leftMs = leftMsOf(bound, world, nowMs);
  // Close to the end of the proof a refresh gains little or would even shorten what is there.
  const refreshBelowMs = Math.min((lifetimeS * 1_000 * 2) / 3, nextS * 1_000 - worthwhileMs);
  const dueInMs = leftMs - refreshBelowMs;
  if (dueInMs >= 1) return idle(Math.min(idleUntilMs, nowMs + dueInMs));
  return doing({ kind: "refresh", lifetimeS: nextS });
}

function announcementDue(verdict: Hold, world: World, nowMs: number): Action | undefined {
  const { reachableSinceMs, announcedAtMs } = world;
  if (!world.rules.announce || reachableSinceMs === undefined) return undefined;
  if (announcedAtMs === undefined || announcedAtMs < reachableSinceMs) {
    return { kind: "announce", isFirst: true };
  }
  if (verdict.reason === "leader" && isContested(world)) return { kind: "announce", isFirst: true };
  return nowMs >= announcedAtMs + announceEveryMs
    ? { kind: "announce", isFirst: false }
    : undefined;
}

function heldAddresses(world: World): readonly HeldAddress[] {
  return world.interface.kind === "present" ? world.interface.held : [];
}

function interfaceAskedAtMs(world: World): number {
  return world.interface.kind === "unobserved" ? 0 : world.interface.askedAtMs;
}

function doing(action: Action): Plan {
  return { action, wakeAtMs: 0 };
}

function idle(wakeAtMs: number): Plan {
  return { action: undefined, wakeAtMs };
}
