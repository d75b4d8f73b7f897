/**
 * An IP address as a value.
 *
 * The same address has many spellings (2001:db8::140 and 2001:DB8:0::0140), and one spelling can be
 * a part of another (27.0.0.1/8 inside 127.0.0.1/8). Comparing text has cost other tools their VIP,
 * so text is turned into its canonical form here, once, at the border, and only canonical forms are
 * compared.
 */
import { SocketAddress, isIP } from "node:net";

export type Family = "ipv4" | "ipv6";

export type IpAddress = {
  readonly family: Family;
  /** Canonical text: what the kernel itself would print. */
  readonly text: string;
};

/** Bits of a host address: the prefix length of a VIP that brings no subnet along. */
export const hostPrefixLength: Record<Family, number> = { ipv4: 32, ipv6: 128 };

/**
 * Turns text into an address, or into undefined where it is none. Zone ids and ports are not
 * addresses.
 */
export function parseAddress(text: string): IpAddress | undefined {
  const version = isIP(text);
  if (version === 0 || text.includes("%")) return undefined;
  const family = version === 4 ? "ipv4" : "ipv6";
  return { family, text: new SocketAddress({ address: text, family }).address };
}

export function isSameAddress(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.text === b.text;
}

/** The address as bits, for subnet arithmetic. */
export function addressBits(address: IpAddress): bigint {
  return address.family === "ipv4" ? ipv4Bits(address.text) : ipv6Bits(address.text);
}

/** Whether both lie in one subnet of that prefix length. */
export function isSameSubnet(a: IpAddress, b: IpAddress, prefixLength: number): boolean {
  if (a.family !== b.family) return false;
  const hostBits = BigInt(hostPrefixLength[a.family] - prefixLength);
  return addressBits(a) >> hostBits === addressBits(b) >> hostBits;
}

function ipv4Bits(text: string): bigint {
  return text.split(".").reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);
}

function ipv6Bits(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const hextets = dotted === null ? text : `${dotted[1]}${asHextets(ipv4Bits(dotted[2] ?? ""))}`;
  const [head = "", tail] = hextets.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].reduce(
    (bits, part) => (bits << 16n) | BigInt(`0x${part}`),
    0n,
  );
}

function asHextets(bits: bigint): string {
  return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
}
