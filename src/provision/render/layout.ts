/**
 * Which PostgreSQL a host gets: packages, folders, and the units that must stay asleep. It follows
 * from the family of the host's system and from the profile of the cluster file.
 *
 * Patroni alone may start PostgreSQL. So the unit that the package brings is masked, and where the
 * package makes a database cluster of its own when it is installed, that is prevented before. Postgres
 * Pro's cannot be prevented, and is kept from being started.
 */
import type { Cluster } from "../cluster/cluster.ts";
import type { HostFact } from "../resources/facts.ts";
import type { Obstacle } from "../resources/operation.ts";

export type PostgresqlLayout = {
  readonly family: Family;
  readonly packages: readonly string[];
  /** For Patroni's environment: a Python that can make one. */
  readonly pythonPackages: readonly string[];
  /** With postgres, initdb and psql. */
  readonly binFolder: string;
  readonly unitsToMask: readonly string[];
  /**
   * When: before the packages come, so that nothing starts; or after, where their scripts enable the
   * unit and would take a refusal for a failure.
   */
  readonly masked: "before" | "after";
  /** Written before the packages come: what keeps them from making a cluster, or from starting it. */
  readonly stockClusterSwitch: { readonly path: string; readonly text: string } | undefined;
  /** Where the package would put a cluster of its own. */
  readonly stockDataFolder: string;
  readonly user: string;
  readonly group: string;
  /** Where psql of this host looks; the first of `socketFolders`. */
  readonly socketFolder: string;
  readonly socketFolders: readonly string[];
};

export type Family = "debian" | "redhat";

const families: Readonly<Record<Family, ReadonlySet<string>>> = {
  debian: new Set(["debian", "ubuntu", "astra"]),
  redhat: new Set(["rhel", "fedora", "centos", "rocky", "almalinux", "ol", "redos"]),
};

export function layoutOf(os: HostFact["os"], cluster: Cluster): PostgresqlLayout | Obstacle {
  const family = familyOf(os);
  if (family === undefined) return unknownSystem(os);
  const { major, profile } = cluster.postgresql;
  const base = { ...common, family, pythonPackages: pythonPackages[family] };
  switch (profile) {
    case "postgrespro-1c":
      return { ...base, ...postgresPro(major) };
    case "pgdg":
      return { ...base, ...(family === "debian" ? debian(major) : pgdgRedhat(major)) };
    case "distribution":
      if (family === "debian") return { ...base, ...debian(major) };
      // RED OS names its packages as PGDG does, one set for each major version.
      return { ...base, ...(os.id === "redos" ? pgdgRedhat(major) : redhat) };
  }
}

export function isObstacle(layout: PostgresqlLayout | Obstacle): layout is Obstacle {
  return "finding" in layout;
}

function familyOf({ id, idLike }: HostFact["os"]): Family | undefined {
  const words = [id, ...idLike];
  if (words.some((word) => families.debian.has(word))) return "debian";
  return words.some((word) => families.redhat.has(word)) ? "redhat" : undefined;
}

function unknownSystem({ id, idLike }: HostFact["os"]): Obstacle {
  const like = idLike.length === 0 ? "" : `, ID_LIKE=${idLike.join(" ")}`;
  return {
    subject: "operating system",
    finding: `/etc/os-release says ID=${id}${like}: no system whose PostgreSQL packages are known`,
    remedy: "use a relative of Debian (Ubuntu, Astra) or of RHEL (RED OS, Rocky, AlmaLinux)",
  };
}

const pythonPackages = {
  debian: ["python3", "python3-venv"],
  redhat: ["python3", "python3-pip"],
} as const;

const common = {
  user: "postgres",
  group: "postgres",
  socketFolder: "/run/postgresql",
  socketFolders: ["/run/postgresql"],
  masked: "before",
  stockClusterSwitch: undefined,
} as const;

/** Debian's packages and PGDG's for Debian have the same names and the same postgresql-common. */
function debian(major: number) {
  return {
    packages: [`postgresql-${major}`],
    binFolder: `/usr/lib/postgresql/${major}/bin`,
    unitsToMask: ["postgresql.service", `postgresql@${major}-main.service`],
    stockClusterSwitch: {
      path: "/etc/postgresql-common/createcluster.d/vip-agent.conf",
      text:
        "# Written by vip-agent provision: Patroni makes the cluster, not the package.\n" +
        "create_main_cluster = false\n",
    },
    stockDataFolder: `/var/lib/postgresql/${major}/main`,
  };
}

function pgdgRedhat(major: number) {
  return {
    packages: [`postgresql${major}-server`, `postgresql${major}-contrib`],
    binFolder: `/usr/pgsql-${major}/bin`,
    unitsToMask: [`postgresql-${major}.service`],
    stockDataFolder: `/var/lib/pgsql/${major}/data`,
  };
}

const redhat = {
  packages: ["postgresql-server", "postgresql-contrib"],
  binFolder: "/usr/bin",
  unitsToMask: ["postgresql.service"],
  stockDataFolder: "/var/lib/pgsql/data",
};

/**
 * The same prefix on every system. The package makes a cluster, enables its unit and starts it. A unit
 * whose condition does not hold is passed over without an error, so the scripts of the package get
 * through, and nothing runs. Programs of 1C look for the socket in /tmp, those of the distribution in
 * /run.
 */
function postgresPro(major: number) {
  const name = `postgrespro-1c-${major}`;
  return {
    packages: [name],
    binFolder: `/opt/pgpro/1c-${major}/bin`,
    unitsToMask: [`${name}.service`],
    masked: "after" as const,
    stockClusterSwitch: {
      path: `/etc/systemd/system/${name}.service.d/vip-agent.conf`,
      text:
        "# Written by vip-agent provision: Patroni starts PostgreSQL, not this unit.\n" +
        "[Unit]\n" +
        "ConditionPathExists=/nonexistent/cluster-of-the-package\n",
    },
    stockDataFolder: postgresProData(major),
    socketFolders: ["/run/postgresql", "/tmp"],
  };
}

function postgresProData(major: number): string {
  return `/var/lib/pgpro/1c-${major}/data`;
}

/** Of a package that makes and tunes a cluster on every system; undefined for others. */
export function tunedDataFolder({ postgresql }: Cluster): string | undefined {
  const { major, profile } = postgresql;
  return profile === "postgrespro-1c" ? postgresProData(major) : undefined;
}
