/**
 * Whether a database host can install PostgreSQL from the repositories that it has.
 */
import type { Cluster } from "../cluster/cluster.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, warning } from "./finding.ts";
import { neededPackages } from "./package-names.ts";
import type { Sighted } from "./sighted.ts";

export function packageFindings(cluster: Cluster, sighted: Sighted): readonly Finding[] {
  const { host, survey } = sighted;
  const { os, packageManager, packages, hasPackageLists } = survey.system;
  const needed = os === undefined ? undefined : neededPackages(os, cluster);
  if (needed === undefined || packageManager === "unknown") return [];
  const absent = needed.filter((name) => packages.get(name)?.installed === undefined);
  if (absent.length === 0) return [fine(host, "packages", `${needed.join(", ")}: installed`)];
  if (packageManager === "dnf" || !hasPackageLists) return [uncheckedFinding(sighted, absent)];
  const missing = absent.filter((name) => packages.get(name)?.candidate === undefined);
  if (missing.length > 0) return missing.map((name) => missingFinding(cluster, sighted, name));
  return [originFinding(cluster, sighted, absent)];
}

function uncheckedFinding({ host, survey }: Sighted, names: readonly string[]): Finding {
  const isApt = survey.system.packageManager === "apt";
  const reason = isApt ? "there are no lists of packages yet" : "dnf would have to load its lists";
  return warning({
    host,
    code: "packages-unchecked",
    finding: `whether ${names.join(", ")} can be installed was not looked at: ${reason}`,
    remedy: isApt
      ? "run apt-get update there, and preflight again"
      : `run dnf info ${names.join(" ")} there`,
  });
}

function missingFinding({ postgresql }: Cluster, { host }: Sighted, name: string): Finding {
  return error({
    host,
    code: "package-missing",
    finding: `no repository of this host has the package ${name}`,
    remedy: repositoryRemedy(postgresql, name),
  });
}

function repositoryRemedy({ profile, major }: Cluster["postgresql"], name: string): string {
  if (!name.startsWith("postgres")) return "see to the host's repositories, then apt-get update";
  switch (profile) {
    case "distribution":
      return (
        `set postgresql.major to one that the system has, or postgresql.profile to pgdg; ` +
        `or add a repository with PostgreSQL ${major}`
      );
    case "pgdg":
      return "add PGDG's repository (apt.postgresql.org), then apt-get update";
    case "postgrespro-1c":
      return "add the repository of Postgres Pro for 1C, then apt-get update";
  }
}

/** PGDG marks its versions: 17.6-1.pgdg12+1. */
function originFinding(
  { postgresql }: Cluster,
  { host, survey }: Sighted,
  names: readonly string[],
): Finding {
  const versions = names.map((name) => {
    return `${name} ${survey.system.packages.get(name)?.candidate ?? ""}`;
  });
  const server = versions.find((text) => text.startsWith("postgresql-"));
  if (postgresql.profile === "pgdg" && server !== undefined && !server.includes("pgdg")) {
    return error({
      host,
      code: "pgdg-absent",
      finding: `the profile is pgdg, and ${server} would come from another repository`,
      remedy: "add PGDG's repository, then apt-get update; or set postgresql.profile: distribution",
    });
  }
  return fine(host, "packages", `to be installed: ${versions.join(", ")}`);
}
