/**
 * Whether each PostgreSQL is built as it should be, and lets nobody in by a weak way.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "../preflight/finding.ts";
import { walFolder } from "../render/paths.ts";
import type { HbaRule, HostSight, PostgresqlSight } from "./sights.ts";

/** Anybody, or who can listen to a password once. */
const weakMethods = ["trust", "md5", "password", "ident"];

export function postgresqlFindings(
  cluster: Cluster,
  host: Host,
  { postgresql, postgresqlTrouble, walTarget }: HostSight,
): readonly Finding[] {
  const wal = walFindings(cluster, host, walTarget);
  if (postgresql === undefined) {
    const finding = `PostgreSQL does not answer on its socket: ${postgresqlTrouble}`;
    const remedy = "see its journal of patroni, and the log of PostgreSQL";
    return [...wal, error({ host, code: "postgresql", finding, remedy })];
  }
  return [
    ...wal,
    ...checksumFindings(host, postgresql),
    ...hbaFindings(cluster, host, postgresql),
    ...pendingFindings(cluster, host, postgresql),
    ...(postgresql.isInRecovery ? [] : contentFindings(cluster, host, postgresql)),
  ];
}

function walFindings(cluster: Cluster, host: Host, target: string | undefined) {
  const code = "wal-folder";
  const wanted = walFolder(cluster);
  if (target === wanted) return [fine(host, code, `pg_wal leads to ${wanted}`)];
  const place = target === undefined ? "is no link, and lies with the data" : `leads to ${target}`;
  const finding = `pg_wal ${place}; it should lead to ${wanted}`;
  const remedy =
    "on a replica: patronictl reinit, which clones it anew with its WAL there; on the leader switch " +
    "over first";
  return [error({ host, code, finding, remedy })];
}

function checksumFindings(host: Host, { hasChecksums }: PostgresqlSight): readonly Finding[] {
  const code = "checksums";
  if (hasChecksums) return [fine(host, code, "data have checksums")];
  const finding = "data have no checksums";
  const remedy = "enable them with PostgreSQL stopped (pg_checksums), one host after the other";
  return [error({ host, code, finding, remedy })];
}

function hbaFindings(
  { postgresql: { clientNetworks } }: Cluster,
  host: Host,
  { rules }: PostgresqlSight,
): readonly Finding[] {
  const isWorldWished = clientNetworks.some((network) => network.endsWith("/0"));
  const troubles = rules.flatMap((rule): readonly Finding[] => {
    const place = `line ${rule.line ?? "?"} of pg_hba.conf`;
    const remedy = "run apply, which sets the rules anew; if it stays, see patronictl edit-config";
    if (rule.error !== null) {
      const finding = `${place} is wrong: ${rule.error}`;
      return [error({ host, code: "hba-error", finding, remedy })];
    }
    const { method } = rule;
    if (method === "reject") return [];
    const found: Finding[] = [];
    if (method !== null && weakMethods.includes(method)) {
      const finding = `${place} lets ${whoText(rule)} in by ${method}`;
      found.push(error({ host, code: "hba-weak", finding, remedy }));
    }
    if (isWorld(rule)) {
      const report = isWorldWished ? warning : error;
      const finding = `${place} lets ${whoText(rule)} in from anywhere`;
      found.push(report({ host, code: "hba-world", finding, remedy }));
    }
    if (rule.address === "samenet") {
      const finding = `${place} lets ${whoText(rule)} in from any network of the host, containers' too`;
      found.push(warning({ host, code: "hba-samenet", finding, remedy }));
    }
    return found;
  });
  return orFine(
    troubles,
    fine(host, "hba", `${rules.length} rules: none weak, none for the world`),
  );
}

function isWorld({ type, address, netmask }: HbaRule): boolean {
  if (type === "local" || address === null) return false;
  if (address === "all") return true;
  return netmask !== null && ["0.0.0.0", "::"].includes(netmask);
}

function whoText({ user, database }: HbaRule): string {
  return `${(user ?? ["?"]).join(",")} to ${(database ?? ["?"]).join(",")}`;
}

/** Patroni may not have noticed yet. */
function pendingFindings(
  { scope }: Cluster,
  host: Host,
  { pendingRestart }: PostgresqlSight,
): readonly Finding[] {
  const code = "pending-restart";
  if (pendingRestart.length === 0) return [];
  const finding = `settings count only after a restart: ${pendingRestart.join(", ")}`;
  const remedy = `patronictl restart ${scope} ${host.name}, the leader last`;
  return [warning({ host, code, finding, remedy })];
}

/** Of the leader. */
function contentFindings(
  { postgresql }: Cluster,
  host: Host,
  { databases, roles }: PostgresqlSight,
): readonly Finding[] {
  const code = "databases";
  const missing = [
    ...postgresql.roles
      .filter(({ name }) => !roles.includes(name))
      .map(({ name }) => `role ${name}`),
    ...postgresql.databases
      .filter(({ name }) => !databases.includes(name))
      .map(({ name }) => `database ${name}`),
  ];
  const troubles = missing.map((what) => {
    return error({
      host,
      code,
      finding: `there is no ${what}`,
      remedy: "run apply, which makes it",
    });
  });
  return orFine(troubles, fine(host, code, "roles and databases of the cluster file are there"));
}
