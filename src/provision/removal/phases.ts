/**
 * The phases of a removal, in their order: from the VIP back to names, and data last, if at all.
 *
 * The agents go first, and the VIP with them. Then Patroni, on replicas before the leader: a leader that
 * is stopped last hands over to nobody, and has everything. Consul's servers go after all that ask
 * them.
 */
import type { Host } from "../cluster/cluster.ts";
import { agentHosts, consulServers, databaseHosts } from "../cluster/hosts.ts";
import type { Gate, Phase } from "../phases/phase.ts";
import { vipHolders } from "../phases/vip-state.ts";
import { stoppingWaves } from "../phases/waves.ts";
import type { World } from "../phases/world.ts";
import { hostsBlock } from "../render/names.ts";
import type { Resource } from "../resources/resource.ts";
import { lookAtHost } from "./look.ts";
import type { RemovalWish } from "./thing.ts";
import {
  type Comparison,
  agentRest,
  consulRemoval,
  dataRemoval,
  journalRemoval,
  patroniRemoval,
  programsRemoval,
} from "./wishes.ts";
import { undo } from "./undo.ts";

export type Removal = Comparison & { readonly isWithData: boolean };

export function removalPhases({ isWithData, ...how }: Removal): readonly Phase[] {
  type Wishes = (world: World, host: Host, how: Comparison) => readonly RemovalWish[];
  const told = (wishes: Wishes) => (world: World, host: Host) => wishes(world, host, how);
  const data: Phase = {
    name: "storage",
    hosts: ({ cluster }) => cluster.hosts,
    resources: dataRemoval,
  };
  return [
    {
      name: "vip-agent",
      hosts: ({ cluster }) => databaseHosts(cluster),
      resources: told(agentRest),
      gate: noVipGate,
    },
    {
      name: "patroni",
      hosts: ({ cluster }) => databaseHosts(cluster),
      resources: told(patroniRemoval),
      waves: stoppingWaves,
      gate: noPostgresqlGate,
    },
    {
      name: "programs",
      hosts: ({ cluster }) => databaseHosts(cluster),
      resources: told(programsRemoval),
    },
    {
      name: "consul-agents",
      hosts: ({ cluster }) => agentHosts(cluster),
      resources: told(consulRemoval),
    },
    {
      name: "consul-servers",
      hosts: ({ cluster }) => consulServers(cluster),
      resources: told(consulRemoval),
    },
    {
      name: "journal",
      hosts: ({ cluster }) => cluster.hosts,
      resources: (world) => journalRemoval(world, how),
    },
    { name: "names", hosts: ({ cluster }) => cluster.hosts, resources: namesRemoval },
    ...(isWithData ? [data] : []),
  ];
}

function namesRemoval({ cluster }: World): readonly Resource[] {
  const block = { kind: "block", path: "/etc/hosts", name: "cluster" } as const;
  return undo([{ ...block, lines: hostsBlock(cluster) }], { ownFolders: [], isComparable: true });
}

const noVipGate: Gate = {
  what: "the VIP to be gone from every host",
  deadlineMs: 30_000,
  unit: "vip-agent.service",
  look: async (world, ports) => {
    const holders = (await vipHolders(world, ports)).map(({ name }) => name);
    const { address } = world.cluster.vip;
    return holders.length === 0
      ? { isOpen: true, detail: `${address} is on no host` }
      : { isOpen: false, detail: `${address} is on ${holders.join(", ")}` };
  },
};

const noPostgresqlGate: Gate = {
  what: "PostgreSQL to have stopped",
  // A host that could not be asked at once may be the next moment; stopped it was by systemctl.
  deadlineMs: 30_000,
  unit: "patroni.service",
  look: async ({ cluster }, ports, hosts) => {
    const sights = await Promise.all(
      hosts.map(async (host) => {
        const sight = await lookAtHost(cluster, host, ports.executor(host));
        if (!sight.ok) return [`${host.name}: ${sight.detail}`];
        return sight.value.postgresql.length > 0 ? [`it still runs on ${host.name}`] : [];
      }),
    );
    const troubles = sights.flat();
    return troubles.length === 0
      ? { isOpen: true, detail: "no PostgreSQL of this cluster runs" }
      : { isOpen: false, detail: troubles.join("; ") };
  },
};
