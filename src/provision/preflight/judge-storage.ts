/**
 * Whether there is room, whether programs may run where they are put, and whether the disks are empty.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import type { Sighted } from "./sighted.ts";
import type { DiskSight } from "./survey.ts";
import { programFolders } from "./survey-script.ts";

/** Consul is 200 MB, once more while it is put in place; PostgreSQL, Patroni and the agent 500 MB. */
const leastFreeMb = { consul: 600, database: 1_500 };

/** Below it logs and WAL of an ordinary week fill the disk. */
const comfortableMb = 4_000;

const leastTmpMb = 100;

/** Room for one file of WAL of each kind, and no more. */
const leastDiskBytes = 2 ** 30;
const comfortableDiskBytes = 8 * 2 ** 30;

export function storageFindings(cluster: Cluster, sighted: Sighted): readonly Finding[] {
  const { host } = sighted;
  const space = spaceFindings(cluster, sighted);
  const others = [...noexecFindings(sighted), ...tmpFindings(sighted)];
  const free = sighted.survey.storage.spaces.get("/")?.freeMb;
  const text = free === undefined ? "enough" : `${free} MB free on /`;
  return [
    ...orFine([...space, ...others], fine(host, "space", text)),
    ...(isDatabase(host) ? diskFindings(host, sighted) : []),
  ];
}

function spaceFindings(cluster: Cluster, { host, survey }: Sighted): readonly Finding[] {
  const { dataRoot, walRoot } = cluster.postgresql;
  // With disks, what the roots lie on now does not count.
  const roots = isDatabase(host) && host.disks === undefined ? [dataRoot, walRoot] : [];
  const places = ["/", "/opt", "/usr/local/bin", "/var/lib", ...roots];
  const byMount = new Map(
    places.flatMap((path) => {
      const space = survey.storage.spaces.get(path);
      return space === undefined ? [] : [[space.mountPoint, space] as const];
    }),
  );
  const leastMb = isDatabase(host) ? leastFreeMb.database : leastFreeMb.consul;
  return [...byMount].flatMap(([mountPoint, { freeMb }]) => {
    if (freeMb >= comfortableMb) return [];
    const report = freeMb < leastMb ? error : warning;
    return [
      report({
        host,
        code: "space-low",
        finding: `${mountPoint} has ${freeMb} MB free`,
        remedy: `make room: ${leastMb} MB at least, ${comfortableMb} MB to be at ease`,
      }),
    ];
  });
}

function noexecFindings({ host, survey }: Sighted): readonly Finding[] {
  const places = programFolders.flatMap((path) => {
    const space = survey.storage.spaces.get(path);
    const isRefusing = space?.options.includes("noexec") ?? false;
    return isRefusing && space !== undefined ? [{ path, mountPoint: space.mountPoint }] : [];
  });
  return places.map(({ path, mountPoint }) => {
    const finding = `programs may not run in ${path}: ${mountPoint} is mounted noexec`;
    if (path === "/tmp") {
      const remedy = "none as a rule; if the installation of a package fails, mount it with exec";
      return warning({ host, code: "noexec", finding, remedy });
    }
    const remedy = `mount it with exec: mount -o remount,exec ${mountPoint}, and in /etc/fstab`;
    return error({ host, code: "noexec", finding, remedy });
  });
}

function tmpFindings({ host, survey }: Sighted): readonly Finding[] {
  const { tmpMode, spaces } = survey.storage;
  const findings: Finding[] = [];
  if (tmpMode !== undefined && tmpMode !== "1777") {
    const finding = `/tmp has the mode ${tmpMode}, not 1777`;
    const remedy = "chmod 1777 /tmp";
    findings.push(error({ host, code: "tmp-mode", finding, remedy }));
  }
  const freeMb = spaces.get("/tmp")?.freeMb;
  if (freeMb !== undefined && freeMb < leastTmpMb) {
    const finding = `/tmp has ${freeMb} MB free`;
    const remedy = `make room: ${leastTmpMb} MB at least`;
    findings.push(error({ host, code: "tmp-full", finding, remedy }));
  }
  return findings;
}

function diskFindings({ disks: wanted }: Host, { host, survey }: Sighted): readonly Finding[] {
  if (wanted === undefined) return [];
  const sight = survey.storage.disks;
  if (sight === undefined) {
    const finding = `whether ${wanted.data} and ${wanted.wal} are empty could not be looked at`;
    const remedy = "see what lsblk says there, and run preflight again";
    return [warning({ host, code: "disks-unchecked", finding, remedy })];
  }
  const unfit = sight.obstacles.map(({ subject, finding, remedy }) => {
    return error({ host, code: "disk-unfit", finding: `${subject} ${finding}`, remedy });
  });
  const small = sight.disks.flatMap((disk) => {
    const { isThere, isTaken, sizeBytes } = disk;
    if (!isThere || isTaken || sizeBytes >= comfortableDiskBytes) return [];
    const report = sizeBytes < leastDiskBytes ? error : warning;
    const finding = `${diskText(disk)} is small`;
    const remedy = "name a larger one in the cluster file";
    return [report({ host, code: "disk-small", finding, remedy })];
  });
  const texts = sight.disks.map(diskText).join("; ");
  return orFine([...unfit, ...small], fine(host, "disks", texts));
}

function diskText({ path, device, serial, sizeBytes }: DiskSight): string {
  const size = `${(sizeBytes / 2 ** 30).toFixed(1)} GiB`;
  return `${path} (${device}, ${serial === "" ? "no serial" : `serial ${serial}`}, ${size})`;
}
