/**
 * Whether a host is one on which the stack runs: system, programs, locales, packages.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { isObstacle, layoutOf } from "../render/layout.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import { packageFindings } from "./judge-packages.ts";
import type { Sighted } from "./sighted.ts";
import { isOlder } from "./version.ts";

/** Node, which the agent brings along, needs it. */
const oldestGlibc = "2.28";

/** Of RHEL 8; units of older ones lack settings that are relied on. */
const oldestSystemd = 239;

/** Patroni 4 needs it. */
const oldestPython = "3.9";

const architectures = ["x86_64", "aarch64"];

export function systemFindings(cluster: Cluster, sighted: Sighted): readonly Finding[] {
  const { host, survey } = sighted;
  const { os, architecture = "?", glibc = "?", systemdVersion = "?" } = survey.system;
  const troubles = [...osFindings(cluster, sighted), ...baseFindings(sighted)];
  const text = `${os?.name ?? "?"}, ${architecture}, glibc ${glibc}, systemd ${systemdVersion}`;
  const findings = orFine(troubles, fine(host, "system", text));
  if (!isDatabase(host)) return findings;
  return [
    ...findings,
    ...pythonFindings(sighted),
    ...packageFindings(cluster, sighted),
    ...localeFindings(cluster, sighted),
  ];
}

function osFindings(cluster: Cluster, { host, survey }: Sighted): readonly Finding[] {
  const { os, packageManager } = survey.system;
  if (os === undefined) {
    return [
      error({
        host,
        code: "os-unknown",
        finding: "/etc/os-release tells nothing, so packages and folders are unknown",
        remedy: "use a relative of Debian or of RHEL",
      }),
    ];
  }
  // A Consul server needs no more than systemd and a folder.
  const layout = layoutOf(os, cluster);
  const findings: Finding[] = [];
  if (isObstacle(layout)) {
    const { finding, remedy } = layout;
    const report = isDatabase(host) ? error : warning;
    findings.push(report({ host, code: "os-unknown", finding, remedy }));
  }
  if (packageManager === "unknown") {
    findings.push(
      error({
        host,
        code: "package-manager",
        finding: "there is neither apt-get nor dnf",
        remedy: "use a host with one of them",
      }),
    );
  }
  return findings;
}

function baseFindings({ host, survey }: Sighted): readonly Finding[] {
  const { architecture, glibc, isSystemdRunning, systemdVersion } = survey.system;
  const findings: Finding[] = [];
  if (architecture !== undefined && !architectures.includes(architecture)) {
    findings.push(
      error({
        host,
        code: "architecture",
        finding: `the processor is ${architecture}, for which there is no package of vip-agent`,
        remedy: `use a host with ${architectures.join(" or ")}`,
      }),
    );
  }
  if (isDatabase(host) && glibc !== undefined && isOlder(glibc, oldestGlibc)) {
    findings.push(
      error({
        host,
        code: "glibc-old",
        finding: `glibc is ${glibc}; vip-agent needs ${oldestGlibc}`,
        remedy: "use a newer system",
      }),
    );
  }
  if (!isSystemdRunning) {
    findings.push(
      error({
        host,
        code: "systemd-absent",
        finding: "systemd does not run as the first process",
        remedy: "use a host that was booted with systemd",
      }),
    );
  } else if (systemdVersion !== undefined && systemdVersion < oldestSystemd) {
    findings.push(
      warning({
        host,
        code: "systemd-old",
        finding: `systemd is ${systemdVersion}; settings of the units count from ${oldestSystemd} on`,
        remedy: "use a newer system, or read the units for what is ignored",
      }),
    );
  }
  return findings;
}

function pythonFindings({ host, survey }: Sighted): readonly Finding[] {
  const { python } = survey.system;
  if (python === undefined)
    return [fine(host, "python", "there is none yet; it comes as a package")];
  if (!isOlder(python.version, oldestPython)) return [fine(host, "python", python.version)];
  return [
    error({
      host,
      code: "python-old",
      finding: `python3 is ${python.version}; Patroni needs ${oldestPython}`,
      remedy: `make python3 ${oldestPython} or newer, or use a newer system`,
    }),
  ];
}

/** Of initdb, and what the operator's parameters name: a host without them cannot start a copy. */
function localeFindings({ postgresql }: Cluster, { host, survey }: Sighted): readonly Finding[] {
  const { locales, packageManager } = survey.system;
  if (locales === undefined) {
    const finding = "whether the locales are there could not be found out: there is no `locale`";
    const remedy = "see to it that the locale of the cluster file is there";
    return [warning({ host, code: "locale-unchecked", finding, remedy })];
  }
  const there = new Set(locales.map(plainLocale));
  const wanted = [postgresql.locale, ...localeParameters(postgresql.parameters)];
  const missing = [...new Set(wanted)].filter((name) => !isAlwaysThere(name, there));
  const troubles = missing.map((name) =>
    error({
      host,
      code: "locale-missing",
      finding: `there is no locale ${name}`,
      remedy: localeRemedy(name, packageManager),
    }),
  );
  return orFine(troubles, fine(host, "locales", `${[...new Set(wanted)].join(", ")} is there`));
}

function localeParameters(parameters: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    return name.startsWith("lc_") && typeof value === "string" && value !== "" ? [value] : [];
  });
}

function isAlwaysThere(name: string, there: ReadonlySet<string>): boolean {
  return ["C", "POSIX"].includes(name) || there.has(plainLocale(name));
}

/** ru_RU.UTF-8 and ru_RU.utf8 are one. */
function plainLocale(name: string): string {
  const [place = "", codeset] = name.split(".");
  if (codeset === undefined) return place;
  return `${place}.${codeset.toLowerCase().replaceAll(/[^a-z0-9]/g, "")}`;
}

function localeRemedy(name: string, packageManager: string): string {
  const language = name.split("_", 1)[0] ?? name;
  if (packageManager === "dnf") return `install glibc-langpack-${language}`;
  return `install locales, add the line of ${name} in /etc/locale.gen, run locale-gen`;
}
