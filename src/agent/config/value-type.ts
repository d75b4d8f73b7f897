/**
 * What kinds of value a setting can have, and how each is named to people.
 *
 * The same words stand in --help, in the reference of docs/configuration.md and behind "expected"
 * in a complaint, so that nobody has to learn that three phrases mean one thing. How text becomes
 * such a value is in values.ts.
 */
import type { IpAddress } from "../../vip/address.ts";

export type ValueType =
  | { readonly kind: "address" }
  /** Where something is served: every address of the host included. */
  | { readonly kind: "listen-address" }
  | { readonly kind: "prefix" }
  | { readonly kind: "interface" }
  | { readonly kind: "key" }
  | { readonly kind: "text" }
  | { readonly kind: "path" }
  | DirectoryType
  | SocketType
  /** A program and its arguments, as they are handed to it: no shell reads them. */
  | { readonly kind: "argv" }
  | { readonly kind: "switch" }
  | { readonly kind: "url" }
  | { readonly kind: "endpoints" }
  | { readonly kind: "vips" }
  | ChoiceType
  | NumberType;

export type DirectoryType = {
  readonly kind: "directory";
  /** The word that stands for no directory; one that has it must begin at the root. */
  readonly off?: string;
};

export type SocketType = {
  readonly kind: "socket";
  /** The word that stands for no socket. */
  readonly off: string;
};

export type ChoiceType = {
  readonly kind: "choice";
  readonly choices: readonly string[];
  /** Values that vip-manager knows and vip-agent does not, each with what to write in its place. */
  readonly unbuilt?: Readonly<Record<string, string>>;
};

export type NumberType = {
  readonly kind: "number";
  readonly unit: "ms" | "s" | "port";
  readonly from: number;
  readonly to: number;
  /** Whether 0, outside of the range, has a meaning of its own. */
  readonly isZeroAllowed: boolean;
};

/** The type of a value once it has been read. */
export type ValueOf<T extends ValueType> = T extends { readonly choices: readonly (infer C)[] }
  ? C
  : T extends { readonly kind: "address" | "listen-address" }
    ? IpAddress
    : T extends { readonly kind: "prefix" | "number" }
      ? number
      : T extends { readonly kind: "switch" }
        ? boolean
        : string;

/**
 * The most VIPs of one agent: each costs a row in every observation, and a list that long is a
 * mistake.
 */
export const maxVips = 32;

/**
 * The most Consul endpoints: they are tried one after the other, so a longer list would never be
 * tried through.
 */
export const maxEndpoints = 16;

/** sizeof(sun_path) is 108, the last of them the closing zero byte. */
export const maxSocketPathBytes = 107;

/** IFNAMSIZ of linux/if.h is 16, the last of them the closing zero byte. */
export const maxInterfaceNameLength = 15;

/**
 * Consul itself allows any length; a key longer than this comes from a mangled file, not from
 * Patroni.
 */
export const maxKeyLength = 512;

/** What a value of this type must be, as a phrase that follows "expected:". */
export function describeValue(type: ValueType): string {
  switch (type.kind) {
    case "address":
      return "an IPv4 or IPv6 address, such as 192.168.1.140";
    case "listen-address":
      return "an address of this host, such as 127.0.0.1; 0.0.0.0 or :: for all of them";
    case "prefix":
      return "a prefix length: 1 to 32 for IPv4, 1 to 128 for IPv6";
    case "interface":
      return `the name of a network interface, at most ${maxInterfaceNameLength} characters`;
    case "key":
      return "a Consul key, such as db/test/leader";
    case "text":
      return "text";
    case "path":
      return "the path of a file";
    case "directory":
      return type.off === undefined
        ? "the path of a directory"
        : `the path of a directory, from the root; or ${type.off}`;
    case "socket":
      return `the path of a socket, from the root; or ${type.off}`;
    case "argv":
      return 'a list of words, the program first, such as ["/usr/local/bin/tell-dns", "add"]';
    case "switch":
      return "true or false";
    case "url":
      return "http://host:port or https://host:port";
    case "endpoints":
      return "http://host:port, https://host:port or unix:///path; several as a list, or by commas";
    case "vips":
      return "a list of mappings with ip, netmask, interface, trigger-key and trigger-value";
    case "choice":
      return type.choices.join(", ");
    case "number":
      return describeNumber(type);
  }
}

const unitNames = { ms: "milliseconds", s: "seconds" } as const;

function describeNumber({ unit, from, to, isZeroAllowed }: NumberType): string {
  const what = unit === "port" ? "a port" : `a whole number of ${unitNames[unit]}`;
  return `${what}, ${isZeroAllowed ? "0 or " : ""}${from} to ${to}`;
}
