/**
 * What the kernel holds on one interface, read from the JSON of `ip address show`.
 *
 * `ip` prints an empty object for each address that a filter left out, and leaves fields out where
 * they have no value; both are skipped. A lifetime of 2³²−1 seconds is the kernel's word for
 * endless.
 */
import * as v from "valibot";
import { type Family, type IpAddress, isSameAddress, parseAddress } from "./address.ts";

export type InterfaceAddress = {
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** Seconds until the kernel removes it. */
  readonly expiresInS: number | "endless";
};

export type InterfaceState =
  | { readonly kind: "absent" }
  | {
      readonly kind: "present";
      /** Administratively up; without it nothing answers for an address here. */
      readonly isUp: boolean;
      /** Up, with a cable or its like: packets come and go. */
      readonly hasCarrier: boolean;
      readonly addresses: readonly InterfaceAddress[];
    };

const endlessS = 4_294_967_295;

const linkSchema = v.object({
  ifname: v.string(),
  altnames: v.optional(v.array(v.string()), []),
  flags: v.array(v.string()),
  addr_info: v.array(
    v.object({
      family: v.optional(v.string()),
      local: v.optional(v.string()),
      prefixlen: v.optional(v.number()),
      valid_life_time: v.optional(v.number()),
    }),
  ),
});

const outputSchema = v.array(v.union([linkSchema, v.strictObject({})]));

/**
 * Reads one line of `ip -json address show dev NAME`; undefined when it is not such a line. The name
 * may be an alternative one: `ip` finds the interface by it, and prints the kernel's own.
 */
export function parseInterface(line: string, interfaceName: string): InterfaceState | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(outputSchema, json);
  if (!parsed.success) return undefined;
  const links = parsed.output.filter((item) => "ifname" in item);
  const link = links.find(({ ifname, altnames }) => [ifname, ...altnames].includes(interfaceName));
  if (link === undefined) return { kind: "absent" };
  const isUp = link.flags.includes("UP");
  return {
    kind: "present",
    isUp,
    hasCarrier: isUp && !link.flags.includes("NO-CARRIER"),
    addresses: link.addr_info.flatMap(interfaceAddress),
  };
}

type AddressInfo = v.InferOutput<typeof linkSchema>["addr_info"][number];

function interfaceAddress(info: AddressInfo): InterfaceAddress[] {
  const address = info.local === undefined ? undefined : parseAddress(info.local);
  if (address === undefined || info.prefixlen === undefined) return [];
  const validS = info.valid_life_time ?? endlessS;
  return [
    {
      address,
      prefixLength: info.prefixlen,
      expiresInS: validS === endlessS ? "endless" : validS,
    },
  ];
}

/** The addresses of the interface that equal this one, whatever their prefix length. */
export function findAddress(
  state: InterfaceState,
  address: IpAddress,
): readonly InterfaceAddress[] {
  if (state.kind === "absent") return [];
  return state.addresses.filter((held) => isSameAddress(held.address, address));
}

/** The host's own addresses of that family: all but the VIP, and no link-local ones. */
export function ownAddresses(
  state: InterfaceState,
  family: Family,
  vip: IpAddress,
): readonly InterfaceAddress[] {
  if (state.kind === "absent") return [];
  return state.addresses.filter(
    ({ address }) =>
      address.family === family &&
      !isSameAddress(address, vip) &&
      !address.text.startsWith("fe80:"),
  );
}
