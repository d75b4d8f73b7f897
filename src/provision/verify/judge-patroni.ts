/**
 * Whether one member leads and the others follow closely, as synchronously as is wished, with the
 * configuration that is wished.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";
import { type Json, changeBetween } from "../phases/dynamic-config.ts";
import type { Finding } from "../phases/events.ts";
import { type Member, isFarBehind, isLeader, isOnOtherTimeline } from "../phases/patroni-state.ts";
import { error, fine, orFine, warning } from "../preflight/finding.ts";
import type { PatroniSights } from "./sights.ts";

export function patroniFindings(
  cluster: Cluster,
  { members, config }: PatroniSights,
  wantedConfig: Json,
): readonly Finding[] {
  if (!members.ok) {
    const finding = `no Patroni tells the members: ${members.detail}`;
    const remedy = "see `journalctl -u patroni` on the database hosts";
    return [error({ code: "patroni-members", finding, remedy })];
  }
  return [
    ...leaderFindings(members.value),
    ...followerFindings(cluster, members.value),
    ...timelineFindings(members.value),
    ...restartFindings(cluster, members.value),
    ...synchronousFindings(cluster, members.value),
    ...configFindings(config, wantedConfig),
  ];
}

const list = "see `patronictl list`";

function leaderFindings(members: readonly Member[]): readonly Finding[] {
  const code = "patroni-leader";
  const leaders = members.filter(isLeader);
  const [leader] = leaders;
  if (leader === undefined || leaders.length > 1) {
    const names = leaders.map(({ name }) => name).join(", ");
    const finding = leader === undefined ? "no member leads" : `several members lead: ${names}`;
    return [error({ code, finding, remedy: `${list}, and the journals of patroni` })];
  }
  if (leader.state === "running") return [fine(undefined, code, `${leader.name} leads`)];
  const finding = `${leader.name} leads, and its PostgreSQL is ${leader.state}`;
  return [error({ code, finding, remedy: "see its journal of patroni" })];
}

function followerFindings(cluster: Cluster, members: readonly Member[]): readonly Finding[] {
  const code = "patroni-replica";
  const limit = cluster.patroni.maximumLagBytes;
  const hosts = databaseHosts(cluster);
  const troubles = hosts.flatMap((host) => {
    const member = members.find(({ name }) => name === host.name);
    if (member === undefined) {
      const finding = "is no member of Patroni's cluster";
      return [error({ host, code, finding, remedy: "see its journal of patroni" })];
    }
    if (isLeader(member)) return [];
    if (member.state !== "streaming") {
      const finding = `does not stream from the leader: its state is ${member.state}`;
      const remedy = "see its journal of patroni and the log of PostgreSQL; pg_hba decides who may";
      return [error({ host, code, finding, remedy })];
    }
    if (!isFarBehind(member, limit)) return [];
    const finding = `is ${member.lagBytes} bytes behind, more than ${limit}: it cannot take over`;
    return [error({ host, code, finding, remedy: `wait and verify again; ${list}` })];
  });
  const strangers = members.filter((member) => hosts.every(({ name }) => name !== member.name));
  troubles.push(
    ...strangers.map(({ name }) =>
      warning({
        code,
        finding: `${name} is a member of Patroni's cluster, and not in the cluster file`,
        remedy: "add it to the file, or stop its Patroni",
      }),
    ),
  );
  const text = `${hosts.length - 1} replicas stream, at most ${limit} bytes behind`;
  return orFine(troubles, fine(undefined, code, text));
}

function timelineFindings(members: readonly Member[]): readonly Finding[] {
  const code = "patroni-timeline";
  const leader = members.find(isLeader);
  const strays = members.filter((member) => isOnOtherTimeline(member, leader));
  if (leader?.timeline === undefined) return [];
  const troubles = strays.map(({ name, timeline }) =>
    error({
      code,
      finding: `${name} is on timeline ${timeline}, the leader on ${leader.timeline}`,
      remedy: `wait and verify again; if it stays: patronictl reinit, for ${name}`,
    }),
  );
  return orFine(troubles, fine(undefined, code, `all are on timeline ${leader.timeline}`));
}

function restartFindings(cluster: Cluster, members: readonly Member[]): readonly Finding[] {
  const code = "patroni-pending-restart";
  const waiting = members.filter(({ isRestartPending }) => isRestartPending);
  const troubles = waiting.map(({ name }) =>
    warning({
      code,
      finding: `${name} has settings that count only after a restart of PostgreSQL`,
      remedy: `patronictl restart ${cluster.scope} ${name}, the leader last`,
    }),
  );
  return orFine(troubles, fine(undefined, code, "no setting waits for a restart"));
}

function synchronousFindings(
  { patroni, scope }: Cluster,
  members: readonly Member[],
): readonly Finding[] {
  const code = "patroni-synchronous";
  const role = patroni.synchronous === "quorum" ? "quorum_standby" : "sync_standby";
  const standbys = members.filter((member) => member.role === role).map(({ name }) => name);
  const synchronous = members.filter((member) => /^(sync|quorum)_standby$/.test(member.role));
  if (patroni.synchronous === "off") {
    if (synchronous.length === 0) return [fine(undefined, code, "off, as wished")];
    const finding = `${synchronous.map(({ name }) => name).join(", ")} is synchronous; wished is off`;
    return [error({ code, finding, remedy: "run apply, which changes Patroni's configuration" })];
  }
  const replicas = members.filter((member) => !isLeader(member)).length;
  const wanted = Math.min(patroni.synchronousNodes, replicas);
  if (wanted > 0 && standbys.length >= wanted) {
    return [fine(undefined, code, `${patroni.synchronous}: ${standbys.join(", ")}`)];
  }
  const finding =
    `${standbys.length} synchronous replicas, wished are ${patroni.synchronousNodes} ` +
    `(${patroni.synchronous})`;
  const remedy = `see that replicas stream, and synchronous_mode in patronictl show-config ${scope}`;
  return [error({ code, finding, remedy })];
}

function configFindings(config: PatroniSights["config"], wanted: Json): readonly Finding[] {
  const code = "patroni-config";
  if (!config.ok) {
    const finding = `the dynamic configuration could not be read: ${config.detail}`;
    return [error({ code, finding, remedy: "see the journal of patroni on that host" })];
  }
  const change = changeBetween(config.value, wanted);
  if (change === undefined)
    return [fine(undefined, code, "the dynamic configuration is as wished")];
  const text = JSON.stringify(change);
  const finding = `the dynamic configuration lacks ${text.slice(0, 300)}`;
  return [error({ code, finding, remedy: "run apply, or take it out of the cluster file" })];
}
