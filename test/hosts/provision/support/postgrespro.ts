/**
 * A stand-in for PostgresPro's package, which cannot be had here: what a host looks like after it.
 *
 * It has what distinguishes the real one: a prefix of its own, a unit of its own, and an installation
 * that at once makes a cluster, tunes it for 1C, and starts it. The programs are Debian's, so its
 * major version is Debian's too, and none of Debian's own packages of PostgreSQL comes along.
 */
import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { run } from "../../../../lab/command.ts";

const INDEX = fileURLToPath(new URL("../../../../setup/apt-index.sh", import.meta.url));
const DEADLINE_MS = 60_000;

export type StubOptions = {
  /** The apt repository with Debian's packages. */
  readonly packages: string;
  readonly major: number;
  /** An empty folder, which becomes a repository. */
  readonly out: string;
};

/** /etc/os-release of Astra Linux 1.8. */
export const ASTRA_RELEASE = [
  'PRETTY_NAME="Astra Linux"',
  'NAME="Astra Linux"',
  "ID=astra",
  "ID_LIKE=debian",
  'VERSION_ID="1.8_x86-64"',
  "VERSION_CODENAME=1.8_x86-64",
  "",
].join("\n");

/** The name of the package and of its unit. */
export function nameOf(major: number): string {
  return `postgrespro-1c-${major}`;
}

export async function buildStub({ packages, major, out }: StubOptions): Promise<void> {
  const tree = `${out}/tree`;
  await mkdir(`${tree}/DEBIAN`, { recursive: true });
  const sources = await debianPackages(packages, major);
  const depends: string[] = [];
  for (const file of sources) {
    await run(["dpkg-deb", "--extract", file, tree], { timeoutMs: DEADLINE_MS });
    depends.push(await run(["dpkg-deb", "--field", file, "Depends"]));
  }
  const prefix = `${tree}/opt/pgpro/1c-${major}/bin`;
  await mkdir(prefix, { recursive: true });
  const programs = `/usr/lib/postgresql/${major}/bin`;
  for (const name of await readdir(`${tree}${programs}`)) {
    await symlink(`${programs}/${name}`, `${prefix}/${name}`);
  }
  const units = `${tree}/usr/lib/systemd/system`;
  await mkdir(units, { recursive: true });
  await writeFile(`${units}/${nameOf(major)}.service`, unit(major));
  await writeFile(`${tree}/DEBIAN/control`, control(major, depends));
  await writeFile(`${tree}/DEBIAN/postinst`, installation(major));
  await chmod(`${tree}/DEBIAN/postinst`, 0o755);
  const words = ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree];
  await run([...words, `${out}/${nameOf(major)}_1_all.deb`], { timeoutMs: DEADLINE_MS });
  await run(["rm", "-rf", tree]);
  await run(["sh", INDEX, out]);
}

async function debianPackages(packages: string, major: number): Promise<readonly string[]> {
  const names = [`postgresql-${major}_`, `postgresql-client-${major}_`];
  const found = (await readdir(packages)).filter((file) => {
    return names.some((name) => file.startsWith(name));
  });
  if (found.length === names.length) return found.map((file) => `${packages}/${file}`);
  throw new Error(`the repository of the lab has no PostgreSQL ${major}`);
}

function control(major: number, depends: readonly string[]): string {
  const isOfDebian = /^(?:postgresql-|ssl-cert|debconf)/u;
  const wanted = depends.flatMap((line) => line.trim().split(", "));
  const kept = [...new Set(wanted)].filter((one) => !isOfDebian.test(one));
  return [
    `Package: ${nameOf(major)}`,
    "Version: 1",
    "Architecture: all",
    "Maintainer: nobody <nobody@localhost>",
    `Depends: ${[...kept, "libpq5"].join(", ")}`,
    "Description: stand-in of a test for the package of this name",
    "",
  ].join("\n");
}

function unit(major: number): string {
  const [data, bin] = [`/var/lib/pgpro/1c-${major}/data`, `/opt/pgpro/1c-${major}/bin`];
  return [
    "[Unit]",
    "Description=Postgres Pro 1c database server",
    "After=network.target",
    "[Service]",
    "Type=forking",
    "User=postgres",
    `ExecStart=${bin}/pg_ctl start -D ${data} -s -w -l /var/lib/pgpro/1c-${major}/startup.log`,
    `ExecStop=${bin}/pg_ctl stop -D ${data} -s -m fast`,
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

function installation(major: number): string {
  const home = `/var/lib/pgpro/1c-${major}`;
  const tuned = [
    "shared_buffers = 512MB",
    "work_mem = 4MB",
    "max_connections = 500",
    "max_locks_per_transaction = 256",
    "standard_conforming_strings = off",
    "escape_string_warning = off",
    "max_parallel_workers_per_gather = 0",
    "unix_socket_directories = '/tmp'",
  ];
  return [
    "#!/bin/sh",
    "set -e",
    '[ "$1" = configure ] || exit 0',
    "id postgres >/dev/null 2>&1 ||",
    "    useradd --system --user-group --home-dir /var/lib/postgresql --create-home \\",
    "        --shell /bin/bash postgres",
    `if [ ! -e ${home}/data/PG_VERSION ]; then`,
    `    install -d -o postgres -g postgres -m 0700 ${home} ${home}/data`,
    `    runuser -u postgres -- /opt/pgpro/1c-${major}/bin/initdb -k -D ${home}/data >/dev/null`,
    `    cat >>${home}/data/postgresql.conf <<END`,
    ...tuned,
    "END",
    "fi",
    "systemctl daemon-reload",
    `systemctl enable --quiet ${nameOf(major)}`,
    // Not where it is masked.
    `systemctl start ${nameOf(major)} || true`,
    "",
  ].join("\n");
}
