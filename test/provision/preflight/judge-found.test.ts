/**
 * What preflight finds on a single host: programs, data and disks of others, and what may refuse ours.
 */
import { consulNoteFile, patroniNoteFile } from "../../../src/provision/removal/notes.ts";
import { sixHosts } from "../support/clusters.ts";
import { keyDigest } from "./surveys.ts";
import {
  type Row,
  active,
  allOf,
  programs,
  protection,
  space,
  storage,
  testRows,
} from "./changes.ts";

const cluster = sixHosts();
const foreign = { path: "/etc/consul.d/server.hcl", datacenter: "dc9", node: "", keyDigest: "" };
const pro = sixHosts({
  postgresql: { ...cluster.postgresql, profile: "postgrespro-1c", major: 18 },
});

/** As a removal has left it: data, and notes that say whose they are. */
function left(notes: { readonly node?: string; readonly data?: string }) {
  const { node = "test-db1", data = "/pgdata/17/test" } = notes;
  return allOf(
    programs({
      consulConfigs: [
        { path: consulNoteFile, datacenter: "test-dcs-cluster", node, keyDigest: "" },
      ],
      consulData: [{ path: "/var/lib/consul", keyDigest }],
      patronis: [{ path: patroniNoteFile, scope: "test", namespace: "/db/", name: node, data }],
    }),
    storage({ databases: [{ path: "/pgdata/17/test", version: "17" }] }),
  );
}

const rows: readonly Row[] = [
  ["data that a removal has left", left({}), []],
  [
    "data that a removal has left of another host",
    left({ node: "test-db2" }),
    ["error consul-exists", "error patroni-exists", "error data-exists"],
  ],
  [
    "data where the note has none",
    left({ data: "/other/17/test" }),
    ["error patroni-exists", "error data-exists"],
  ],
  [
    "data that a removal has left, and a Consul that was set up since",
    allOf(left({}), (survey, host) => {
      const { consulConfigs } = survey.programs;
      return programs({ consulConfigs: [...consulConfigs, foreign] })(survey, host);
    }),
    ["error consul-exists"],
  ],
  [
    "a Consul of another datacenter",
    programs({ consulConfigs: [foreign] }),
    ["error consul-datacenter"],
  ],
  [
    "a Consul of this datacenter, made by somebody else",
    programs({ consulConfigs: [{ ...foreign, datacenter: "test-dcs-cluster" }] }),
    ["error consul-exists"],
  ],
  [
    "data of a Consul, and no configuration",
    programs({ consulData: [{ path: "/opt/consul", keyDigest: "" }] }),
    ["error consul-exists"],
  ],
  [
    "a Consul without configuration",
    programs({ processes: [{ name: "consul", unit: "" }] }),
    ["error consul-exists"],
  ],
  [
    "our file of another node",
    programs({
      consulConfigs: [
        {
          path: "/etc/consul.d/consul.json",
          datacenter: "test-dcs-cluster",
          node: "test-db9",
          keyDigest: "",
        },
      ],
    }),
    ["error consul-node"],
  ],
  [
    "a Patroni of another cluster",
    programs({
      patronis: [
        { path: "/etc/patroni/patroni.yml", scope: "shop", namespace: "/db/", name: "test-db1" },
      ],
    }),
    ["error patroni-exists"],
  ],
  [
    "a Patroni of another namespace",
    programs({
      patronis: [
        { path: "/etc/patroni/patroni.yml", scope: "test", namespace: "", name: "test-db1" },
      ],
    }),
    ["error patroni-exists"],
  ],
  [
    "a Patroni without configuration",
    programs({ processes: [{ name: "patroni", unit: "" }] }),
    ["error patroni-exists"],
  ],
  [
    "a database where ours goes",
    storage({ databases: [{ path: "/pgdata/17/test", version: "17" }] }),
    ["error data-exists"],
  ],
  [
    "things where our database goes",
    storage({ leftovers: new Map([["/pgdata/17/test", 3]]) }),
    ["error data-leftover"],
  ],
  [
    "a database of a package",
    storage({ databases: [{ path: "/var/lib/postgresql/15/main", version: "15" }] }),
    ["warning postgresql-data"],
  ],
  [
    "PostgresPro's own database",
    storage({ databases: [{ path: "/var/lib/pgpro/1c-18/data", version: "18" }] }),
    [],
    pro,
  ],
  [
    "a PostgreSQL that runs",
    programs({ processes: [{ name: "postgres", unit: "postgresql@15-main.service" }] }),
    ["warning postgresql-running"],
  ],
  [
    "a PostgreSQL that runs by the unit that is to be masked",
    programs({ processes: [{ name: "postgres", unit: "postgrespro-1c-18.service" }] }),
    ["error postgresql-running"],
    pro,
  ],
  ["vip-manager", active("vip-manager"), ["error vip-manager-active"]],
  ["keepalived", active("keepalived"), ["warning keepalived-active"]],
  ["etcd", active("etcd"), ["warning etcd-active"]],
  [
    "a file of keepalived that names the VIP",
    programs({ vipFiles: ["/etc/keepalived/keepalived.conf"] }),
    ["warning vip-named"],
  ],
  [
    "the same, and keepalived runs",
    allOf(active("keepalived"), (survey) => ({
      ...survey,
      programs: { ...survey.programs, vipFiles: ["/etc/keepalived/keepalived.conf"] },
    })),
    ["error vip-named", "warning keepalived-active"],
  ],
  ["no room", space("/", { freeMb: 700 }), ["error space-low"]],
  ["little room", space("/var/lib", { freeMb: 3_000 }), ["warning space-low"]],
  ["little room where data go", space("/pgdata", { freeMb: 3_000 }), ["warning space-low"]],
  ["/opt noexec", space("/opt", { options: ["rw", "noexec"] }), ["error noexec"]],
  ["/tmp noexec", space("/tmp", { options: ["noexec"] }), ["warning noexec"]],
  ["/tmp full", space("/tmp", { freeMb: 3 }), ["error tmp-full"]],
  ["/tmp closed", storage({ tmpMode: "755" }), ["error tmp-mode"]],
  ["SELinux enforcing", protection({ selinux: "enforcing" }), ["warning selinux-enforcing"]],
  ["SELinux permissive", protection({ selinux: "permissive" }), []],
  [
    "signatures enforced",
    protection({ digitalSignature: "/sys/digsig/elf_mode" }),
    ["error digital-signature"],
  ],
  ["a closed umask", protection({ umask: "0077" }), ["warning umask"]],
  ["a umask for groups", protection({ umask: "0002" }), []],
  [
    "a lock",
    protection({ lock: { owner: "ann at 12:00", machine: "desk", ageS: 300 } }),
    ["error locked"],
  ],
  ["unattended upgrades", programs({ upgraders: ["x"] }), ["warning unattended-upgrades"]],
];

testRows(rows);
