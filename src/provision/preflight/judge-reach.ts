/**
 * Whether the hosts reach each other, each from each.
 *
 * While nothing listens yet, a refusal proves that packets come and go. Once something does listen
 * there, a refusal is a firewall's. UDP cannot be looked at without somebody who answers, so a firewall
 * that lets 8301/tcp pass and not 8301/udp is found by nobody before Consul complains.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { isConsulServer } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import { isEverywhere } from "./judge-ports.ts";
import { reachedFrom } from "./needed-ports.ts";
import type { Sighted } from "./sighted.ts";
import type { ReachSight } from "./survey.ts";

export function reachFindings(
  cluster: Cluster,
  sighted: Sighted,
  all: readonly Sighted[],
): readonly Finding[] {
  const { host, survey } = sighted;
  const forwarding = forwardingFindings(sighted);
  const known = reachedFrom(cluster, host).filter(({ to }) => {
    return all.some((other) => other.host.name === to.name);
  });
  if (known.length === 0) return forwarding;
  const reaches = survey.wire?.reaches.filter(({ answer }) => answer !== "unknown") ?? [];
  if (reaches.length === 0) {
    const finding =
      "whether it reaches the others was not looked at: it has no bash and no python3";
    const remedy = "install one of them, or make sure that no firewall is between the hosts";
    return [...forwarding, warning({ host, code: "reach-unchecked", finding, remedy })];
  }
  const blocked = known.flatMap(({ to, port, what }) => {
    const reach = reaches.find((one) => one.to === to.name && one.port === port);
    const other = all.find((one) => one.host.name === to.name);
    const reason = reach && other && obstacleOf(reach, other);
    return reason === undefined ? [] : [{ to: to.name, port, what, reason }];
  });
  const troubles = blocked.map(({ to, port, what, reason }) =>
    error({
      host,
      code: "port-unreachable",
      finding: `does not reach port ${port} of ${to}, for ${what}: ${reason}`,
      remedy: `let ${host.address} through to ${port}/tcp${port === 8301 ? " and udp" : ""} there`,
    }),
  );
  const good = fine(host, "reach", "reaches the other hosts on every port that it needs");
  return [...forwarding, ...orFine(troubles, good)];
}

function obstacleOf({ answer, port }: ReachSight, other: Sighted): string | undefined {
  switch (answer) {
    case "connected":
    case "unknown":
      return undefined;
    case "silent":
      return "no answer";
    case "rejected":
      return "rejected on the way";
    case "refused":
      return isListening(other, port) ? "refused, though it listens there" : undefined;
  }
}

/** One of ours; another has been complained about. */
function isListening({ host, survey }: Sighted, port: number): boolean {
  const listeners = survey.network.listeners ?? [];
  return listeners.some(({ protocol, address, port: own, unit }) => {
    const isOpen = isEverywhere(address) || address === host.address;
    return protocol === "tcp" && own === port && isOpen && ownUnits.includes(unit);
  });
}

const ownUnits = ["consul.service", "patroni.service"];

/** Consul and Patroni are asked through the connection of ssh. */
function forwardingFindings({ host, survey }: Sighted): readonly Finding[] {
  if (survey.network.isForwarding !== false) return [];
  const who = isConsulServer(host) ? "Consul" : "Consul and Patroni";
  return [
    error({
      host,
      code: "forwarding-denied",
      finding: `sshd forwards no connections, so ${who} cannot be asked from here`,
      remedy: "set AllowTcpForwarding local in its sshd_config, for this login at least",
    }),
  ];
}
