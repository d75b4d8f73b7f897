/**
 * The kernel setting that a VIP with the prefix of the subnet depends on.
 *
 * Removing an address, or its expiry, takes every other address of the same subnet along that came
 * after it, the host's own included, unless `promote_secondaries` of the interface is 1. With a
 * host prefix (/32, /128) that cannot happen.
 *
 * It is set where it is needed. A container or systemd's ProtectKernelTunables makes it read-only;
 * then the caller hears it in words.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { hostPrefixLength } from "./address.ts";
import type { BoundVip } from "./bind.ts";

/** Makes removing this prefix of the VIP harmless for others. Returns what went wrong, if anything. */
export function secureSubnet(vip: BoundVip, prefixLength: number): string | undefined {
  const { family } = vip.address;
  if (family === "ipv6" || prefixLength === hostPrefixLength[family]) return undefined;
  const path = `/proc/sys/net/ipv4/conf/${vip.interface}/promote_secondaries`;
  try {
    if (readFileSync(path, "utf8").trim() !== "1") writeFileSync(path, "1");
    return undefined;
  } catch (error) {
    return `${path} must be 1 and could not be set: ${String(error)}`;
  }
}
