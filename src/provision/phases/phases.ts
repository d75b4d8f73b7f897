/**
 * The phases in their order: from names to a VIP that follows the leader.
 */
import { agentHosts, consulServers, databaseHosts } from "../cluster/hosts.ts";
import { hostsBlock } from "../render/names.ts";
import type { Resource } from "../resources/resource.ts";
import { consulAclSteps } from "./acl-steps.ts";
import { databaseSteps } from "./databases.ts";
import { dynamicConfigSteps } from "./dynamic-config.ts";
import { membersGate, patroniGate, quorumGate, vipGate, votersGate } from "./gates.ts";
import { leaderHost } from "./patroni-state.ts";
import type { Phase, Step } from "./phase.ts";
import type { Ports } from "./ports.ts";
import { agentWaves, patroniWaves, serverWaves } from "./waves.ts";
import { agentWishes } from "./wishes/agent.ts";
import { consulWishes } from "./wishes/consul.ts";
import { journalWishes } from "./wishes/journal.ts";
import { environmentWishes, patroniWishes } from "./wishes/patroni.ts";
import { postgresqlWishes, storageWishes } from "./wishes/postgresql.ts";
import type { World } from "./world.ts";
import { type Outcome, done, failed } from "../../outcome.ts";

export const phases: readonly Phase[] = [
  {
    name: "names",
    hosts: ({ cluster }) => cluster.hosts,
    resources: nameWishes,
  },
  {
    name: "journal",
    hosts: ({ cluster }) => cluster.hosts,
    resources: ({ cluster }) => journalWishes(cluster.journal),
  },
  {
    name: "consul-servers",
    hosts: ({ cluster }) => consulServers(cluster),
    resources: consulWishes,
    waves: serverWaves,
    gate: quorumGate,
  },
  {
    name: "consul-acl",
    hosts: () => [],
    resources: () => [],
    steps: consulAclSteps,
    gate: votersGate,
  },
  {
    name: "consul-agents",
    hosts: ({ cluster }) => agentHosts(cluster),
    resources: consulWishes,
    waves: agentWaves,
    gate: membersGate,
  },
  {
    name: "storage",
    hosts: ({ cluster }) => databaseHosts(cluster),
    resources: storageWishes,
  },
  {
    name: "programs",
    hosts: ({ cluster }) => databaseHosts(cluster),
    // Long, and the same for all: so it is done everywhere at once, before anybody has to wait.
    resources: (world, host) => [...postgresqlWishes(world, host), ...environmentWishes(world)],
  },
  {
    name: "patroni",
    // Its parameters follow from the volumes, and from what the package has tuned.
    looksAnew: true,
    hosts: ({ cluster }) => databaseHosts(cluster),
    resources: patroniWishes,
    waves: patroniWaves,
    gate: patroniGate,
  },
  {
    name: "databases",
    hosts: () => [],
    resources: () => [],
    steps: clusterSteps,
  },
  {
    name: "vip-agent",
    hosts: ({ cluster }) => databaseHosts(cluster),
    resources: agentWishes,
    gate: vipGate,
  },
];

function nameWishes({ cluster }: World): readonly Resource[] {
  return [{ kind: "block", path: "/etc/hosts", name: "cluster", lines: hostsBlock(cluster) }];
}

/** `absent`: there is no leader to ask yet. */
async function clusterSteps(world: World, ports: Ports): Promise<Outcome<readonly Step[]>> {
  const leader = await leaderHost(world, ports);
  if (leader === undefined) return failed("absent", "no Patroni leads yet");
  const config = await dynamicConfigSteps(world, ports, leader);
  if (!config.ok) return config;
  const databases = await databaseSteps(world, ports, leader);
  if (!databases.ok) return databases;
  return done([...config.value, ...databases.value]);
}
