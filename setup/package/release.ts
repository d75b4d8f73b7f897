/**
 * What is released: its version, its time, its changes and its architecture.
 *
 * The time is SOURCE_DATE_EPOCH, else the day that CHANGELOG.md gives for the newest version, else
 * the last commit's. The day comes before the commit, so that a build from the archive of a release
 * is the one from its repository.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { type History, parseChangelog, sortable } from "./changelog.ts";
import { run } from "./command.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Both formats want an address. There is none, and `.invalid` is the domain that says so. */
const MAINTAINER = "the vip-agent authors <authors@vip-agent.invalid>";

export type Release = History & {
  readonly version: string;
  readonly architecture: { readonly deb: string; readonly rpm: string };
};

const ARCHITECTURES: Readonly<Record<string, Release["architecture"]>> = {
  x64: { deb: "amd64", rpm: "x86_64" },
  arm64: { deb: "arm64", rpm: "aarch64" },
};

export async function readRelease(): Promise<Release> {
  const { version }: { version: string } = JSON.parse(await text("package.json"));
  const changes = parseChangelog(await text("CHANGELOG.md"), version);
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined) throw new Error(`no Node is pinned for ${process.arch}`);
  const epochS = await epochOf(changes[0]?.date);
  return { version: sortable(version), epochS, architecture, changes, maintainer: MAINTAINER };
}

async function epochOf(day: string | undefined): Promise<number> {
  const given = process.env["SOURCE_DATE_EPOCH"];
  if (given !== undefined && !/^\d+$/u.test(given)) {
    throw new Error(`SOURCE_DATE_EPOCH is to be a number of seconds, found ${given}`);
  }
  if (given !== undefined) return Number(given);
  if (day !== undefined) return Date.parse(day) / 1e3;
  const asked = ["git", "-C", repository, "log", "-1", "--format=%ct"];
  const committed = Number(await run(asked).catch(() => "0"));
  if (committed > 0) return committed;
  throw new Error("CHANGELOG.md has no day for this version, and git none: set SOURCE_DATE_EPOCH");
}

async function text(file: string): Promise<string> {
  return await readFile(`${repository}${file}`, "utf8");
}
