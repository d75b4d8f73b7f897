/**
 * The three changes of an address: bind, refresh, release. One file owns them all.
 *
 * Both lifetimes are always given: `replace` without them would make the address endless again, and
 * the kernel refuses a finite valid lifetime with an endless preferred one. The preferred lifetime
 * is 0, so that an IPv6 host does not choose the VIP as the source of its own connections (IPv4
 * ignores it; there the /32 does the same). IPv6 comes with `nodad`: without it the address is
 * unusable for two seconds while the kernel looks for a duplicate.
 */
import type { IpAddress } from "./address.ts";
import { assertInterfaceName } from "./interface-name.ts";

/** The VIP on its interface: what every module of this folder works on. */
export type BoundVip = {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** The network interface that carries it, e.g. eth0. */
  readonly interface: string;
};

/**
 * The `ip` command that binds the VIP, or prolongs it where it is bound; lifetime in seconds, 0 for
 * endless.
 */
export function bindCommand(vip: BoundVip, lifetimeS: number): string {
  const lifetime =
    lifetimeS === 0
      ? "valid_lft forever preferred_lft 0"
      : `valid_lft ${lifetimeS} preferred_lft 0`;
  const nodad = vip.address.family === "ipv6" ? " nodad" : "";
  return `address replace ${place(vip, vip.prefixLength)} ${lifetime}${nodad}`;
}

/** Whether a line of `ip monitor` says no more than that this has just been done. */
export function tellsOfBind(line: string, vip: BoundVip, lifetimeS: number): boolean {
  if (line.startsWith("Deleted")) return false;
  const lifetime = lifetimeS === 0 ? "forever" : `${lifetimeS}sec`;
  const address = ` ${vip.address.text}/${vip.prefixLength} `;
  const parts = [` ${vip.interface} `, address, ` valid_lft ${lifetime} `];
  return parts.every((part) => line.includes(part));
}

/** The `ip` command that removes the VIP with this prefix length. */
export function releaseCommand(vip: BoundVip, prefixLength: number): string {
  return `address delete ${place(vip, prefixLength)}`;
}

function place({ address, interface: name }: BoundVip, prefixLength: number): string {
  assertInterfaceName(name);
  return `${address.text}/${prefixLength} dev ${name}`;
}
