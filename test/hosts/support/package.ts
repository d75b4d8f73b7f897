/**
 * Packages to install on a machine that has no agent: this version, and one that is newer.
 *
 * They are what `npm run package` makes, hardly compressed. The newer one differs in its number and
 * in what its units are called, by which a test sees which of the two it is looking at.
 */
import { copyFile, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename } from "node:path";

import { attempt, run, type CommandResult } from "../../../lab/command.ts";
import type { Machine } from "../../../lab/machines/machine.ts";
import { buildAgent } from "../../../setup/build.ts";
import { type Entry, readContents } from "../../../setup/package/contents.ts";
import { buildDeb } from "../../../setup/package/deb.ts";
import { readRelease } from "../../../setup/package/release.ts";
import { buildRpm } from "../../../setup/package/rpm.ts";

export const NEWER_DESCRIPTION = "A newer vip-agent";

const DEADLINE_MS = 60_000;

export type BuiltPackages = {
  readonly version: string;
  /** Paths, the older one first. */
  readonly deb: readonly [string, string];
  /** None without rpmbuild. */
  readonly rpm: readonly [string, string] | undefined;
};

/** The path of the .deb of this version, and nothing else. Each file of tests has it built anew. */
export async function buildDebForMachines(): Promise<string> {
  const parts = await partsOfThisVersion();
  const scratch = await mkdtemp(`${parts.out}/scratch-`);
  const file = await buildDeb({ ...parts, scratch });
  await run(["rm", "-rf", scratch]);
  return file;
}

async function partsOfThisVersion() {
  await buildAgent();
  const release = await readRelease();
  const contents = await readContents(release);
  const out = `${tmpdir()}/packages`;
  await mkdir(out, { recursive: true });
  return { release, contents, out, isQuick: true };
}

export async function buildForMachines(): Promise<BuiltPackages> {
  const older = await partsOfThisVersion();
  const { release, contents, out } = older;
  const newer = {
    ...older,
    release: { ...release, version: `${release.version}+newer` },
    contents: contents.map(renamed),
  };
  const scratch = (name: string) => `${out}/scratch/${name}`;
  const hasRpm = (await isMissing("rpmbuild")) === undefined;
  const deb = await Promise.all([
    buildDeb({ ...older, scratch: scratch("deb") }),
    buildDeb({ ...newer, scratch: scratch("newer-deb") }),
  ]);
  const buildBoth = async () => {
    return await Promise.all([
      buildRpm({ ...older, scratch: scratch("rpm") }),
      buildRpm({ ...newer, scratch: scratch("newer-rpm") }),
    ]);
  };
  const rpm = hasRpm ? await buildBoth() : undefined;
  await run(["rm", "-rf", `${out}/scratch`]);
  return { version: release.version, deb, rpm };
}

/** What to give to the `skip` option of a test that installs an rpm. */
export async function skipWithoutRpm(): Promise<string | false> {
  const problem = (await isMissing("rpmbuild")) ?? (await isMissing("rpm"));
  if (problem === undefined) return false;
  if (process.env["CI"] === "true") throw new Error(`CI lacks ${problem}`);
  return `missing: ${problem} (Debian: rpm)`;
}

async function isMissing(program: string): Promise<string | undefined> {
  return await attempt([program, "--version"]).then(
    () => undefined,
    () => program,
  );
}

function renamed(entry: Entry): Entry {
  if (entry.kind !== "file" || !entry.path.endsWith(".service")) return entry;
  const text = entry.content.toString();
  const described = text.replace(/^Description=.*/mu, `Description=${NEWER_DESCRIPTION}`);
  return { ...entry, content: Buffer.from(described) };
}

export async function dpkg(machine: Machine, ...words: readonly string[]): Promise<CommandResult> {
  return await machine.attempt(["dpkg", ...words], { timeoutMs: DEADLINE_MS });
}

export async function installDeb(machine: Machine, file: string): Promise<CommandResult> {
  const place = `/root/${basename(file)}`;
  await copyFile(file, `${machine.root}${place}`);
  return await dpkg(machine, "--install", place);
}

/**
 * rpm of the host around, at work on the machine's files, among the machine's processes, with a
 * database of the machine's own. What Debian's packages have brought is unknown to it, so it cannot
 * ask for what the package depends on.
 *
 * SQLite follows the link /proc/<pid>/root by its text, which is "/": a database that the machine has
 * would be sought on the host around. So it lies among the sandbox's temporary files.
 */
export async function runRpm(
  machine: Machine,
  ...words: readonly string[]
): Promise<CommandResult> {
  const init = (await machine.processes("init.scope")).find(({ pidInside }) => pidInside === 1);
  if (init === undefined) throw new Error(`${machine.host} has no process 1`);
  const spaces = ["--pid", "--net", "--ipc", "--uts", "--cgroup"];
  const database = `${tmpdir()}/rpm-of-${machine.host}`;
  await mkdir(database, { recursive: true });
  const root = ["--root", `/proc/${init.pid}/root`, "--dbpath", database];
  const program = ["rpm", ...root, "--nodeps", "--force-debian", ...words];
  return await attempt(["nsenter", `--target=${init.pid}`, ...spaces, "--", ...program], {
    timeoutMs: DEADLINE_MS,
  });
}
