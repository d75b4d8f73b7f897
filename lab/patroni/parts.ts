/**
 * The real parts of a database host: where PostgreSQL and Patroni are on this machine, and the
 * ordinary user that they run as.
 *
 * PostgreSQL refuses to run as root. Where the sandbox was made by root there is Debian's own user
 * `postgres`; where an ordinary user made it, that user is the only one in there, called root, and a
 * user namespace of its own calls it `postgres`. Patroni lies in the home of whoever set the lab up,
 * which `postgres` may not enter, so the sandbox mounts it in a place that is open.
 */
import { access, mkdir, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { attempt, run } from "../command.ts";

const SETUP = fileURLToPath(new URL("../../setup/patroni.sh", import.meta.url));
const POSTGRESQL_FOLDER = "/usr/lib/postgresql";
const POSTGRESQL_RELEASES = ["18", "17", "16", "15"];
const USER = "postgres";

export const PATRONI_VERSIONS = ["4.1.5", "3.1.2"] as const;

export type PatroniVersion = (typeof PATRONI_VERSIONS)[number];

export type Parts = {
  readonly version: PatroniVersion;
  /** Of the environment that has Patroni. */
  readonly python: string;
  /** The folder with PostgreSQL's programs. */
  readonly binFolder: string;
  /** The words before a command that make it one of user postgres. */
  readonly asPostgres: readonly string[];
  /** Undefined where that user is the harness's own under another name. */
  readonly uid: number | undefined;
};

/** Throws what is missing, in one line. */
export async function findParts(version: PatroniVersion = "4.1.5"): Promise<Parts> {
  const binFolder = await findPostgresql();
  const user = await findUser();
  const python = `${await mountPatroni(version)}/bin/python`;
  const { exitCode, stderr } = await attempt([...user.asPostgres, python, "-c", "import patroni"]);
  if (exitCode === 0) return { version, python, binFolder, ...user };
  const cause = stderr.trim().split("\n").at(-1) ?? "";
  throw new Error(`user ${USER} cannot run ${python} in this sandbox: ${cause}`);
}

async function findPostgresql(): Promise<string> {
  const present: readonly string[] = await readdir(POSTGRESQL_FOLDER).catch(() => []);
  for (const release of POSTGRESQL_RELEASES.filter((one) => present.includes(one))) {
    const folder = `${POSTGRESQL_FOLDER}/${release}/bin`;
    const isThere = await access(`${folder}/postgres`).then(
      () => true,
      () => false,
    );
    if (isThere) return folder;
  }
  const wanted = `${POSTGRESQL_FOLDER}/{${POSTGRESQL_RELEASES.join(",")}}/bin`;
  throw new Error(`there is no PostgreSQL in ${wanted}: npm run setup brings Debian's`);
}

async function findUser(): Promise<Pick<Parts, "asPostgres" | "uid">> {
  const { exitCode, stdout } = await attempt(["id", "-u", USER]);
  if (exitCode !== 0) throw new Error(`there is no user ${USER}: Debian's PostgreSQL brings it`);
  const words = ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--init-groups", "--"];
  if ((await attempt([...words, "true"])).exitCode === 0) {
    return { asPostgres: words, uid: Number(stdout) };
  }
  const nested = ["unshare", "--user", `--map-user=${USER}`, `--map-group=${USER}`, "--"];
  const { exitCode: failure, stderr } = await attempt([...nested, "true"]);
  if (failure === 0) return { asPostgres: nested, uid: undefined };
  throw new Error(`PostgreSQL needs a user other than root here, run it as root: ${stderr.trim()}`);
}

// Mounts stay until the sandbox ends, so the next lab in it finds them.
async function mountPatroni(version: PatroniVersion): Promise<string> {
  const { exitCode, stdout } = await attempt(["sh", SETUP, version]);
  if (exitCode !== 0) throw new Error(`there is no Patroni ${version}: npm run setup brings it`);
  const place = `/run/patroni-${version}`;
  // The list of mounts would not tell: that of an outer sandbox is in it, and hidden by this one's /run.
  const isMounted = await access(`${place}/bin`).then(
    () => true,
    () => false,
  );
  if (isMounted) return place;
  await mkdir(place, { recursive: true });
  await run(["mount", "--bind", stdout.trim(), place]);
  return place;
}
