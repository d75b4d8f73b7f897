/**
 * A host with its survey, and whose things on it are: ours, or somebody else's.
 *
 * Ours is what a run of this tool for this cluster file has put there, so that a finished cluster, and
 * one that a cut-off run has left half made, raise no alarm. Where a removal has left data, its notes
 * say whose they are; they count while there is nothing else that would say it.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { consulNoteFile, patroniNoteFile } from "../removal/notes.ts";
import { consulConfigFile, dataFolder, patroniConfigFile } from "../render/paths.ts";
import type { ConsulConfigSight, PatroniSight, Survey } from "./survey.ts";

export type Sighted = { readonly host: Host; readonly survey: Survey };

/** What is known beside the hosts' own words. */
export type Knowledge = {
  /** SHA-256 of the gossip key in the secrets file; none: there is no such file yet. */
  readonly gossipKeyDigest: string | undefined;
  /** Of the lock that this run has taken itself. */
  readonly lockOwner: string | undefined;
  readonly consul: ConsulSight | undefined;
};

/** What a Consul that knows the secrets says; undefined parts could not be asked. */
export type ConsulSight = {
  /** Whom it was asked by. */
  readonly host: string;
  readonly isTokenKnown: boolean | undefined;
  /** Below the folder of the cluster, by their whole names. */
  readonly keys: readonly string[] | undefined;
};

export const nothingKnown: Knowledge = {
  gossipKeyDigest: undefined,
  lockOwner: undefined,
  consul: undefined,
};

export function ownConsulConfig({ survey }: Sighted): ConsulConfigSight | undefined {
  const { consulConfigs, processes } = survey.programs;
  const own = consulConfigs.find(({ path }) => path === consulConfigFile);
  const isAlone = consulConfigs.length === 1 && !processes.some(({ name }) => name === "consul");
  return own ?? (isAlone ? consulConfigs.find(({ path }) => path === consulNoteFile) : undefined);
}

/** Its configuration is the one that this tool writes for this host. */
export function isConsulOurs(cluster: Cluster, sighted: Sighted): boolean {
  const config = ownConsulConfig(sighted);
  const { datacenter } = cluster.consul;
  return config?.datacenter === datacenter && config.node === sighted.host.name;
}

/** Likewise of Patroni. */
export function isPatroniOurs(cluster: Cluster, { host, survey }: Sighted): boolean {
  const config = ownPatroniConfig(cluster, survey);
  return (
    config?.scope === cluster.scope &&
    config.name === host.name &&
    withoutSlashes(config.namespace) === cluster.namespace
  );
}

function ownPatroniConfig(cluster: Cluster, { programs }: Survey): PatroniSight | undefined {
  const { patronis, processes } = programs;
  const own = patronis.find(({ path }) => path === patroniConfigFile);
  const isAlone = patronis.length === 1 && !processes.some(({ name }) => name === "patroni");
  const isNoteOf = ({ path, data }: PatroniSight) => {
    return path === patroniNoteFile && data === dataFolder(cluster);
  };
  return own ?? (isAlone ? patronis.find(isNoteOf) : undefined);
}

export function withoutSlashes(namespace: string): string {
  return namespace.replaceAll(/^\/+|\/+$/g, "");
}

export function unitOf(survey: Survey, name: string): { isKnown: boolean; isActive: boolean } {
  const unit = survey.programs.units.get(`${name}.service`);
  const isActive =
    unit !== undefined && ["active", "activating", "reloading"].includes(unit.active);
  return { isKnown: unit?.isKnown ?? false, isActive };
}
