/**
 * Whether the VIP is on exactly one host, and that is the host of the leader.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import type { Finding } from "../phases/events.ts";
import { isLeader } from "../phases/patroni-state.ts";
import { error, fine, orFine, warning } from "../preflight/finding.ts";
import type { Sights } from "./sights.ts";

type Bearer = { readonly host: Host; readonly interface: string; readonly isLimited: boolean };

const remedy = "see `vip-agent status` on these hosts";

export function vipFindings(cluster: Cluster, sights: Sights): readonly Finding[] {
  const { address } = cluster.vip;
  const key = keyFindings(sights);
  const bearers = bearersOf(cluster, sights);
  const names = bearers.map(({ host }) => host.name).join(", ");
  if (bearers.length > 1) {
    const finding = `the VIP ${address} is on several hosts: ${names}`;
    return [...key, error({ code: "vip-holders", finding, remedy })];
  }
  const [bearer] = bearers;
  if (bearer === undefined) {
    const isEverySeen = cluster.hosts.every(({ name }) => sights.hosts.get(name)?.ok === true);
    const where = isEverySeen ? "on no host" : "on no host that could be asked";
    const finding = `the VIP ${address} is ${where}`;
    return [...key, error({ code: "vip-holders", finding, remedy })];
  }
  const troubles = [...leaderTroubles(sights, bearer, address), ...placeTroubles(bearer, address)];
  const good = fine(bearer.host, "vip", `has the VIP ${address}, and leads`);
  return [...key, ...orFine(troubles, good)];
}

function bearersOf({ hosts, vip }: Cluster, sights: Sights): readonly Bearer[] {
  return hosts.flatMap((host) => {
    const sight = sights.hosts.get(host.name);
    const interfaces = sight?.ok === true ? (sight.value.interfaces ?? []) : [];
    const found = interfaces.flatMap(({ name, otherNames, addresses }) => {
      const held = addresses.find((one) => one.address === vip.address);
      const isWished = [name, ...otherNames].includes(host.interface);
      const shown = isWished ? host.interface : name;
      return held === undefined ? [] : [{ host, interface: shown, isLimited: held.isLimited }];
    });
    return found.slice(0, 1);
  });
}

function leaderTroubles({ consul, patroni }: Sights, { host }: Bearer, address: string) {
  const key = consul.leaderKey.ok ? consul.leaderKey.value?.member : undefined;
  const leader = patroni.members.ok ? patroni.members.value.find(isLeader)?.name : undefined;
  const named = key ?? leader;
  if (named === undefined || named === host.name) return [];
  const finding = `has the VIP ${address}, and the leader is ${named}`;
  return [error({ host, code: "vip-leader", finding, remedy })];
}

function placeTroubles(bearer: Bearer, address: string): readonly Finding[] {
  const { host, isLimited } = bearer;
  const findings: Finding[] = [];
  if (bearer.interface !== host.interface) {
    const finding = `has the VIP ${address} on ${bearer.interface}, not on ${host.interface}`;
    findings.push(error({ host, code: "vip-interface", finding, remedy }));
  }
  if (!isLimited) {
    const finding = `has the VIP ${address} without an end: no agent has put it there`;
    const mending = `find out who has; then ip address del ${address} dev ${bearer.interface}`;
    findings.push(warning({ host, code: "vip-endless", finding, remedy: mending }));
  }
  return findings;
}

function keyFindings({ consul: { leaderKey } }: Sights): readonly Finding[] {
  const code = "leader-key";
  if (!leaderKey.ok) {
    const finding = `vip-agent's token does not read the leader key: ${leaderKey.detail}`;
    return [error({ code, finding, remedy: "run apply, which mends policies and tokens" })];
  }
  if (leaderKey.value === undefined) {
    const finding = "there is no leader key in Consul";
    return [error({ code, finding, remedy: "see `patronictl list`, and the journals of patroni" })];
  }
  const { member, hasSession } = leaderKey.value;
  if (hasSession) return [fine(undefined, code, `names ${member}`)];
  const finding = `the leader key names ${member}, and no session holds it`;
  const mending = "somebody has written it by hand; Patroni mends it within its ttl";
  return [error({ code, finding, remedy: mending })];
}
