/**
 * Arbitrary wishes, and arbitrary hosts that they meet.
 *
 * A wish is made of groups, each of which needs nothing of the others, with texts and versions that
 * vary. A host is a bare one on which an earlier run of another wish was cut off somewhere, and
 * on which people have been at work since.
 */
import fc from "fast-check";
import type { Resource } from "../../../src/provision/resources/resource.ts";
import { applyResources } from "../fake/apply-resources.ts";
import { stampPath } from "../fake/answers.ts";
import { fakeHost } from "../fake/fake-host.ts";
import { isRunning, start } from "../fake/systemd.ts";
import {
  type ArtefactModel,
  type HostModel,
  type PackageModel,
  type Surroundings,
  bareModel,
  directory,
  disk,
  file,
  link,
} from "../fake/model.ts";

/** What varies in a wish. */
export type Variant = {
  readonly text: string;
  readonly secret: string;
  readonly mode: string;
  readonly version: string;
  readonly groups: readonly string[];
};

const postgresql: PackageModel = {
  version: "17.2-1",
  users: ["postgres"],
  files: { "/usr/lib/systemd/system/postgresql.service": "User=postgres\n" },
  starts: { unit: "postgresql.service" },
};

/** Its script starts the service at once, on what it brings or finds. */
function agentPackage(version: string): PackageModel {
  return {
    version: `${version}-1`,
    users: ["vip-agent"],
    files: {
      "/etc/vip-agent/vip-agent.yml": "example\n",
      "/usr/lib/systemd/system/vip-agent.service":
        "User=vip-agent\nX-Reads=/etc/vip-agent/vip-agent.yml\nX-Rereads=/etc/vip-agent/rules.yml\n",
    },
    starts: { unit: "vip-agent.service" },
  };
}

export const versions = ["1.0.0", "1.1.0"];

export const around: Surroundings = {
  repository: new Map<string, PackageModel>([
    ["postgresql-17", postgresql],
    ["chrony", { version: "4.3-2" }],
  ]),
  artefacts: new Map<string, ArtefactModel>(
    versions.flatMap((version): [string, ArtefactModel][] => [
      [`consul-${version}`, { kind: "program", prints: `Consul v${version}` }],
      [`agent-${version}`, { kind: "package", name: "vip-agent", package: agentPackage(version) }],
    ]),
  ),
};

const variant: fc.Arbitrary<Omit<Variant, "secret">> = fc.record({
  text: fc.constantFrom("", "one\n", "two\nlines\n", "no newline"),
  mode: fc.constantFrom("0640", "0600", "0750"),
  version: fc.constantFrom(...versions),
  groups: fc.subarray(["adm", "root"]),
});

type Group = (variant: Variant) => readonly Resource[];

function artefact(from: string) {
  return { from, sha256: undefined };
}

const root = { owner: "root", group: "root" };

const consul: Group = ({ text, secret, mode, version, groups }) => {
  const config = `${text}${secret}`;
  const reads = ["/usr/local/bin/consul", "/etc/consul.d/consul.json"];
  const lines = ["User=consul", ...reads.map((path) => `X-Reads=${path}`), `Description=${mode}`];
  const unit = `${lines.join("\n")}\n`;
  const group = { owner: "root", group: "consul" };
  return [
    { kind: "user", name: "consul", home: "/var/lib/consul", groups },
    { kind: "directory", path: "/etc/consul.d", ...group, mode: "0750" },
    {
      kind: "program",
      path: "/usr/local/bin/consul",
      versionArgs: ["version"],
      version,
      artefact: artefact(`consul-${version}`),
    },
    {
      kind: "file",
      path: "/etc/consul.d/consul.json",
      ...group,
      mode,
      content: {
        text: config,
        isSecret: true,
      },
    },
    {
      kind: "file",
      path: "/etc/systemd/system/consul.service",
      ...root,
      mode: "0644",
      content: {
        text: unit,
        isSecret: false,
      },
    },
    {
      kind: "unit",
      name: "consul.service",
      state: "started",
      restartsOn: `${version}${unit}${config}`,
    },
  ];
};

const storage: Group = ({ mode }) => {
  const owner = { owner: "postgres", group: "postgres", mode: "0700" };
  const volume = { kind: "volume", group: "pg" } as const;
  return [
    { kind: "user", name: "postgres", home: "/var/lib/postgresql", groups: [] },
    { ...volume, name: "pg_data", disk: "/dev/disk/by-id/data", mountPoint: "/pgdata" },
    { ...volume, name: "pg_wal", disk: "/dev/sdc", mountPoint: "/pgwal" },
    { kind: "directory", path: "/pgdata", ...root, mode },
    { kind: "directory", path: "/pgdata/17", ...owner },
    { kind: "directory", path: "/pgwal/17", ...owner },
  ];
};

const stock: Group = () => [
  { kind: "unit", name: "postgresql.service", state: "masked", restartsOn: "" },
  { kind: "packages", names: ["postgresql-17", "chrony"] },
];

const venv: Group = ({ version, text }) => [
  { kind: "directory", path: "/opt/patroni", ...root, mode: "0755" },
  {
    kind: "venv",
    path: `/opt/patroni/${version}`,
    link: "/opt/patroni/current",
    requirements: [`patroni==${version}`, `extra==${text.length}`],
    wheels: undefined,
  },
  { kind: "link", path: "/usr/local/bin/patroni", target: "/opt/patroni/current/bin/patroni" },
];

const names: Group = ({ text, version }) => [
  { kind: "block", path: "/etc/hosts", name: "hosts", lines: [`10.0.0.1 ${version}`] },
  { kind: "block", path: "/etc/hosts", name: "more", lines: text.split("\n") },
];

const agent: Group = ({ text, mode, version }) => {
  const folder = "/etc/vip-agent";
  const settings = `# settings\n${text}`;
  const rules = `rules ${mode}\n`;
  const config = { owner: "root", group: "root", mode };
  return [
    { kind: "directory", path: folder, ...root, mode: "0755" },
    {
      kind: "package-file",
      name: "vip-agent",
      version,
      artefact: artefact(`agent-${version}`),
    },
    {
      kind: "file",
      path: `${folder}/vip-agent.yml`,
      ...config,
      content: {
        text: settings,
        isSecret: false,
      },
    },
    {
      kind: "file",
      path: `${folder}/rules.yml`,
      ...config,
      content: {
        text: rules,
        isSecret: false,
      },
    },
    {
      kind: "unit",
      name: "vip-agent.service",
      state: "started",
      restartsOn: `${version}${settings}`,
      reloadsOn: rules,
    },
  ];
};

const allGroups = [consul, storage, stock, venv, names, agent];

/**
 * Of each group none, all, or a beginning, which needs nothing of what comes behind it. With a secret
 * of this run, which never stands in a fixture.
 */
export function wishes(secret: string): fc.Arbitrary<readonly Resource[]> {
  const length = fc.oneof(fc.constant(10), fc.nat({ max: 5 }));
  const lengths = fc.array(length, { minLength: allGroups.length, maxLength: allGroups.length });
  return fc.tuple(lengths, variant).map(([counts, varied]) => {
    return allGroups.flatMap((group, index) => {
      return group({ ...varied, secret }).slice(0, counts[index]);
    });
  });
}

/** A run that is cut off right after it has put the file right leaves the service as it is. */
const edit = "edits a file and restarts the service on it";

/** What people do to a host, with nothing in the way of a later run. */
const habits: Record<string, (model: HostModel) => void> = {
  "loosens modes": (model) => {
    for (const [path, entry] of model.entries) {
      if (entry.type === "link" || !path.startsWith("/etc/c")) continue;
      model.entries.set(path, { ...entry, mode: "0777" });
    }
  },
  "edits a file": ({ entries }) => {
    const path = "/etc/consul.d/consul.json";
    const entry = entries.get(path);
    if (entry?.type === "file") entries.set(path, { ...entry, text: `${entry.text}edited` });
  },
  [edit]: (model) => {
    const path = "/etc/vip-agent/vip-agent.yml";
    const entry = model.entries.get(path);
    const name = "vip-agent.service";
    if (entry?.type !== "file" || !isRunning(model, name)) return;
    model.entries.set(path, { ...entry, text: `${entry.text}edited` });
    start(model, name);
  },
  "edits /etc/hosts": ({ entries }) => {
    const entry = entries.get("/etc/hosts");
    if (entry?.type === "file") entry.text = `10.9.9.9 theirs\n${entry.text}# theirs, too`;
  },
  "stops services": ({ units }) => {
    for (const unit of units.values()) unit.active = "inactive";
  },
  "disables services": ({ units }) => {
    for (const unit of units.values()) unit.isEnabled = false;
  },
  "loses the stamps": ({ entries }) => {
    for (const name of ["consul.service", "vip-agent.service"]) {
      entries.delete(stampPath(name, "started"));
    }
  },
  "switches the link": ({ entries }) => {
    if (entries.has("/opt/patroni")) entries.set("/opt/patroni/current", link("/opt/theirs"));
  },
  "has files of its own": ({ entries }) => {
    entries.set("/etc/theirs", directory());
    entries.set("/etc/theirs/notes", file("do not lose me"));
    entries.set("/opt/theirs", file("nor me"));
  },
  "makes the mount points": ({ entries, volumeGroups }) => {
    if (volumeGroups.size === 0) entries.set("/pgdata", directory({ mode: "0700" }));
  },
  "has users in groups of its own": ({ users, groups }) => {
    groups.add("theirs");
    users.get("consul")?.groups.push("theirs");
  },
};

/** What must keep a later run from doing anything, where it concerns it. */
const troubles: Record<string, (model: HostModel) => void> = {
  "masks a unit": ({ entries, units }) => {
    entries.set("/etc/systemd/system/vip-agent.service", link("/dev/null"));
    units.delete("vip-agent.service");
  },
  "runs a database": ({ entries, units }) => {
    entries.set("/usr/lib/systemd/system/postgresql.service", file("[Service]"));
    units.set("postgresql.service", {
      isEnabled: true,
      active: "active",
      loaded: "[Service]",
      runsOn: new Map(),
    });
  },
  "uses a disk": ({ disks }) => {
    disks.get("/dev/sdc")?.uses.push("xfs signature");
  },
  "loses a disk": ({ disks }) => {
    disks.delete("/dev/sdb");
  },
  "fills a mount point": ({ entries }) => {
    entries.set("/pgwal", directory()).set("/pgwal/theirs", file("do not hide me"));
  },
  "breaks a marker": ({ entries }) => {
    entries.set("/etc/hosts", file("# begin vip-agent hosts\n10.0.0.1 lost\n"));
  },
  "links a file elsewhere": ({ entries }) => {
    entries.set("/etc/consul.d/consul.json", link("/srv/consul.json"));
  },
  "has a file in place of a directory": ({ entries }) => {
    entries.set("/opt/patroni", file("theirs"));
  },
};

export function hostWithTwoDisks(): HostModel {
  const model = bareModel();
  model.disks.set("/dev/sdb", disk(["/dev/sdb", "/dev/disk/by-id/data"], "S1"));
  model.disks.set("/dev/sdc", disk(["/dev/sdc"], "S2"));
  return model;
}

export type History = {
  readonly earlier: readonly Resource[];
  readonly cutOff: { readonly at: number; readonly stages: number };
  readonly habits: readonly string[];
  readonly troubles: readonly string[];
};

export type HistoryOptions = {
  readonly withTroubles?: boolean;
  readonly isCutOffLater?: boolean;
};

export function histories(secret: string, options: HistoryOptions = {}): fc.Arbitrary<History> {
  const { withTroubles = false, isCutOffLater = false } = options;
  const all = Object.keys(habits).filter((habit) => !isCutOffLater || habit !== edit);
  return fc.record({
    earlier: wishes(secret),
    cutOff: fc.record({ at: fc.integer({ min: 1, max: 40 }), stages: fc.nat({ max: 4 }) }),
    habits: fc.subarray(all),
    troubles: withTroubles ? fc.subarray(Object.keys(troubles)) : fc.constant([]),
  });
}

export async function startingHost(history: History): Promise<HostModel> {
  const model = hostWithTwoDisks();
  await applyResources(fakeHost({ model, around, cutOff: history.cutOff }), history.earlier);
  for (const habit of history.habits) habits[habit]?.(model);
  for (const trouble of history.troubles) troubles[trouble]?.(model);
  return model;
}
