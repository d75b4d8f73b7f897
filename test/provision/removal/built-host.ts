/**
 * Hosts in memory on which a cluster was built, with data in it, and a removal from them.
 */
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { phases } from "../../../src/provision/phases/phases.ts";
import type { World } from "../../../src/provision/phases/world.ts";
import { type Removal, removalPhases } from "../../../src/provision/removal/phases.ts";
import { dataFolder, walFolder } from "../../../src/provision/render/paths.ts";
import type { Operation } from "../../../src/provision/resources/operation.ts";
import { applyResources, obstaclesIn } from "../fake/apply-resources.ts";
import { type FakeHost, type FakeOptions, fakeHost } from "../fake/fake-host.ts";
import {
  type HostModel,
  type Surroundings,
  bareModel,
  directory,
  disk,
  file,
  link,
  stateFolder,
} from "../fake/model.ts";

/** What the wishes of these clusters need. */
const around: Surroundings = {
  repository: new Map([
    [
      "postgresql-17",
      {
        version: "17.6-1",
        users: ["postgres"],
        files: { "/usr/lib/systemd/system/postgresql.service": "User=postgres\n" },
        starts: { unit: "postgresql.service" },
      },
    ],
    ["python3", { version: "3.11-1" }],
    ["python3-venv", { version: "3.11-1" }],
  ]),
  artefacts: new Map([
    ["consul_1.22.3_linux_amd64.zip", { kind: "program", prints: "Consul v1.22.3" }],
    [
      "vip-agent_0.1.0_amd64.deb",
      {
        kind: "package",
        name: "vip-agent",
        package: {
          version: "0.1.0-1",
          users: ["vip-agent"],
          files: {
            "/etc/vip-agent/README": "",
            "/usr/lib/systemd/system/vip-agent.service": "User=vip-agent\n",
          },
        },
      },
    ],
  ]),
};

/** With the tool's own folder, which the lock of every run makes. */
export function freshHost(): HostModel {
  const model = bareModel();
  model.entries.set(stateFolder, directory({ mode: "0700" }));
  model.disks.set("/dev/sdb", disk(["/dev/sdb", "/dev/disk/by-id/test-data"], "S1"));
  model.disks.set("/dev/sdc", disk(["/dev/sdc", "/dev/disk/by-id/test-wal"], "S2"));
  return model;
}

/** As `apply` does, as far as `cutOff`. */
export async function build(
  { cluster, ...world }: World,
  host: Host,
  model: HostModel,
  cutOff?: FakeOptions["cutOff"],
): Promise<void> {
  const all = { cluster, ...world };
  const fake = fakeHost({ host: host.name, model, around, ...(cutOff && { cutOff }) });
  for (const phase of phases) {
    if (!phase.hosts(all).includes(host)) continue;
    const { outcome } = await applyResources(fake, phase.resources(all, host));
    if (outcome.ok) continue;
    if (cutOff === undefined) throw new Error(outcome.detail);
    return;
  }
}

/** What PostgreSQL and Consul write once they run. */
export function addData(cluster: Cluster, model: HostModel): void {
  const [data, wal] = [dataFolder(cluster), walFolder(cluster)];
  const own = { owner: "postgres", group: "postgres", mode: "0700" };
  const entries = [
    [data, directory(own)],
    [`${data}/PG_VERSION`, file("17\n", own)],
    [`${data}/base`, directory(own)],
    [`${data}/base/1`, file("rows", own)],
    [`${data}/pg_wal`, link(wal)],
    [wal, directory(own)],
    [`${wal}/000000010000000000000001`, file("wal", own)],
    [`${wal}/00000002.history`, file("1", own)],
    [`${wal}/archive_status`, directory(own)],
    ["/var/lib/consul/node-id", file("id", { owner: "consul" })],
    ["/var/lib/consul/raft", directory({ owner: "consul" })],
    ["/var/lib/consul/raft/raft.db", file("log", { owner: "consul" })],
  ] as const;
  for (const [path, entry] of entries) model.entries.set(path, entry);
}

export async function builtHost(world: World, host: Host): Promise<HostModel> {
  const model = freshHost();
  await build(world, host, model);
  addData(world.cluster, model);
  return model;
}

export const withoutData: Removal = { isWithData: false, isComparable: true };
export const withData: Removal = { isWithData: true, isComparable: true };

export type Removed = {
  readonly fake: FakeHost;
  readonly operations: readonly Operation[];
  /** Summaries of what was done. */
  readonly told: readonly string[];
  /** Why it ended before its end. */
  readonly failure: string | undefined;
};

export async function removeFrom(
  world: World,
  host: Host,
  model: HostModel,
  { cutOff, ...removal }: Removal & Pick<FakeOptions, "cutOff">,
): Promise<Removed> {
  const fake = fakeHost({ host: host.name, model, around, ...(cutOff && { cutOff }) });
  const told: string[] = [];
  for (const phase of removalPhases(removal)) {
    if (!phase.hosts(world).includes(host)) continue;
    const { outcome, events } = await applyResources(fake, phase.resources(world, host));
    for (const event of events) if (event.kind === "step-started") told.push(event.summary);
    if (outcome.ok) continue;
    const obstacles = obstaclesIn(events).map(({ finding }) => finding);
    const failure = [outcome.detail, ...obstacles].join("; ");
    return { fake, operations: fake.performed, told, failure };
  }
  return { fake, operations: fake.performed, told, failure: undefined };
}

/** The folders whose content nobody but the second confirmation gives away. */
export function isDataPath({ postgresql }: Cluster, path: string): boolean {
  const roots = [postgresql.dataRoot, postgresql.walRoot, "/var/lib/consul"];
  return roots.some((root) => path === root || path.startsWith(`${root}/`));
}
