/**
 * Which addresses can never be a VIP.
 *
 * The kernel accepts most of them without a word, and neighbours then never answer, or all answer
 * at once. Both look like a network fault on the night of a fail-over, so it is said here, before
 * the agent starts.
 */
import { type IpAddress, addressBits, hostPrefixLength, isSameSubnet } from "../../vip/address.ts";

type Range = { readonly first: IpAddress; readonly prefixLength: number; readonly name: string };

/** IANA's special-purpose registries, RFC 6890; the first range that fits names the address. */
const unfitRanges: readonly Range[] = [
  { first: ipv4("255.255.255.255"), prefixLength: 32, name: "the broadcast address" },
  { first: ipv4("0.0.0.0"), prefixLength: 8, name: "an unspecified address" },
  { first: ipv4("127.0.0.0"), prefixLength: 8, name: "a loopback address" },
  { first: ipv4("224.0.0.0"), prefixLength: 4, name: "a multicast address" },
  { first: ipv4("240.0.0.0"), prefixLength: 4, name: "a reserved address" },
  { first: ipv6("::"), prefixLength: 128, name: "the unspecified address" },
  { first: ipv6("::1"), prefixLength: 128, name: "the loopback address" },
  { first: ipv6("::ffff:0:0"), prefixLength: 96, name: "an IPv4 address in IPv6 clothes" },
  { first: ipv6("ff00::"), prefixLength: 8, name: "a multicast address" },
];

/**
 * What makes the address unfit as a VIP, as in "is a loopback address"; undefined where it is fit.
 */
export function unfitness(address: IpAddress, prefixLength: number): string | undefined {
  const range = unfitRanges.find(({ first, prefixLength: bits }) =>
    isSameSubnet(first, address, bits),
  );
  if (range !== undefined) return range.name;
  return unfitnessInSubnet(address, prefixLength);
}

function unfitnessInSubnet(address: IpAddress, prefixLength: number): string | undefined {
  const hostBits = hostPrefixLength[address.family] - prefixLength;
  // A subnet of one or two addresses has neither: RFC 3021 for /31, RFC 6164 for /127.
  if (hostBits < 2) return undefined;
  const hostMask = (1n << BigInt(hostBits)) - 1n;
  const hostPart = addressBits(address) & hostMask;
  if (hostPart === 0n) return `the address of the network itself, with a prefix of ${prefixLength}`;
  const isBroadcast = address.family === "ipv4" && hostPart === hostMask;
  return isBroadcast
    ? `the broadcast address of its network, with a prefix of ${prefixLength}`
    : undefined;
}

function ipv4(text: string): IpAddress {
  return { family: "ipv4", text };
}

function ipv6(text: string): IpAddress {
  return { family: "ipv6", text };
}
