/**
 * The directory in which Patroni's callbacks leave word, and whether it may be trusted.
 *
 * Whoever can write there can make this host let go of the VIP, so that is Patroni's user alone (by
 * its group, which may add but not list), and the sticky bit keeps even that group from removing
 * what is another's. The owner lists and removes: root where the daemon is root, else the daemon's
 * own user. It cannot be root for a daemon that is not: in a sticky directory nobody but its owner
 * removes what others have made, and without that bit every member of the group could.
 *
 * Packages make it by tmpfiles.d, at boot and before each start of the service. A daemon that runs
 * as root makes it itself. RuntimeDirectory= of the unit would not do: it knows one group only, goes
 * with the service (and the word that was left meanwhile with it), and services of the same template
 * would remove each other's.
 */
import { constants } from "node:fs";
import { access, chmod, chown, lstat, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Outcome, done, failed } from "../outcome.ts";

export const defaultDirectory = "/run/vip-agent/callbacks";

/** As every package of PostgreSQL calls it. */
const patroniGroup = "postgres";

const placeMode = 0o1730;
const parentMode = 0o755;

/** Bits of a mode. */
const sticky = 0o1000;
const othersWrite = 0o002;

export type PlaceCode = "missing" | "unsafe" | "closed" | "failed";

/** Tells one directory from another that was made in its place; the file system may reuse a number. */
export type PlaceIdentity = string;

/** What the error of a file operation is called, as in ENOENT. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "failed";
}

/** Looks whether this process may and should listen there. */
export async function examinePlace(directory: string): Promise<Outcome<PlaceIdentity, PlaceCode>> {
  const own = process.geteuid?.() ?? 0;
  const found = await lstat(directory).catch(errorCode);
  if (found === "ENOENT") return failed("missing", missingText(directory));
  if (typeof found === "string") return failed("failed", `cannot look at ${directory}: ${found}`);
  if (!found.isDirectory()) {
    return failed("unsafe", `${directory} is no directory: remove it, the next start makes it`);
  }
  if (found.uid !== 0 && found.uid !== own) {
    const wanted = own === 0 ? "root" : `root or ${own}`;
    return failed(
      "unsafe",
      `${directory} belongs to user ${found.uid}, not to ${wanted}: chown it`,
    );
  }
  if ((found.mode & othersWrite) !== 0) {
    return failed("unsafe", `everybody may write to ${directory}: chmod o-w it`);
  }
  if ((found.mode & sticky) !== 0 && own !== 0 && found.uid !== own) {
    const detail = `the sticky bit of ${directory} keeps user ${own} from removing what it hears`;
    return failed("closed", `${detail}: make ${own} its owner`);
  }
  const { R_OK, W_OK, X_OK } = constants;
  const refusal = await access(directory, R_OK | W_OK | X_OK).catch(errorCode);
  if (refusal !== undefined) return failed("closed", closedText(directory, own, refusal));
  return done(`${found.dev}:${found.ino}:${found.birthtimeMs}`);
}

/** Makes it, for a daemon that is root. */
export async function makePlace(
  directory: string,
  group = patroniGroup,
): Promise<Outcome<void, "failed">> {
  const groupId = await groupIdOf(group);
  if (groupId === undefined) return failed("failed", missingText(directory));
  try {
    const parent = dirname(directory);
    // A mode that is asked for is cut by the umask; one that is set is not.
    const isFresh = await mkdir(parent).then(() => true, isThere);
    if (isFresh) await chmod(parent, parentMode);
    // Nobody else can enter before it has its owner and its mode.
    await mkdir(directory, { mode: 0o700 });
    await chown(directory, 0, groupId);
    await chmod(directory, placeMode);
    return done(undefined);
  } catch (error) {
    return failed("failed", `cannot make ${directory}: ${errorCode(error)}`);
  }
}

function isThere(error: unknown): false {
  if (errorCode(error) === "EEXIST") return false;
  throw error;
}

/** Node has no getgrnam; a group of a local daemon is a local one. */
async function groupIdOf(group: string): Promise<number | undefined> {
  const text = await readFile("/etc/group", "utf8").catch(() => "");
  const line = text.split("\n").find((one) => one.startsWith(`${group}:`));
  const id = Number(line?.split(":")[2]);
  return line !== undefined && Number.isInteger(id) ? id : undefined;
}

function missingText(directory: string): string {
  const make = `install -d -o OWNER -g ${patroniGroup} -m ${placeMode.toString(8)} ${directory}`;
  return (
    `there is no ${directory}, so Patroni's callbacks are not heard; ` +
    `the start of the service makes it once group ${patroniGroup} exists, and so does ${make} ` +
    "with OWNER being the user that vip-agent runs as"
  );
}

function closedText(directory: string, own: number, refusal: string): string {
  if (refusal !== "EROFS") {
    return `user ${own} may not list and change ${directory} (${refusal}): make it the owner`;
  }
  return `${directory} is read-only for this process: name it in ReadWritePaths= of the unit`;
}
