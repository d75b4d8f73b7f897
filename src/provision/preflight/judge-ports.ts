/**
 * Whether the ports are free, or taken by who shall have them.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import { type NeededPort, neededPorts } from "./needed-ports.ts";
import { type Sighted, isConsulOurs, isPatroniOurs } from "./sighted.ts";
import type { ListenerSight } from "./survey.ts";

export function portFindings(cluster: Cluster, sighted: Sighted): readonly Finding[] {
  const { host, survey } = sighted;
  const needed = neededPorts(cluster, host);
  const { listeners } = survey.network;
  if (listeners === undefined) {
    const finding = "there is no `ss`, so who listens on its ports was not looked at";
    const remedy = "install iproute2, and run preflight again";
    return [warning({ host, code: "ports-unchecked", finding, remedy })];
  }
  const troubles = needed.flatMap((port) => {
    const stranger = listeners.find((listener) => {
      const isThere = listener.port === port.port && isInTheWay(listener, host);
      return isThere && !isOwn(cluster, sighted, port, listener);
    });
    return stranger === undefined ? [] : [takenFinding(cluster, host, port, stranger)];
  });
  const ports = needed.map(({ port }) => port).join(", ");
  return orFine(troubles, fine(host, "ports", `free, or taken by whom they are for: ${ports}`));
}

/** Of UDP only Consul has some; and who listens at another address of the host is not in the way. */
function isInTheWay({ protocol, address, port }: ListenerSight, host: Host): boolean {
  if (protocol === "udp" && port !== 8301 && port !== 8600) return false;
  return isEverywhere(address) || [host.address, "127.0.0.1", "::1"].includes(address);
}

export function isEverywhere(address: string): boolean {
  return ["*", "0.0.0.0", "::"].includes(address);
}

function isOwn(
  cluster: Cluster,
  sighted: Sighted,
  { unit }: NeededPort,
  listener: ListenerSight,
): boolean {
  if (listener.unit !== unit) return false;
  switch (unit) {
    case "consul.service":
      return isConsulOurs(cluster, sighted);
    case "patroni.service":
      return isPatroniOurs(cluster, sighted);
    case "vip-agent.service":
      return true;
  }
}

function takenFinding(
  cluster: Cluster,
  host: Host,
  { port, what }: NeededPort,
  { protocol, process, unit }: ListenerSight,
): Finding {
  const who = [process, unit === "" ? "" : `(${unit})`].filter((word) => word !== "").join(" ");
  const isMovable = movablePorts(cluster).includes(port);
  const stop = unit === "" ? "stop it" : `stop it: systemctl disable --now ${unit}`;
  return error({
    host,
    code: "port-taken",
    finding: `port ${port}/${protocol}, for ${what}, is taken by ${who || "an unknown program"}`,
    remedy: isMovable ? `${stop}; or choose another port in the cluster file` : stop,
  });
}

function movablePorts({ postgresql, patroni, agent }: Cluster): readonly number[] {
  return [postgresql.port, patroni.restPort, agent.metricsPort];
}
