/**
 * Which host of a cluster file this machine is.
 *
 * By its address, and not by a name that somebody types: a name that is mistaken would make one host
 * of what was meant for another.
 */
import type { networkInterfaces } from "node:os";

import type { Host } from "../../provision/cluster/cluster.ts";

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Its name; undefined: none of them. */
export function hostOfThisMachine(
  hosts: readonly Pick<Host, "name" | "address">[],
  interfaces: Interfaces,
): string | undefined {
  const here = Object.values(interfaces).flatMap((addresses = []) =>
    addresses.map(({ address }) => address),
  );
  return hosts.find(({ address }) => here.includes(address))?.name;
}
