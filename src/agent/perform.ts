/**
 * Carries one action out and brings back what was then observed.
 *
 * The order of the steps is the promise of this file. A release stops announcing, raises the guard
 * (from here on nothing is accepted), resets what is connected, and only then removes the address. A
 * bind that follows soon lifts the guard when the address is there, not before: a SYN in between is
 * refused at once, where one that met neither guard nor address would be repeated after a second.
 *
 * The guard and the reset are a courtesy to clients: where one fails or is slow, the release goes on
 * without it, because holding for longer is the worse harm.
 */
import type { Outcome } from "../outcome.ts";
import type { Action } from "../policy/plan.ts";
import type { Sighting } from "../policy/sightings.ts";
import type { Announcer } from "../vip/announce.ts";
import { type BoundVip, bindCommand, releaseCommand } from "../vip/bind.ts";
import type { Guard } from "../vip/guard.ts";
import type { IpAnswer, IpBatch } from "../vip/ip-batch.ts";
import { type InterfaceState, findAddress, ownAddresses } from "../vip/observe.ts";
import type { ConnectionReset } from "../vip/reset.ts";
import { secureSubnet } from "../vip/sysctl.ts";
import type { Clock } from "../clock.ts";
import { interfaceSeen } from "./sources/kernel.ts";

/**
 * What the agent acts with; guard and reset are undefined where they are off or the host has no
 * tool for them.
 */
export type Hands = {
  readonly vip: BoundVip;
  readonly ip: Pick<IpBatch, "run">;
  readonly guard: Pick<Guard, "raise" | "lift"> | undefined;
  readonly reset: Pick<ConnectionReset, "run" | "arm"> | undefined;
  readonly announcer: Pick<Announcer, "know" | "burst" | "once" | "stop">;
  /** Begins a conflict probe; undefined where there is no way to. */
  readonly askWire: ((deadlineMs: number) => void) | undefined;
  /** Tells Patroni to look at its DCS; does not wait for its answer. */
  readonly wakePatroni: (() => void) | undefined;
  readonly clock: Clock;
};

export type Performed = {
  /** To be learned, in this order. */
  readonly sightings: readonly Sighting[];
  /** Steps that did not work, in words. */
  readonly complaints: readonly string[];
};

export async function perform(action: Action, hands: Hands): Promise<Performed> {
  switch (action.kind) {
    case "observe":
      return change(hands, [], () => true);
    case "bind":
      return bind(hands, action.lifetimeS);
    case "refresh":
      return change(hands, [bindCommand(hands.vip, action.lifetimeS)], isBound);
    case "release":
      return release(hands, action.prefixLengths);
    case "remove-stray":
      return removeStray(hands, action.prefixLength);
    case "announce":
      return announce(hands, action.isFirst);
    case "probe":
      return probe(hands, action.deadlineMs);
    case "wake":
      return wake(hands);
  }
}

async function bind(hands: Hands, lifetimeS: number): Promise<Performed> {
  const { vip, guard, clock } = hands;
  const tried: Sighting = { kind: "bind-tried", atMs: clock.nowMs() };
  const unsafe = secureSubnet(vip, vip.prefixLength);
  const bound = await change(hands, [bindCommand(vip, lifetimeS)], isBound);
  const lifted = await guard?.lift(vip.address);
  const withTried = { ...bound, sightings: [tried, ...bound.sightings] };
  return withComplaints(withTried, [unsafe, detailOf(lifted)]);
}

async function release(hands: Hands, prefixLengths: readonly number[]): Promise<Performed> {
  const { vip, guard, reset, announcer } = hands;
  announcer.stop();
  const raised = await guard?.raise(vip.address);
  const ended = await reset?.run(vip.address);
  const unsafe = prefixLengths.map((prefixLength) => secureSubnet(vip, prefixLength));
  const commands = prefixLengths.map((prefixLength) => releaseCommand(vip, prefixLength));
  const released = await change(hands, commands, (state) => !isHeld(state, vip));
  reset?.arm(armAfterMs);
  return withComplaints(released, [detailOf(raised), detailOf(ended), ...unsafe]);
}

async function removeStray(hands: Hands, prefixLength: number): Promise<Performed> {
  const { vip } = hands;
  const unsafe = secureSubnet(vip, prefixLength);
  const command = releaseCommand(vip, prefixLength);
  const removed = await change(hands, [command], (state) => !isHeld(state, vip, prefixLength));
  return withComplaints(removed, [unsafe]);
}

function announce({ announcer, clock }: Hands, isFirst: boolean): Performed {
  if (isFirst) announcer.burst();
  else announcer.once();
  return { sightings: [{ kind: "announced", atMs: clock.nowMs() }], complaints: [] };
}

function probe({ askWire, clock }: Hands, deadlineMs: number): Performed {
  askWire?.(deadlineMs);
  return { sightings: [{ kind: "probe-begun", atMs: clock.nowMs() }], complaints: [] };
}

function wake({ wakePatroni, clock }: Hands): Performed {
  wakePatroni?.();
  return { sightings: [{ kind: "patroni-woken", atMs: clock.nowMs() }], complaints: [] };
}

/** By then the new leader is promoted, and a host has a moment for the next release's `ss`. */
const armAfterMs = 500;

/** A command that has waited for its turn for longer, in a stall for instance, is an old plan. */
const commandAgeMs = 1_000;

type Expectation = (state: InterfaceState, vip: BoundVip) => boolean;

/** Runs the commands and observes; what counts is whether the observation is as expected. */
async function change(
  { vip, ip, announcer, clock }: Hands,
  commands: readonly string[],
  isAsExpected: Expectation,
): Promise<Performed> {
  const askedAtMs = clock.nowMs();
  const isWanted = () => clock.nowMs() - askedAtMs < commandAgeMs;
  const answer: Outcome<IpAnswer> = await ip.run(commands, vip.interface, isWanted);
  const failure: Sighting = { kind: "action-failed", atMs: clock.nowMs() };
  if (!answer.ok) return { sightings: [failure], complaints: [answer.detail] };
  const { state, complaint } = answer.value;
  announcer.know(ownAddresses(state, vip.address.family, vip.address));
  const seen = interfaceSeen(state, vip, askedAtMs);
  if (isAsExpected(state, vip)) return { sightings: [seen], complaints: [] };
  return { sightings: [failure, seen], complaints: [complaint ?? "the kernel did not follow"] };
}

function isBound(state: InterfaceState, vip: BoundVip): boolean {
  return isHeld(state, vip, vip.prefixLength);
}

/** Whether the kernel holds the VIP, with this prefix length or with any. */
function isHeld(state: InterfaceState, { address }: BoundVip, prefixLength?: number): boolean {
  const held = findAddress(state, address);
  if (prefixLength === undefined) return held.length > 0;
  return held.some((one) => one.prefixLength === prefixLength);
}

function detailOf(outcome: Outcome<void> | undefined): string | undefined {
  return outcome === undefined || outcome.ok ? undefined : outcome.detail;
}

function withComplaints(performed: Performed, more: readonly (string | undefined)[]): Performed {
  const added = more.filter((complaint) => complaint !== undefined);
  return { ...performed, complaints: [...performed.complaints, ...added] };
}
