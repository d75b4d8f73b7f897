/**
 * Rules about names, addresses and interfaces of the hosts and of the VIP.
 */
import type { Complaint } from "../../complaints.ts";
import type { Draft } from "./draft.ts";
import { type Rule, hostsWith } from "./rule.ts";
import { isEdgeOfSubnet, isSameSubnet } from "./subnet.ts";

/** In /etc/hosts the name of the VIP and that of a host would lead to one of the two at random. */
export const vipHasNameOfItsOwn: Rule = (draft) => {
  const name = draft.value("vip.name");
  if (name === undefined || !draft.names("hosts").includes(name)) return [];
  return [
    {
      severity: "error",
      ...draft.subject("vip.name"),
      wrong: "is the name of a host",
      expected: "a name of its own",
    },
  ];
};

/** Two lines with one address are one host that was copied and not changed. */
export const addressesAreDistinct: Rule = (draft) => {
  const owners = new Map<string, string>();
  return draft.names("hosts").flatMap((host): Complaint[] => {
    const address = draft.value("hosts.*.address", host);
    if (address === undefined) return [];
    const owner = owners.get(address);
    owners.set(address, owner ?? host);
    if (owner === undefined) return [];
    const wrong = `is the address of ${owner} too`;
    return [{ severity: "error", ...draft.subject("hosts.*.address", host), wrong }];
  });
};

/** vip-agent would remove the address by which the host is reached. */
export const vipIsNoHostsAddress: Rule = (draft) => {
  const vip = draft.value("vip.address");
  const host = draft.names("hosts").find((name) => draft.value("hosts.*.address", name) === vip);
  if (vip === undefined || host === undefined) return [];
  return [
    {
      severity: "error",
      ...draft.subject("vip.address"),
      wrong: `is the address of ${host}`,
      expected: "a free address in the network of the database hosts",
    },
  ];
};

/**
 * With another prefix than 32 the VIP brings a route to its whole subnet along. Where the hosts are
 * not in it, that route leads their traffic astray; and the ends of a subnet are nobody's address.
 */
export const vipFitsItsSubnet: Rule = (draft) => {
  const vip = draft.value("vip.address");
  const prefixLength = draft.value("vip.prefix-length");
  if (vip === undefined || prefixLength === undefined || prefixLength === 32) return [];
  if (isEdgeOfSubnet(vip, prefixLength)) {
    const wrong = `is the first or the last address of its network, with a prefix of ${prefixLength}`;
    return [{ severity: "error", ...draft.subject("vip.address"), wrong }];
  }
  return outsiders(draft, vip, prefixLength).map((host) => ({
    severity: "error",
    ...draft.subject("vip.prefix-length"),
    wrong: `makes a network around ${vip} in which ${host} is not`,
    expected: "the network of all database hosts",
    remedy: "write 32, which brings no network along",
  }));
};

function outsiders(draft: Draft, vip: string, prefixLength: number): readonly string[] {
  return hostsWith(draft, "database").filter((host) => {
    const address = draft.value("hosts.*.address", host);
    return address !== undefined && !isSameSubnet(address, vip, prefixLength);
  });
}

/** The VIP lives on the interface; it is not guessed, since the guess of a bridge is a fault at night. */
export const databaseHostsHaveAnInterface: Rule = (draft) => {
  if (draft.isGiven("vip.interface")) return [];
  const without = hostsWith(draft, "database").filter(
    (host) => !draft.isGiven("hosts.*.interface", host),
  );
  if (without.length === 0) return [];
  if (without.length === hostsWith(draft, "database").length) {
    const wrong = "is missing, and no database host has an interface of its own";
    const remedy = "write the interface that carries the hosts' own addresses: ip -brief address";
    return [{ severity: "error", ...draft.subject("vip.interface"), wrong, remedy }];
  }
  return without.map((host) => ({
    severity: "error",
    ...draft.subject("hosts.*.interface", host),
    wrong: "is missing",
    remedy: "write it here, or vip.interface for all hosts",
  }));
};
