/**
 * From what was seen around one fault to its figures.
 *
 * All that is lost is counted by when it was asked, so that a late answer is a loss at its question's
 * time and a probe that the machine held up is none. Pure; all times are monotonic milliseconds.
 */
import { lostAfterMs, type Echo, type Outcome, type ProbeCall } from "./probes.ts";

export type HoldChange = {
  readonly atMs: number;
  readonly host: string;
  /** With its prefix: a host can have the VIP twice. */
  readonly address: string;
  readonly kind: "added" | "refreshed" | "deleted";
};

export type Leadership = { readonly atMs: number; readonly host: string };

export type Seen = {
  readonly faultAtMs: number;
  readonly endMs: number;
  readonly echoes: readonly Echo[];
  readonly calls: readonly ProbeCall[];
  readonly changes: readonly HoldChange[];
  /** Whom the key named, from when on; the first entry is older than everything else. */
  readonly leaders: readonly Leadership[];
  /** What the client's open connection heard after the fault. */
  readonly heard: readonly { readonly atMs: number; readonly heard: string }[];
};

/** A duration that may not be over at the end of the observation. */
export type Stretch = { readonly ms: number; readonly isOpen: boolean };

export type Figures = {
  readonly echoes: { readonly asked: number; readonly lost: number };
  readonly calls: {
    readonly asked: number;
    readonly lost: number;
    /** How the lost ones ended; `late` are those that were answered after half a second. */
    readonly endings: Readonly<Partial<Record<Outcome | "late", number>>>;
    /** Answered by a host that the key did not name at any time of the call. */
    readonly wrongHost: number;
    /** The longest that one call took, whatever its end. */
    readonly longestMs: number;
  };
  /** From the first of a row of lost calls to the next one that was answered. */
  readonly outage: Stretch;
  /** Longest time in which more than one host had the VIP. */
  readonly overlap: Stretch;
  /** Longest time in which no host had it. */
  readonly absence: Stretch;
  /** From the fault until the first holder had it no more, for good. Undefined: it still has it. */
  readonly goneMs: number | undefined;
  /** Bindings and removals on all hosts. */
  readonly transitions: number;
  /** Undefined when it heard nothing. */
  readonly connection: { readonly heard: string; readonly afterMs: number } | undefined;
};

export function figuresOf(seen: Seen): Figures {
  const { faultAtMs, endMs, leaders } = seen;
  const calls = seen.calls
    .filter(({ startedAtMs }) => startedAtMs >= faultAtMs && startedAtMs < endMs)
    .toSorted((one, other) => one.startedAtMs - other.startedAtMs);
  const echoes = seen.echoes.filter(({ sentAtMs }) => sentAtMs >= faultAtMs && sentAtMs < endMs);
  const lostCalls = calls.filter(isLost);
  const first = seen.heard.find(({ atMs }) => atMs >= faultAtMs && atMs <= endMs);
  const changes = seen.changes.toSorted((one, other) => one.atMs - other.atMs);
  return {
    echoes: { asked: echoes.length, lost: echoes.filter(isLostEcho).length },
    calls: {
      asked: calls.length,
      lost: lostCalls.length,
      endings: endingsOf(lostCalls),
      wrongHost: calls.filter((call) => isWrong(call, leaders)).length,
      longestMs: Math.max(0, ...calls.map(durationMs)),
    },
    outage: outageOf(calls, endMs),
    overlap: longestCount(changes, seen, (holders) => holders > 1),
    absence: longestCount(changes, seen, (holders) => holders === 0),
    goneMs: goneMsOf(changes, seen),
    transitions: changes.filter(({ atMs, kind }) => {
      return kind !== "refreshed" && atMs >= faultAtMs && atMs <= endMs;
    }).length,
    connection: first && { heard: first.heard, afterMs: first.atMs - faultAtMs },
  };
}

export function isLost(call: ProbeCall): boolean {
  return call.outcome !== "answered" || durationMs(call) > lostAfterMs;
}

export function isLostEcho({ rttMs }: Echo): boolean {
  return rttMs === undefined || rttMs > lostAfterMs;
}

function durationMs({ startedAtMs, endedAtMs }: ProbeCall): number {
  return endedAtMs - startedAtMs;
}

function endingsOf(lost: readonly ProbeCall[]): Figures["calls"]["endings"] {
  const endings: Partial<Record<Outcome | "late", number>> = {};
  for (const { outcome } of lost) {
    const ending = outcome === "answered" ? "late" : outcome;
    endings[ending] = (endings[ending] ?? 0) + 1;
  }
  return endings;
}

function isWrong(call: ProbeCall, leaders: readonly Leadership[]): boolean {
  if (call.outcome !== "answered") return false;
  const first = leaders.findLastIndex(({ atMs }) => atMs <= call.startedAtMs);
  const meanwhile = leaders.slice(first).filter(({ atMs }) => atMs <= call.endedAtMs);
  return !meanwhile.some(({ host }) => host === call.host);
}

function outageOf(calls: readonly ProbeCall[], endMs: number): Stretch {
  let longest: Stretch = { ms: 0, isOpen: false };
  let sinceMs: number | undefined;
  for (const call of calls) {
    if (isLost(call)) sinceMs ??= call.startedAtMs;
    else if (sinceMs !== undefined) {
      longest = longer(longest, { ms: call.startedAtMs - sinceMs, isOpen: false });
      sinceMs = undefined;
    }
  }
  if (sinceMs === undefined) return longest;
  return longer(longest, { ms: endMs - sinceMs, isOpen: true });
}

type Window = Pick<Seen, "faultAtMs" | "endMs">;

/** The longest stretch in which the number of hosts with the VIP is one of those asked for. */
export function longestCount(
  changes: readonly HoldChange[],
  window: Window,
  isMeant: (holders: number) => boolean,
): Stretch {
  let longest: Stretch = { ms: 0, isOpen: false };
  let sinceMs: number | undefined;
  for (const { atMs, holders } of stepsOf(changes, window)) {
    if (isMeant(holders)) sinceMs ??= atMs;
    else if (sinceMs !== undefined) {
      longest = longer(longest, { ms: atMs - sinceMs, isOpen: false });
      sinceMs = undefined;
    }
  }
  if (sinceMs === undefined) return longest;
  return longer(longest, { ms: window.endMs - sinceMs, isOpen: true });
}

/** How many hosts have the VIP at the fault and after each change that follows. */
function stepsOf(changes: readonly HoldChange[], { faultAtMs, endMs }: Window) {
  const held = new Map<string, Set<string>>();
  for (const change of changes.filter(({ atMs }) => atMs <= faultAtMs)) apply(held, change);
  const steps = [{ atMs: faultAtMs, holders: holdersIn(held) }];
  for (const change of changes.filter(({ atMs }) => atMs > faultAtMs && atMs <= endMs)) {
    apply(held, change);
    steps.push({ atMs: change.atMs, holders: holdersIn(held) });
  }
  return steps;
}

function holdersIn(held: ReadonlyMap<string, ReadonlySet<string>>): number {
  return [...held.values()].filter((addresses) => addresses.size > 0).length;
}

function apply(held: Map<string, Set<string>>, { host, address, kind }: HoldChange): void {
  const addresses = held.get(host) ?? new Set();
  if (kind === "deleted") addresses.delete(address);
  else addresses.add(address);
  held.set(host, addresses);
}

function goneMsOf(changes: readonly HoldChange[], { faultAtMs, endMs, leaders }: Seen) {
  const host = leaders[0]?.host;
  const own = changes.filter((change) => change.host === host && change.atMs <= endMs);
  const held = new Map<string, Set<string>>();
  for (const change of own) apply(held, change);
  if (holdersIn(held) > 0) return undefined;
  const last = own.findLast(({ kind }) => kind === "deleted");
  return last === undefined ? undefined : Math.max(0, last.atMs - faultAtMs);
}

export function longer(one: Stretch, other: Stretch): Stretch {
  return other.ms > one.ms ? other : one;
}
