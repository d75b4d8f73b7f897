/**
 * The hosts as they are now: what every run begins with, and what is looked at once more where the run
 * itself has changed it.
 *
 * Beside the host's own facts, two things decide about the parameters of PostgreSQL: how large the
 * volume for WAL is, and what the package has tuned where it makes a cluster of its own. Before its
 * volume is there, a disk counts with its own size, of which LVM takes a little; and of a package that
 * is not installed nothing is known. So Patroni's configuration is made from a second look.
 */
import type { Outcome } from "../../outcome.ts";
import type { Cluster, Host } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";
import { error } from "../preflight/finding.ts";
import { accessRemedy } from "../preflight/judge.ts";
import { tunedDataFolder } from "../render/layout.ts";
import { type Packaged, packagedFiles, packagedParameters } from "../render/packaged.ts";
import { packagedFile } from "../render/paths.ts";
import type { Facts, HostFact, Question } from "../resources/facts.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { Finding } from "./events.ts";
import type { Ports } from "./ports.ts";
import { volumeGroup, walVolume } from "./wishes/postgresql.ts";
import { type Sizes, type WorldMade, createWorld } from "./world.ts";

const bytesPerMb = 2 ** 20;

/** Each host that cannot be asked is a finding: all of them are told, not the first. */
export async function lookAtHosts(
  cluster: Cluster,
  secrets: Secrets,
  ports: Pick<Ports, "executor">,
): Promise<WorldMade> {
  const looked = await Promise.all(
    cluster.hosts.map(async (host): Promise<readonly [Host, Outcome<Facts>]> => {
      return [host, await ports.executor(host).probe(sizeQuestions(cluster, host))];
    }),
  );
  const facts = new Map<string, Facts>();
  const findings: Finding[] = [];
  for (const [host, fact] of looked) {
    if (fact.ok) {
      facts.set(host.name, fact.value);
      continue;
    }
    const { code, detail } = fact;
    findings.push(error({ host, code, finding: detail, remedy: accessRemedy(host, code) }));
  }
  if (findings.length > 0) return { world: undefined, findings };
  const hosts = new Map([...facts].map(([name, { host }]): [string, HostFact] => [name, host]));
  return createWorld(cluster, secrets, hosts, sizesOf(cluster, facts));
}

function sizeQuestions(cluster: Cluster, host: Host): readonly Question[] {
  if (!host.roles.includes("database")) return [];
  const paths = [packagedFile, ...packagePaths(cluster)];
  const texts = paths.length === 1 ? [] : paths;
  const { disks } = host;
  const volumes: readonly Question[] =
    disks === undefined
      ? []
      : [
          { about: "volume", group: volumeGroup, name: walVolume },
          { about: "disk", path: disks.wal },
        ];
  return [...texts.map((path): Question => ({ about: "text", path })), ...volumes];
}

/** None where no package makes a cluster that would be worth reading. */
function packagePaths(cluster: Cluster): readonly string[] {
  const folder = tunedDataFolder(cluster);
  return folder === undefined ? [] : packagedFiles.map((name) => `${folder}/${name}`);
}

function sizesOf(cluster: Cluster, facts: ReadonlyMap<string, Facts>): Sizes {
  const packaged = new Map<string, Packaged>();
  const walVolumesMb: number[] = [];
  for (const host of databaseHosts(cluster)) {
    const found = facts.get(host.name);
    if (found === undefined) continue;
    const parameters = packagedOn(cluster, found);
    if (Object.keys(parameters).length > 0) packaged.set(host.name, parameters);
    const sizeBytes = walBytes(host, found);
    if (sizeBytes > 0) walVolumesMb.push(Math.floor(sizeBytes / bytesPerMb));
  }
  const walVolumeMb = walVolumesMb.length === 0 ? undefined : Math.min(...walVolumesMb);
  return { packaged, walVolumeMb };
}

/** What was taken over counts, whatever has become of where it came from. */
function packagedOn(cluster: Cluster, { texts }: Facts): Packaged {
  const taken = texts.get(packagedFile);
  if (taken !== undefined) return packagedParameters([taken]);
  return packagedParameters(packagePaths(cluster).map((path) => texts.get(path) ?? ""));
}

function walBytes({ disks }: Host, { volumes, disks: found }: Facts): number {
  const volume = volumes.get(`${volumeGroup}/${walVolume}`);
  if (volume?.isThere === true) return volume.sizeBytes;
  return disks === undefined ? 0 : (found.get(disks.wal)?.sizeBytes ?? 0);
}
