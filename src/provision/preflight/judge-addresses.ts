/**
 * Whether each host is the one that the cluster file means, and whether its interface can bear the VIP.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import { isSameSubnet } from "../cluster/subnet.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import type { Sighted } from "./sighted.ts";
import type { InterfaceSight } from "./survey.ts";

export function addressFindings(
  cluster: Cluster,
  sighted: Sighted,
  all: readonly Sighted[],
): readonly Finding[] {
  const { host, survey } = sighted;
  const { interfaces } = survey.network;
  if (interfaces === undefined) {
    const finding = "there is no `ip`, so its addresses and its interface were not looked at";
    const remedy = "install iproute2, and run preflight again";
    return [warning({ host, code: "addresses-unchecked", finding, remedy })];
  }
  const addresses = interfaces.flatMap((one) => one.addresses.map(({ address }) => address));
  const troubles = addresses.includes(host.address) ? [] : [absentFinding(sighted, all, addresses)];
  return [
    ...orFine(troubles, fine(host, "address", `${host.address} is its own`)),
    ...hostnameFindings(sighted, all),
    ...(isDatabase(host) ? interfaceFindings(cluster, sighted, interfaces) : []),
  ];
}

function absentFinding(
  { host, survey }: Sighted,
  all: readonly Sighted[],
  addresses: readonly string[],
): Finding {
  const { bootId, machineId } = survey.system;
  const same = all.find((other) => {
    const { system } = other.survey;
    const isSame = system.bootId === bootId && system.machineId === machineId;
    return other.host !== host && isSame && bootId !== undefined && machineId !== undefined;
  });
  const own = addresses.filter((address) => !address.startsWith("127.") && !address.includes(":"));
  const remedy =
    `see where ssh leads to with ${host.sshHost}; ` +
    "correct address or ssh host of it in the cluster file";
  if (same !== undefined) {
    const finding = `is the same machine as ${same.host.name}: it has ${own.join(", ")}`;
    return error({ host, code: "same-machine", finding, remedy });
  }
  const finding = `the address ${host.address} is on none of its interfaces: it has ${own.join(", ")}`;
  return error({ host, code: "address-absent", finding, remedy });
}

/** Two hosts that call themselves the same are mistaken for each other by who works on them. */
function hostnameFindings({ host, survey }: Sighted, all: readonly Sighted[]): readonly Finding[] {
  const { hostname, bootId } = survey.system;
  const other = all.find((one) => {
    const { system } = one.survey;
    return one.host !== host && system.hostname === hostname && system.bootId !== bootId;
  });
  if (hostname === undefined || other === undefined) return [];
  const finding = `calls itself ${hostname}, and so does ${other.host.name}`;
  const remedy = `give it its own name: hostnamectl set-hostname ${host.name}`;
  return [error({ host, code: "hostname-shared", finding, remedy })];
}

function interfaceFindings(
  { vip }: Cluster,
  { host }: Sighted,
  interfaces: readonly InterfaceSight[],
): readonly Finding[] {
  const name = host.interface;
  const found = interfaces.find((one) => one.name === name || one.otherNames.includes(name));
  if (found === undefined) {
    const names = interfaces.map((one) => one.name).filter((one) => one !== "lo");
    const finding = `there is no interface ${name}; there are ${names.join(", ")}`;
    const remedy = "correct the interface in the cluster file";
    return [error({ host, code: "interface-absent", finding, remedy })];
  }
  const troubles: Finding[] = [];
  if (!found.isUp) {
    const finding = `the interface ${name} is down`;
    const remedy = "bring it up, or name another one in the cluster file";
    troubles.push(error({ host, code: "interface-down", finding, remedy }));
  }
  if (found.isBridge) {
    const finding = `the interface ${name} is a bridge: of containers or virtual machines, as a rule`;
    const remedy = "name the one that leads to the clients, unless this is it";
    troubles.push(warning({ host, code: "interface-bridge", finding, remedy }));
  }
  const isReachable = found.addresses.some(({ address, prefixLength }) => {
    return !address.includes(":") && isSameSubnet(address, vip.address, prefixLength);
  });
  if (!isReachable) {
    const finding = `the VIP ${vip.address} lies in no subnet of ${name}, so neighbours do not ask for it`;
    const remedy = "choose a VIP in the subnet of the interface, or another interface";
    troubles.push(warning({ host, code: "vip-subnet", finding, remedy }));
  }
  return orFine(troubles, fine(host, "interface", `${name} is up, and fits the VIP`));
}
