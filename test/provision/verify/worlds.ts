/**
 * Worlds and ways to hosts for tests of verify.
 */
import { type Outcome, done, failed } from "../../../src/outcome.ts";
import type { Cluster } from "../../../src/provision/cluster/cluster.ts";
import { databaseHosts } from "../../../src/provision/cluster/hosts.ts";
import type {
  CommandResult,
  Executor,
  ExecutorCode,
} from "../../../src/provision/executor/executor.ts";
import type { World } from "../../../src/provision/phases/world.ts";
import { isObstacle, layoutOf } from "../../../src/provision/render/layout.ts";
import { debian12, hostFact, secretsFor } from "../support/clusters.ts";

export function worldOf(cluster: Cluster): World {
  const layout = layoutOf(debian12, cluster);
  if (isObstacle(layout)) throw new Error(layout.finding);
  return {
    cluster,
    secrets: secretsFor(cluster),
    hosts: new Map(cluster.hosts.map(({ name }) => [name, hostFact()])),
    layouts: new Map(databaseHosts(cluster).map(({ name }) => [name, layout])),
    packaged: new Map(),
    parameters: { max_connections: 100 },
    agentPackage: { version: "0.1.0" },
  };
}

export type Question = { readonly argv: readonly string[]; readonly stdin: string };

export type Answers = {
  readonly ask?: (question: Question) => Outcome<CommandResult, ExecutorCode>;
  readonly forward?: (address: string, port: number) => Outcome<string, ExecutorCode>;
};

/** Answers what it is told to, and fails whatever would change a host. */
export function askedExecutor(host: string, answers: Answers = {}): Executor {
  const nothing = failed("failed", "not in this test");
  const never = (): never => {
    throw new Error("this changes a host");
  };
  return {
    host,
    probe: async () => nothing,
    perform: never,
    ask: async (argv, { stdin = "" } = {}) => answers.ask?.({ argv, stdin }) ?? nothing,
    forward: async (address, port) => answers.forward?.(address, port) ?? nothing,
    lock: never,
    unlock: never,
    close: async () => undefined,
  };
}

export function executorsOf(
  cluster: Cluster,
  answersOf: (host: string) => Answers,
): ReadonlyMap<string, Executor> {
  return new Map(cluster.hosts.map(({ name }) => [name, askedExecutor(name, answersOf(name))]));
}

export function said(stdout: string): Outcome<CommandResult, ExecutorCode> {
  return done({ exitCode: 0, stdout, stderr: "" });
}
