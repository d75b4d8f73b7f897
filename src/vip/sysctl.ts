/**
 * The two kernel settings of an interface that a VIP depends on.
 *
 * `promote_secondaries`: removing an address, or its expiry, takes every other address of the same
 * subnet along that came after it, the host's own included, unless this is 1. It only matters for a
 * VIP with the prefix of the subnet. `ndisc_notify`: with 1 the kernel announces a new IPv6 address
 * to all neighbours by itself.
 *
 * Both are written where they are needed. A container or systemd's ProtectKernelTunables makes them
 * read-only; then the caller hears it in words.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { hostPrefixLength } from "./address.ts";
import type { BoundVip } from "./bind.ts";

/**
 * Makes removing this prefix of the VIP harmless for other addresses. Returns what went wrong, if
 * anything.
 */
export function secureSubnet(vip: BoundVip, prefixLength: number): string | undefined {
  const { family } = vip.address;
  if (family === "ipv6" || prefixLength === hostPrefixLength[family]) return undefined;
  return setToOne(`/proc/sys/net/ipv4/conf/${vip.interface}/promote_secondaries`);
}

/** Lets the kernel announce an IPv6 VIP. Returns what went wrong, if anything. */
export function enableAnnouncements(vip: BoundVip): string | undefined {
  if (vip.address.family === "ipv4") return undefined;
  return setToOne(`/proc/sys/net/ipv6/conf/${vip.interface}/ndisc_notify`);
}

function setToOne(path: string): string | undefined {
  try {
    if (readFileSync(path, "utf8").trim() !== "1") writeFileSync(path, "1");
    return undefined;
  } catch (error) {
    return `${path} must be 1 and could not be set: ${String(error)}`;
  }
}
