/**
 * Kinds of value that are about the network: addresses, networks, and where something is fetched.
 */
import { isIPv4, isIPv6 } from "node:net";
import { isNetwork, unfitness } from "./subnet.ts";
import { type Kind, type ValueRead, fit, scalar, unfit } from "./value-kind.ts";

/** Literal: a name or a template may come out as another address once the VIP is on the host. */
export const ipv4: Kind<string> = scalar({
  expected: "an IPv4 address, such as 192.168.1.140",
  schema: { type: "string", format: "ipv4" },
  read: (text) => {
    if (!isIPv4(text)) return unfit(...notIpv4(text));
    const problem = unfitness(text);
    return problem === undefined ? fit(text) : unfit(`is ${problem}`);
  },
});

function notIpv4(text: string): [wrong: string, remedy?: string] {
  const [host = "", prefix] = text.split("/");
  if (isIPv4(host) && prefix !== undefined) return ["has a prefix length", `write ${host}`];
  if (isIPv6(text)) return ["is an IPv6 address, which is not built yet"];
  return ["is no IPv4 address"];
}

/**
 * Half of the world is the world: a network wider than these is no network of clients. 10.0.0.0/8
 * is the widest that anybody has.
 */
const widestPrefixLength = { ipv4: 8, ipv6: 16 } as const;

const nameNetworks =
  "name the networks that clients are in, such as 192.168.1.0/24; a host alone is 192.168.1.17/32";

export const network: Kind<string> = scalar({
  expected: "a network such as 192.168.1.0/24 or 2001:db8:1::/64",
  schema: { type: "string", pattern: "^[0-9a-fA-F:.]+/\\d{1,3}$" },
  read: readNetwork,
});

function readNetwork(text: string): ValueRead<string> {
  const [address = "", length, ...more] = text.split("/");
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  const hostLength = family === "ipv4" ? 32 : 128;
  if (family === "ipv6" && (!isIPv6(address) || /[.%]/.test(address))) {
    return unfit("is no network", nameNetworks);
  }
  if (length === undefined) return unfit("has no prefix length", `write ${address}/${hostLength}`);
  if (more.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > hostLength) {
    return unfit("has a prefix length that there is none of", nameNetworks);
  }
  const prefixLength = Number(length);
  if (prefixLength === 0) return unfit("is the whole world", nameNetworks);
  if (prefixLength < widestPrefixLength[family]) {
    return unfit("is as good as the whole world", nameNetworks);
  }
  if (isNetwork(address, prefixLength)) return fit(text);
  return unfit(
    "has bits set beyond its prefix, so that it is not clear which part is meant",
    `write the network's first address, or ${address}/${hostLength} for this host alone`,
  );
}

/** A folder or file here, as it is written: relative ones count from the cluster file's folder. */
export const localPath: Kind<string> = scalar({
  expected: "a path; a relative one counts from the folder of the cluster file",
  schema: { type: "string" },
  read: readLocalPath,
});

function readLocalPath(text: string): ValueRead<string> {
  if (/^~(\/|$)/.test(text)) {
    return unfit("begins with ~, which only a shell knows", "write the path from the root");
  }
  return fit(text);
}

/** Where a program or a package comes from. */
export const source: Kind<string> = scalar({
  expected: "the path of a file, or an https address",
  schema: { type: "string", pattern: "^(https://\\S+|(?![a-zA-Z][a-zA-Z0-9+.-]*://).+)$" },
  read: (text) => {
    const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
    return scheme === undefined ? readLocalPath(text) : readAddress(text, scheme);
  },
});

export function isAddress(from: string): boolean {
  return from.startsWith("https://");
}

function readAddress(text: string, scheme: string): ValueRead<string> {
  const remedy = "write an https address, or fetch the file yourself and write its path";
  if (scheme === "http") return unfit("is fetched in clear, so anybody may change it", remedy);
  if (scheme !== "https") return unfit(`has the scheme ${scheme}`, remedy);
  const parsed = URL.parse(text);
  if (parsed === null || /\s/.test(text)) return unfit("is no address", remedy);
  if (parsed.username !== "" || parsed.password !== "") {
    return unfit(
      "has a login in it, and nothing secret belongs into a cluster file",
      "fetch the file yourself and write its path",
    );
  }
  return fit(parsed.href);
}

/** Lower case, as sha256sum prints it. */
export const sha256: Kind<string> = scalar({
  expected: "64 hexadecimal digits, as sha256sum prints them",
  schema: { type: "string", pattern: "^[0-9a-fA-F]{64}$" },
  read: (text) => {
    if (/^[0-9a-fA-F]{64}$/.test(text)) return fit(text.toLowerCase());
    const wrong = /^[0-9a-fA-F]+$/.test(text)
      ? `has ${text.length} digits`
      : "is not hexadecimal digits alone";
    return unfit(wrong);
  },
});
