/**
 * What a run knows: the cluster that is wanted, its secrets, and the hosts as they were met. Only
 * values, and how they are looked up.
 */
import { basename } from "node:path";

import { isError } from "../../complaints.ts";
import type { Cluster, Host } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";
import { type PostgresqlLayout, isObstacle, layoutOf } from "../render/layout.ts";
import type { Parameters } from "../render/patroni.ts";
import { type Packaged, smallestPackaged } from "../render/packaged.ts";
import { tune, valuesOf } from "../render/tune.ts";
import type { HostFact } from "../resources/facts.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { Finding } from "./events.ts";

export type World = {
  readonly cluster: Cluster;
  readonly secrets: Secrets;
  /** By the host's name; every host of the cluster. */
  readonly hosts: ReadonlyMap<string, HostFact>;
  /** By the host's name; every database host. */
  readonly layouts: ReadonlyMap<string, PostgresqlLayout>;
  /** What the package of PostgreSQL has tuned, by the host's name; of others there is nothing. */
  readonly packaged: ReadonlyMap<string, Packaged>;
  /** Of PostgreSQL: computed from the smallest host, and the operator's own. */
  readonly parameters: Parameters;
  readonly agentPackage: AgentPackage;
};

/** What the name of the agent's package file says. */
export type AgentPackage = { readonly version: string };

export type WorldMade = {
  /** Undefined where a finding is an error. */
  readonly world: World | undefined;
  readonly findings: readonly Finding[];
};

/** What is known of the sizes of database hosts beside their memory. */
export type Sizes = {
  readonly packaged: ReadonlyMap<string, Packaged>;
  /** Of the smallest WAL volume; undefined where there are no volumes. */
  readonly walVolumeMb: number | undefined;
};

const unknownSizes: Sizes = { packaged: new Map(), walVolumeMb: undefined };

/** `hosts` has every host of the cluster. */
export function createWorld(
  cluster: Cluster,
  secrets: Secrets,
  hosts: ReadonlyMap<string, HostFact>,
  { packaged, walVolumeMb }: Sizes = unknownSizes,
): WorldMade {
  const findings: Finding[] = [];
  const layouts = new Map<string, PostgresqlLayout>();
  const facts: HostFact[] = [];
  for (const { name } of databaseHosts(cluster)) {
    const fact = hosts.get(name);
    if (fact === undefined) throw new Error(`nothing is known of ${name}`);
    facts.push(fact);
    const layout = layoutOf(fact.os, cluster);
    if (isObstacle(layout)) findings.push(findingOf(layout, "error", name));
    else layouts.set(name, layout);
  }
  const { parameters, warnings } = tune(facts, cluster, {
    walVolumeMb,
    packaged: smallestPackaged([...packaged.values()]),
  });
  findings.push(...warnings.map((warning) => findingOf(warning, "warning")));
  const agentPackage = agentPackageOf(cluster);
  if (agentPackage === undefined) findings.push(unnamedPackage(cluster));
  if (agentPackage === undefined || findings.some(isError)) {
    return { world: undefined, findings };
  }
  const values = valuesOf(parameters);
  return {
    world: { cluster, secrets, hosts, layouts, packaged, parameters: values, agentPackage },
    findings,
  };
}

type Told = { readonly subject: string; readonly finding: string; readonly remedy: string };

function findingOf(told: Told, severity: "error" | "warning", host?: string): Finding {
  const { subject, finding, remedy } = told;
  const where = host === undefined ? {} : { host };
  return { severity, ...where, code: "unfit", finding: `${subject}: ${finding}`, remedy };
}

/** As dpkg and rpm name their files: `vip-agent_0.1.0_amd64.deb`, `vip-agent-0.1.0-1.x86_64.rpm`. */
function agentPackageOf({ agent }: Cluster): AgentPackage | undefined {
  const name = basename(agent.package.from);
  const [, version] = /^vip-agent[_-](\d+\.\d+\.\d+)[^/]*\.(?:deb|rpm)$/.exec(name) ?? [];
  return version === undefined ? undefined : { version };
}

function unnamedPackage({ agent }: Cluster): Finding {
  return {
    severity: "error",
    code: "unfit",
    finding: `vip-agent.package: ${agent.package.from} does not tell its version by its name`,
    remedy: "give the package the name that it was built with: vip-agent_VERSION_ARCHITECTURE.deb",
  };
}

export function layoutFor(world: World, host: Host): PostgresqlLayout {
  const layout = world.layouts.get(host.name);
  if (layout === undefined) throw new Error(`${host.name} has no PostgreSQL layout`);
  return layout;
}
