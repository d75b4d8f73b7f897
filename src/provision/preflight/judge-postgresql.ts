/**
 * Whether there is a PostgreSQL, a Patroni, or another keeper of a VIP on the host already.
 *
 * Nothing that is found is ever taken over or removed: there is no way from a database of somebody
 * else's to one of ours but that an operator moves it.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { isObstacle, layoutOf } from "../render/layout.ts";
import { dataFolder, patroniConfigFile } from "../render/paths.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import { type Sighted, isPatroniOurs, unitOf, withoutSlashes } from "./sighted.ts";

export function postgresqlFindings(cluster: Cluster, sighted: Sighted): readonly Finding[] {
  const { host } = sighted;
  if (!isDatabase(host)) return [];
  const isOurs = isPatroniOurs(cluster, sighted);
  const troubles = [
    ...(isOurs ? [] : strangePatroniFindings(cluster, sighted)),
    ...dataFindings(cluster, sighted, isOurs),
    ...runningFindings(cluster, sighted, isOurs),
    ...stockFindings(cluster, sighted),
  ];
  const text = isOurs ? "what is there is of this cluster" : "none yet";
  return [...orFine(troubles, fine(host, "postgresql", text)), ...keeperFindings(cluster, sighted)];
}

function strangePatroniFindings(cluster: Cluster, { host, survey }: Sighted): readonly Finding[] {
  const { patronis, processes } = survey.programs;
  const config = patronis.find(({ path }) => path === patroniConfigFile) ?? patronis[0];
  const isRunning = processes.some(({ name }) => name === "patroni");
  if (config === undefined && !isRunning) return [];
  const state = isRunning ? "a Patroni runs here" : "a Patroni was set up here";
  const whose =
    config === undefined
      ? ""
      : `, member ${config.name} of ${withoutSlashes(config.namespace)}/${config.scope} (${config.path})`;
  const wanted = `${host.name} of ${cluster.namespace}/${cluster.scope}`;
  return [
    error({
      host,
      code: "patroni-exists",
      finding: `${state}${whose}; wanted is ${wanted}`,
      remedy:
        "correct scope, namespace or name in the cluster file; if it is not needed, stop it and move " +
        "its configuration and data away: what is there is not taken over",
    }),
  ];
}

function dataFindings(
  cluster: Cluster,
  { host, survey }: Sighted,
  isOurs: boolean,
): readonly Finding[] {
  if (isOurs) return [];
  const folder = dataFolder(cluster);
  const database = survey.storage.databases.find(({ path }) => path === folder);
  if (database !== undefined) {
    return [
      error({
        host,
        code: "data-exists",
        finding: `${folder} has a database of PostgreSQL ${database.version}, and no Patroni of this cluster`,
        remedy:
          "move it away, or name another data root: a database that is there is not taken over",
      }),
    ];
  }
  const things = survey.storage.leftovers.get(folder);
  if (things === undefined) return [];
  return [
    error({
      host,
      code: "data-leftover",
      finding: `${folder} is not empty (${things} things in it), and is no database`,
      remedy: "see what it is, and move it away",
    }),
  ];
}

/**
 * Under Patroni's unit it is ours, or has been complained about. One of the package's own unit is in
 * the way: that unit is to be masked, and nothing that runs is stopped for it.
 */
function runningFindings(
  cluster: Cluster,
  { host, survey }: Sighted,
  isOurs: boolean,
): readonly Finding[] {
  const strange = survey.programs.processes.filter(({ name, unit }) => {
    return ["postgres", "postmaster"].includes(name) && !(isOurs && unit === "patroni.service");
  });
  const units = [...new Set(strange.map(({ unit }) => unit || "no unit"))];
  if (units.length === 0) return [];
  const { os } = survey.system;
  const layout = os === undefined ? undefined : layoutOf(os, cluster);
  const isStock = (unit: string) => {
    return layout !== undefined && !isObstacle(layout) && layout.unitsToMask.includes(unit);
  };
  const report = units.some(isStock) ? error : warning;
  return [
    report({
      host,
      code: "postgresql-running",
      finding: `another PostgreSQL runs here (${units.join(", ")})`,
      remedy: "stop and disable it if it is not needed: both share memory and disks",
    }),
  ];
}

/** Of a package: PostgresPro makes one at its installation, which nobody starts. */
function stockFindings(cluster: Cluster, { host, survey }: Sighted): readonly Finding[] {
  const { os } = survey.system;
  const layout = os === undefined ? undefined : layoutOf(os, cluster);
  const expected =
    layout !== undefined && !isObstacle(layout) && cluster.postgresql.profile === "postgrespro-1c"
      ? layout.stockDataFolder
      : undefined;
  const strange = survey.storage.databases.filter(({ path }) => {
    return path !== dataFolder(cluster) && path !== expected;
  });
  return strange.map(({ path, version }) =>
    warning({
      host,
      code: "postgresql-data",
      finding: `there is a database of PostgreSQL ${version} in ${path}`,
      remedy: "none if nobody needs it: it is left as it is",
    }),
  );
}

function keeperFindings(cluster: Cluster, { host, survey }: Sighted): readonly Finding[] {
  const findings: Finding[] = [];
  if (unitOf(survey, "vip-manager").isActive) {
    const finding = "vip-manager runs here: it binds and removes addresses too";
    const remedy = "stop it for good: systemctl disable --now vip-manager";
    findings.push(error({ host, code: "vip-manager-active", finding, remedy }));
  }
  const { address } = cluster.vip;
  for (const path of survey.programs.vipFiles) {
    const isVipManager = path.includes("vip-manager");
    const isActive = unitOf(survey, isVipManager ? "vip-manager" : "keepalived").isActive;
    const report = isActive && !isVipManager ? error : warning;
    const finding = `${path} names the VIP ${address}`;
    const remedy = "take it out there: two keepers of one address take it from each other";
    findings.push(report({ host, code: "vip-named", finding, remedy }));
  }
  for (const name of ["etcd", "keepalived", "pacemaker", "corosync"]) {
    if (!unitOf(survey, name).isActive) continue;
    const finding = `${name} runs here`;
    const remedy = `none if it has nothing to do with PostgreSQL; else stop and disable it`;
    findings.push(warning({ host, code: `${name}-active`, finding, remedy }));
  }
  return findings;
}
