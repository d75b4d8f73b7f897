/**
 * The network of a host, from what `ip`, `ss`, `getent` and `sshd` print.
 */
import * as v from "valibot";

import { type Lines, asNumber, rowsOf, wordOf, wordsIn } from "./survey-lines.ts";
import type { InterfaceSight, ListenerSight, NetworkSight } from "./survey.ts";

const interfaceSchema = v.object({
  ifname: v.string(),
  altnames: v.optional(v.array(v.string()), []),
  flags: v.optional(v.array(v.string()), []),
  address: v.optional(v.string(), ""),
  linkinfo: v.optional(v.object({ info_kind: v.optional(v.string()) })),
  addr_info: v.optional(v.array(v.unknown()), []),
});

const addressSchema = v.object({
  local: v.string(),
  prefixlen: v.number(),
  valid_life_time: v.optional(v.number()),
});

/** The kernel's word for endless. */
const endlessS = 4_294_967_295;

export function networkSight(lines: Lines): NetworkSight {
  return {
    interfaces: interfacesIn(wordOf(lines, "interfaces")),
    names: new Map(
      rowsOf(lines, "name").map(([name = "", byFile, byAll]) => {
        return [name, { byFile: addressesIn(byFile), byAll: addressesIn(byAll) }];
      }),
    ),
    listeners: lines.has("listeners") ? rowsOf(lines, "listener").flatMap(listenerOf) : undefined,
    isForwarding: forwardingOf(rowsOf(lines, "forwarding")[0]),
  };
}

function addressesIn(text: string | undefined): readonly string[] {
  return [...new Set(wordsIn(text))];
}

/** `ip` leaves an empty object for what a filter has left out. */
export function interfacesIn(json: string | undefined): readonly InterfaceSight[] | undefined {
  const list = v.safeParse(v.pipe(v.string(), v.parseJson(), v.array(v.unknown())), json);
  if (!list.success) return undefined;
  return list.output.flatMap((item) => {
    const parsed = v.safeParse(interfaceSchema, item);
    return parsed.success ? [interfaceOf(parsed.output)] : [];
  });
}

function interfaceOf(link: v.InferOutput<typeof interfaceSchema>): InterfaceSight {
  return {
    name: link.ifname,
    otherNames: link.altnames,
    mac: link.address.toLowerCase(),
    isUp: link.flags.includes("UP") && !link.flags.includes("NO-CARRIER"),
    isBridge: link.linkinfo?.info_kind === "bridge",
    addresses: link.addr_info.flatMap((item) => {
      const parsed = v.safeParse(addressSchema, item);
      if (!parsed.success) return [];
      const { local, prefixlen, valid_life_time: lifetimeS = endlessS } = parsed.output;
      return [{ address: local, prefixLength: prefixlen, isLimited: lifetimeS !== endlessS }];
    }),
  };
}

/** `127.0.0.53%lo:53`, `[::]:22`, `*:8008`. */
function listenerOf(fields: readonly string[]): readonly ListenerSight[] {
  const [protocol, place = "", process = "", unit = ""] = fields;
  const [, address = "", portText] = /^(.*):(\d+)$/.exec(place) ?? [];
  const port = asNumber(portText);
  if ((protocol !== "tcp" && protocol !== "udp") || port === undefined) return [];
  return [
    {
      protocol,
      address: address.replace(/%.*$/, "").replace(/^\[(.*)\]$/, "$1"),
      port,
      process,
      unit,
    },
  ];
}

/** sshd's allowtcpforwarding and disableforwarding; the first can be yes, no, all, local, remote. */
function forwardingOf([allowed, disabled]: readonly string[] = []): boolean | undefined {
  if (allowed === undefined || allowed === "") return undefined;
  return ["yes", "all", "local"].includes(allowed) && disabled !== "yes";
}
