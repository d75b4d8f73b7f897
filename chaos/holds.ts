/**
 * From address events and link faults to the times in which a host held the VIP. Pure.
 */
import type { AddressEvent } from "../lab/watch.ts";
import type { HostName } from "../lab/network.ts";
import type { HostSpan } from "./evidence.ts";
import { without, type Span } from "./spans.ts";

/** What a host held by its kernel's events, of which several prefixes of the VIP may be there. */
export function holdsOf(
  host: HostName,
  events: readonly AddressEvent[],
  { endMs, linkDown }: { readonly endMs: number; readonly linkDown: readonly Span[] },
): readonly HostSpan[] {
  const spans: Span[] = [];
  const present = new Set<string>();
  let sinceMs = 0;
  for (const { atMs, kind, address } of events) {
    const wasHeld = present.size > 0;
    if (kind === "deleted") present.delete(address);
    else present.add(address);
    if (!wasHeld && present.size > 0) sinceMs = atMs;
    if (wasHeld && present.size === 0) spans.push({ fromMs: sinceMs, toMs: atMs });
  }
  if (present.size > 0) spans.push({ fromMs: sinceMs, toMs: endMs });
  return spans.flatMap((span) => without(span, linkDown)).map((span) => ({ ...span, host }));
}
