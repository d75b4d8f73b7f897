/**
 * Addresses as bits: which subnet one lies in, and which no host can have.
 */
import { isIPv4 } from "node:net";

/** Undefined where an IPv6 address has an IPv4 one at its end, which no network here needs. */
export function addressBits(address: string): bigint | undefined {
  if (isIPv4(address)) return joined(address.split("."), 8n, "");
  if (address.includes(".")) return undefined;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return joined([...left, ...zeros, ...right], 16n, "0x");
}

function joined(parts: readonly string[], width: bigint, base: "" | "0x"): bigint {
  return parts.reduce((bits, part) => (bits << width) | BigInt(`${base}${part}`), 0n);
}

/** Whether two IPv4 addresses lie in one subnet of that prefix length. */
export function isSameSubnet(address: string, other: string, prefixLength: number): boolean {
  const hostBits = BigInt(32 - prefixLength);
  const [bits, otherBits] = [addressBits(address), addressBits(other)];
  if (bits === undefined || otherBits === undefined) return false;
  return bits >> hostBits === otherBits >> hostBits;
}

/** IANA's special-purpose registry, RFC 6890; the first range that fits names the address. */
const unfitRanges: readonly (readonly [string, number, string])[] = [
  ["255.255.255.255", 32, "the broadcast address"],
  ["0.0.0.0", 8, "an unspecified address"],
  ["127.0.0.0", 8, "a loopback address"],
  ["224.0.0.0", 4, "a multicast address"],
  ["240.0.0.0", 4, "a reserved address"],
];

/** What makes an IPv4 address no host's, as in "is a loopback address". */
export function unfitness(address: string): string | undefined {
  return unfitRanges.find(([first, prefixLength]) =>
    isSameSubnet(first, address, prefixLength),
  )?.[2];
}

/** The network's own address, or its broadcast address; a subnet of one or two has neither. */
export function isEdgeOfSubnet(address: string, prefixLength: number): boolean {
  const bits = addressBits(address);
  if (bits === undefined || prefixLength > 30) return false;
  const size = 1n << BigInt(32 - prefixLength);
  const place = bits % size;
  return place === 0n || place === size - 1n;
}

/** Whether nothing is set beyond the prefix: 10.0.0.0/8 is a network, 10.0.0.1/8 is not. */
export function isNetwork(address: string, prefixLength: number): boolean {
  const bits = addressBits(address);
  if (bits === undefined) return false;
  return bits % (1n << BigInt((isIPv4(address) ? 32 : 128) - prefixLength)) === 0n;
}
