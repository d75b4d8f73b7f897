/**
 * Whom the key named, and when. Pure.
 */
import type { HostName } from "../lab/network.ts";
import type { KeyStep } from "./evidence.ts";
import type { Span } from "./spans.ts";

export function ownerAt(steps: readonly KeyStep[], atMs: number): HostName | undefined {
  return steps.findLast((step) => step.atMs <= atMs)?.host;
}

/**
 * The last moment, not after `atMs`, at which the key named this host: `atMs` itself if it does still,
 * and minus infinity if it never did.
 */
export function lastOwnedMs(steps: readonly KeyStep[], host: HostName, atMs: number): number {
  const past = steps.filter((step) => step.atMs <= atMs);
  const index = past.findLastIndex((step) => step.host === host);
  if (index === -1) return Number.NEGATIVE_INFINITY;
  return past[index + 1]?.atMs ?? atMs;
}

export type Tenure = Span & { readonly host: HostName };

/**
 * The times of each owner, one after the other. Moments without a key between two times of the same
 * owner belong to it: for Patroni it stayed the leader.
 */
export function tenuresOf(steps: readonly KeyStep[], endMs: number): readonly Tenure[] {
  const tenures: Tenure[] = [];
  for (const { atMs, host } of steps) {
    if (host === undefined) continue;
    const last = tenures.at(-1);
    if (last?.host === host) continue;
    if (last !== undefined) tenures[tenures.length - 1] = { ...last, toMs: atMs };
    tenures.push({ host, fromMs: atMs, toMs: endMs });
  }
  return tenures;
}
