/**
 * The survey's answer as values.
 */
import { networkSight } from "./parse-network.ts";
import { timeUnits, upgradeUnits } from "./survey-script.ts";
import {
  type Lines,
  asNumber,
  filled,
  linesOf,
  numberOf,
  rowsOf,
  wordOf,
  wordsIn,
} from "./survey-lines.ts";
import type {
  ClockSight,
  DisksSight,
  LockSight,
  PackageSight,
  ProgramsSight,
  ProtectionSight,
  StorageSight,
  Survey,
  SystemSight,
  UnitSight,
  WireSight,
} from "./survey.ts";

/** What was asked in another way. */
export type Besides = {
  readonly clock: ClockSight | undefined;
  readonly disks: DisksSight | undefined;
  readonly wire: WireSight | undefined;
};

/** Undefined: the answer is not whole. */
export function parseSurvey(text: string, { clock, disks, wire }: Besides): Survey | undefined {
  const lines = linesOf(text);
  if (lines === undefined) return undefined;
  const units = unitSights(rowsOf(lines, "unit").map(([property = ""]) => property));
  return {
    system: systemSight(lines, units),
    clock,
    network: networkSight(lines),
    programs: programsSight(lines, units),
    storage: storageSight(lines, disks),
    protection: protectionSight(lines),
    wire,
  };
}

function systemSight(lines: Lines, units: UnitSights): SystemSight {
  const [os] = rowsOf(lines, "os");
  const [id = "", like = "", version = "", name = ""] = os ?? [];
  const [pythonVersion, pythonModules] = rowsOf(lines, "python")[0] ?? [];
  const memoryKb = numberOf(lines, "memory");
  const container = wordOf(lines, "container");
  const manager = wordOf(lines, "package-manager");
  return {
    os: id === "" ? undefined : { id, idLike: wordsIn(like), version, name: name || id },
    architecture: wordOf(lines, "architecture"),
    glibc: /^glibc (\d+\.\d+)/.exec(wordOf(lines, "glibc") ?? "")?.[1],
    isSystemdRunning: lines.has("systemd-running"),
    systemdVersion: numberOf(lines, "systemd"),
    container: container === "none" ? undefined : container,
    packageManager: manager === "apt" || manager === "dnf" ? manager : "unknown",
    python:
      filled(pythonVersion) === undefined
        ? undefined
        : { version: pythonVersion ?? "", hasVenv: pythonModules === "venv" },
    memoryMb: memoryKb === undefined ? undefined : Math.round(memoryKb / 1024),
    processors: numberOf(lines, "processors"),
    hostname: wordOf(lines, "hostname"),
    machineId: wordOf(lines, "machine-id"),
    bootId: wordOf(lines, "boot-id"),
    timeServices: activeAmong(units, timeUnits).map((unit) => unit.replace(".service", "")),
    locales: lines.has("locales") ? wordsIn(wordOf(lines, "locales")) : undefined,
    packages: packagesIn(lines),
    hasPackageLists: lines.has("package-lists"),
  };
}

/** apt-cache names a package and indents what it says of it; rpm only tells what is installed. */
function packagesIn(lines: Lines): ReadonlyMap<string, PackageSight> {
  const packages = new Map<string, PackageSight>();
  for (const [name = "", installed] of rowsOf(lines, "package")) {
    packages.set(name, { installed: versionOf(installed), candidate: undefined });
  }
  let name = "";
  for (const [row = ""] of rowsOf(lines, "policy")) {
    const [, word = "", rest = ""] = /^([^\s:]+):\s*(\S*)/.exec(row) ?? [];
    const known = packages.get(name) ?? { installed: undefined, candidate: undefined };
    if (word === "Installed") packages.set(name, { ...known, installed: versionOf(rest) });
    else if (word === "Candidate") packages.set(name, { ...known, candidate: versionOf(rest) });
    else if (rest === "" && word !== "") name = word;
  }
  return packages;
}

function versionOf(text: string | undefined): string | undefined {
  return text === "(none)" ? undefined : filled(text);
}

function programsSight(lines: Lines, units: UnitSights): ProgramsSight {
  return {
    units,
    processes: rowsOf(lines, "process").map(([name = "", unit = ""]) => ({ name, unit })),
    consulConfigs: rowsOf(lines, "consul-config").map(
      ([path = "", datacenter = "", node = "", keyDigest = ""]) => {
        return { path, datacenter, node, keyDigest };
      },
    ),
    consulData: rowsOf(lines, "consul-data").map(([path = "", keyDigest = ""]) => {
      return { path, keyDigest };
    }),
    patronis: rowsOf(lines, "patroni").map(
      ([path = "", scope = "", namespace = "", name = "", data = ""]) => {
        return { path, scope, namespace, name, ...(data === "" ? {} : { data }) };
      },
    ),
    vipFiles: firstFields(lines, "vip-file"),
    upgraders: [
      ...rowsOf(lines, "upgrader").flatMap(([name = "", isOn = "0"]) => {
        return ["", "0"].includes(isOn) ? [] : [name];
      }),
      ...activeAmong(units, upgradeUnits),
    ],
  };
}

type UnitSights = ReadonlyMap<string, UnitSight>;

function activeAmong(units: UnitSights, names: readonly string[]): readonly string[] {
  return names.filter((name) => units.get(name)?.active === "active");
}

/** Properties in the order in which systemctl prints them, with an empty line between units. */
function unitSights(properties: readonly string[]): UnitSights {
  const units = new Map<string, UnitSight>();
  let unit: Record<string, string> = {};
  for (const property of [...properties, ""]) {
    const split = property.indexOf("=");
    if (split > 0) unit[property.slice(0, split)] = property.slice(split + 1);
    if (property !== "") continue;
    const { Id: id = "", LoadState: load = "", ActiveState: active = "" } = unit;
    const isKnown = load !== "" && load !== "not-found";
    if (id !== "") units.set(id, { isKnown, active });
    unit = {};
  }
  return units;
}

function storageSight(lines: Lines, disks: DisksSight | undefined): StorageSight {
  return {
    spaces: new Map(
      rowsOf(lines, "space").flatMap(([path = "", sizes, mount = ""]) => {
        const [sizeKb, freeKb] = wordsIn(sizes).map(asNumber);
        if (sizeKb === undefined || freeKb === undefined) return [];
        const [sizeMb, freeMb] = [Math.round(sizeKb / 1024), Math.round(freeKb / 1024)];
        const [mountPoint = "", options = ""] = wordsIn(mount);
        return [[path, { sizeMb, freeMb, mountPoint, options: options.split(",") }] as const];
      }),
    ),
    databases: distinct(
      rowsOf(lines, "database").map(([path = "", version = ""]) => ({ path, version })),
    ),
    leftovers: new Map(
      rowsOf(lines, "leftover").flatMap(([path = "", count]) => {
        const things = asNumber(count) ?? 0;
        return things === 0 ? [] : [[path, things] as const];
      }),
    ),
    tmpMode: wordOf(lines, "tmp"),
    disks,
  };
}

/** Two ways to one folder are one database. */
function distinct<T extends { readonly path: string }>(things: readonly T[]): readonly T[] {
  return [...new Map(things.map((thing) => [thing.path, thing])).values()];
}

function protectionSight(lines: Lines): ProtectionSight {
  const selinux = wordOf(lines, "selinux");
  const signature = rowsOf(lines, "digital-signature").find(([, mode]) => mode === "1");
  return {
    selinux: selinux === "1" ? "enforcing" : selinux === "0" ? "permissive" : undefined,
    digitalSignature: signature?.[0],
    umask: wordOf(lines, "umask"),
    lock: lockSight(rowsOf(lines, "lock")[0]),
  };
}

function lockSight(fields: readonly string[] | undefined): LockSight | undefined {
  if (fields === undefined) return undefined;
  const [owner = "", machine = "", sinceText, nowText] = fields;
  const [since, now] = [asNumber(sinceText), asNumber(nowText)];
  const ageS = since === undefined || now === undefined ? undefined : Math.max(0, now - since);
  return { owner, machine, ageS };
}

function firstFields(lines: Lines, word: string): readonly string[] {
  return rowsOf(lines, word).flatMap(([field = ""]) => (field === "" ? [] : [field]));
}
