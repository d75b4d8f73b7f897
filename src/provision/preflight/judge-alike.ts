/**
 * Whether the database hosts are alike: any of them may lead, with settings that are the same for all.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, warning } from "./finding.ts";
import type { Sighted } from "./sighted.ts";

/** What one kernel and the next reserve differs by less. */
const memoryTolerance = 0.1;

/** Less leaves PostgreSQL no room beside Consul, Patroni and the agent. */
const leastMemoryMb = 900;

export function alikeFindings(_: Cluster, hosts: readonly Sighted[]): readonly Finding[] {
  const databases = hosts.filter(({ host }) => isDatabase(host));
  return [
    ...databases.flatMap(lowMemoryFindings),
    ...memoryFindings(databases),
    ...processorFindings(databases),
    ...architectureFindings(hosts),
  ];
}

function lowMemoryFindings({ host, survey }: Sighted): readonly Finding[] {
  const { memoryMb } = survey.system;
  if (memoryMb === undefined || memoryMb >= leastMemoryMb) return [];
  const finding = `there are ${memoryMb} MB of memory`;
  const remedy = `give it ${leastMemoryMb} MB or more`;
  return [warning({ host, code: "memory-low", finding, remedy })];
}

function memoryFindings(databases: readonly Sighted[]): readonly Finding[] {
  const sizes = sizesOf(databases, ({ survey }) => survey.system.memoryMb);
  const smallest = sizes[0];
  const largest = sizes.at(-1);
  if (smallest === undefined || largest === undefined) return [];
  if (largest.size <= smallest.size * (1 + memoryTolerance)) {
    return [fine(undefined, "memory", `database hosts: ${smallest.size} MB of memory each`)];
  }
  return [
    warning({
      host: smallest.host,
      code: "memory-unequal",
      finding: `has ${smallest.size} MB of memory, ${largest.host.name} ${largest.size} MB`,
      remedy: "make them equal; as they are, all are tuned for the smallest",
    }),
  ];
}

function processorFindings(databases: readonly Sighted[]): readonly Finding[] {
  const sizes = sizesOf(databases, ({ survey }) => survey.system.processors);
  const smallest = sizes[0];
  const largest = sizes.at(-1);
  if (smallest === undefined || largest === undefined) return [];
  if (largest.size === smallest.size) {
    return [fine(undefined, "processors", `database hosts: ${smallest.size} processors each`)];
  }
  return [
    warning({
      host: smallest.host,
      code: "processors-unequal",
      finding: `has ${smallest.size} processors, ${largest.host.name} ${largest.size}`,
      remedy: "make them equal; as they are, all are tuned for the smallest",
    }),
  ];
}

/** Program and package are one file for all hosts. */
function architectureFindings(hosts: readonly Sighted[]): readonly Finding[] {
  const [first, ...others] = hosts;
  const wanted = first?.survey.system.architecture;
  return others.flatMap(({ host, survey }) => {
    const { architecture } = survey.system;
    if (wanted === undefined || architecture === undefined || architecture === wanted) return [];
    return [
      error({
        host,
        code: "architecture-mixed",
        finding: `is ${architecture}, and ${first?.host.name ?? ""} is ${wanted}`,
        remedy: "use hosts of one architecture: Consul and vip-agent come as one file for all",
      }),
    ];
  });
}

function sizesOf(databases: readonly Sighted[], size: (sighted: Sighted) => number | undefined) {
  return databases
    .flatMap((sighted) => {
      const found = size(sighted);
      return found === undefined ? [] : [{ host: sighted.host, size: found }];
    })
    .toSorted((one, other) => one.size - other.size);
}
