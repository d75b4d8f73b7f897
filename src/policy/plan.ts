/**
 * What must be done so that the kernel holds what the verdict says.
 *
 * A plan is the difference between the verdict and what was last observed, never a reaction to an
 * event: computed twice it says the same, and once it is carried out and observed it is empty. At
 * most one change at a time: the next plan is made from the observation that follows it.
 */
import type { Hold, Verdict } from "./judge.ts";
import type { HeldAddress } from "./sightings.ts";
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
      /** The neighbours do not know yet: worth a burst. */
      readonly isFirst: boolean;
    };

export type Plan = {
  readonly action: Action | undefined;
  /** Monotonic time at which a new plan may say more, if nothing is seen before. */
  readonly wakeAtMs: number;
};

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
  const wanted = planFor(verdict, world, nowMs);
  const retryAtMs = (world.failedAtMs ?? Number.NEGATIVE_INFINITY) + retryAfterMs;
  return wanted.action !== undefined && nowMs < retryAtMs ? idle(retryAtMs) : wanted;
}

function planFor(verdict: Verdict, world: World, nowMs: number): Plan {
  switch (world.interface.kind) {
    case "unobserved":
      return doing({ kind: "observe" });
    case "absent":
      return idle(verdict.untilMs);
    case "present":
      return verdict.kind === "hold" ? planHold(verdict, world, nowMs) : planYield(world);
  }
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
  // Nothing is proven now (the start, a stall): neither prolong what is there nor take it away.
  if (provenS < 1) return idle(verdict.untilMs);
  const stray = heldAddresses(world).find((held) => held !== bound);
  if (stray !== undefined) {
    return doing({ kind: "remove-stray", prefixLength: stray.prefixLength });
  }
  const announcement = announcementDue(world, nowMs);
  if (announcement !== undefined) return doing(announcement);
  return planRefresh({ verdict, world, bound, provenS, nowMs });
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
  const announceAtMs = announce ? (world.announcedAtMs ?? nowMs) + announceEveryMs : Infinity;
  const idleUntilMs = Math.min(verdict.untilMs, announceAtMs);
  if (lifetimeS === 0) {
    return bound.expiresInS === "endless"
      ? idle(idleUntilMs)
      : doing({ kind: "refresh", lifetimeS });
  }
  const nextS = Math.min(lifetimeS, provenS);
  if (bound.expiresInS === "endless") return doing({ kind: "refresh", lifetimeS: nextS });
  const leftMs = bound.expiresInS * 1_000 - (nowMs - interfaceAskedAtMs(world));
  const dueInMs = leftMs - (lifetimeS * 1_000 * 2) / 3;
  if (dueInMs >= 1) return idle(Math.min(idleUntilMs, nowMs + dueInMs));
  // Close to the end of the proof a refresh would shorten what is there; the kernel keeps it until
  // then.
  if (nextS * 1_000 <= leftMs) return idle(idleUntilMs);
  return doing({ kind: "refresh", lifetimeS: nextS });
}

function announcementDue(world: World, nowMs: number): Action | undefined {
  const { reachableSinceMs, announcedAtMs } = world;
  if (!world.rules.announce || reachableSinceMs === undefined) return undefined;
  if (announcedAtMs === undefined || announcedAtMs < reachableSinceMs) {
    return { kind: "announce", isFirst: true };
  }
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
