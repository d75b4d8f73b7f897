/**
 * The file in which the secrets of a cluster are kept, beside its cluster file.
 *
 * It is the only place that knows them all, so it is whole at every moment, whatever happens: the
 * text is on the disk under another name before it takes its place. Two runs that begin at once do
 * not both win: the first file is put where none is, and a later one replaces only what was read.
 */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, open, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Complaint } from "../../complaints.ts";
import { type Outcome, done, failed } from "../../outcome.ts";
import type { Secrets } from "./secrets.ts";
import { type StoredSecrets, parseSecrets, secretsText } from "./stored-form.ts";

/** `cluster.secrets.json` for `cluster.yml`. */
export function secretsPath(clusterFile: string): string {
  return `${clusterFile.replace(/\.(ya?ml|json)$/, "")}.secrets.json`;
}

export type SecretsRead =
  /** Undefined: there is no file yet. */
  | { readonly ok: true; readonly secrets: Secrets | undefined }
  | { readonly ok: false; readonly complaint: Complaint };

/** A few hundred hosts and roles. */
const maxBytes = 1_000_000;

const othersMayRead = 0o077;

export async function loadSecrets(path: string, scope: string): Promise<SecretsRead> {
  // A pipe in its place would be waited for.
  const opened = await attempt(() => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (!opened.ok) {
    if (opened.detail === "ENOENT") return { ok: true, secrets: undefined };
    return refused(path, { wrong: `cannot be read: ${opened.detail}` });
  }
  const handle = opened.value;
  try {
    return await readSecrets(handle, path, scope);
  } finally {
    await handle.close();
  }
}

async function readSecrets(handle: FileHandle, path: string, scope: string): Promise<SecretsRead> {
  const stats = await handle.stat();
  if (!stats.isFile()) return refused(path, { wrong: "is no file" });
  if ((stats.mode & othersMayRead) !== 0) {
    return refused(path, {
      wrong: `may be read or written by others: its mode is 0${(stats.mode & 0o777).toString(8)}`,
      expected: "mode 0600, your own alone",
      remedy: `chmod 600 ${path}, and consider whether somebody has read it`,
    });
  }
  if (stats.size > maxBytes) return refused(path, { wrong: `is longer than ${maxBytes} bytes` });
  const read = await attempt(() => handle.readFile("utf8"));
  if (!read.ok) return refused(path, { wrong: `cannot be read: ${read.detail}` });
  const parsed = parseSecrets(read.value);
  if (!parsed.ok) {
    return refused(path, {
      wrong: `cannot be understood: ${parsed.detail}`,
      expected: "the file as vip-agent has written it",
      remedy: "take it from a backup; without it the cluster's tokens are known nowhere",
    });
  }
  if (parsed.value.scope === scope) return { ok: true, secrets: parsed.value.secrets };
  return refused(path, {
    wrong: `has the secrets of another cluster: its scope is ${JSON.stringify(parsed.value.scope)}`,
    expected: `scope ${scope}`,
    remedy: "give each cluster file a name of its own",
  });
}

function refused(
  path: string,
  said: Pick<Complaint, "wrong" | "expected" | "remedy">,
): Extract<SecretsRead, { ok: false }> {
  const where = { kind: "file", file: path } as const;
  return { ok: false, complaint: { severity: "error", key: "secrets", where, ...said } };
}

export type StoreCode =
  /** Another run has stored secrets meanwhile: read them. */
  "changed" | "unwritable";

export type StoreOptions = StoredSecrets & {
  /** What loadSecrets() gave: only that is replaced. */
  readonly replaced: Secrets | undefined;
};

/** When it has answered, the secrets stay, whatever happens to this machine. */
export async function storeSecrets(
  path: string,
  { scope, secrets, replaced }: StoreOptions,
): Promise<Outcome<void, StoreCode>> {
  if (replaced !== undefined && !(await isStill(path, { scope, secrets: replaced }))) {
    return failed("changed", `${path} is not as it was read: somebody has changed it meanwhile`);
  }
  // Who keeps it elsewhere and has a link here keeps it there.
  const resolved = await attempt(() => realpath(path));
  const target = resolved.ok ? resolved.value : path;
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  const stored = await attempt(async () => {
    await writeThrough(temporary, secretsText({ scope, secrets }));
    // link() fails where there is a file already; rename() would take its place.
    await (replaced === undefined ? link(temporary, target) : rename(temporary, target));
    await syncFolder(dirname(target));
  });
  await attempt(() => rm(temporary, { force: true }));
  if (stored.ok) return done(undefined);
  return stored.detail === "EEXIST"
    ? failed("changed", `${path} is there already: another run has made it`)
    : failed("unwritable", `${path} cannot be written: ${stored.detail}`);
}

async function isStill(path: string, { scope, secrets }: StoredSecrets): Promise<boolean> {
  const read = await loadSecrets(path, scope);
  if (!read.ok || read.secrets === undefined) return false;
  return secretsText({ scope, secrets: read.secrets }) === secretsText({ scope, secrets });
}

async function writeThrough(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name is in its folder, and the folder is written on its own. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file system's own word for a failure: it names no contents. */
async function attempt<T>(act: () => Promise<T>): Promise<Outcome<T, "failed">> {
  try {
    return done(await act());
  } catch (error) {
    if (error instanceof Error && "code" in error) return failed("failed", String(error.code));
    throw error;
  }
}
