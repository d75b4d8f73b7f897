/**
 * One word for all that the hosts of a cluster must agree on, so that a host that differs is seen.
 *
 * Not in it is what differs by nature (names, interfaces, endpoints, files, secrets) and what every
 * host may decide for itself (its log, its listener, its hooks).
 */
import { createHash } from "node:crypto";
import type { Settings } from "./settings.ts";

const digits = 12;

export function configHashOf(settings: Settings): string {
  const { vips, source, requireSession, lifetimeS, onDcsLoss, onConflict, leaseMarginMs } =
    settings;
  const { gate, gateDeadlineMs, standbyVip, wake, guard, reset, announce } = settings;
  const shared = [
    vips.map(({ address, prefixLength, key }) => [address.text, prefixLength, key]),
    [source, requireSession, lifetimeS, onDcsLoss, onConflict, leaseMarginMs],
    [gate, gateDeadlineMs, standbyVip, wake, guard, reset, announce],
  ];
  return createHash("sha256").update(JSON.stringify(shared)).digest("hex").slice(0, digits);
}
