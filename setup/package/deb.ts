/**
 * The package for Debian and its relatives, by dpkg-deb alone.
 *
 * dpkg-deb takes the times from SOURCE_DATE_EPOCH, sorts the members, and names root as the owner of
 * them all. Its xz works in blocks whatever the number of processors, so that does not show.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { run } from "./command.ts";
import type { Entry } from "./contents.ts";
import type { Release } from "./release.ts";
import { setTimes, writeTree } from "./tree.ts";

const sources = fileURLToPath(new URL("../../packaging/deb", import.meta.url));

const SCRIPTS = ["postinst", "prerm", "postrm"];

const COMPRESSION = ["-Zxz", "-z6"];
const QUICK_COMPRESSION = ["-Zgzip", "-z1"];

export type BuildOptions = {
  readonly release: Release;
  readonly contents: readonly Entry[];
  /** Where the package is put. */
  readonly out: string;
  /** A folder of this build alone. */
  readonly scratch: string;
  readonly isQuick: boolean;
};

/** Answers with the path of the package. */
export async function buildDeb(options: BuildOptions): Promise<string> {
  const { release, contents, out, scratch, isQuick } = options;
  const { version, epochS, architecture } = release;
  const folder = `${scratch}/vip-agent`;
  await writeTree({ contents, format: "deb", folder, epochS });
  await chmod(folder, 0o755);
  await writeControl(folder, options);
  await setTimes(folder, epochS);
  const file = `${out}/vip-agent_${version}_${architecture.deb}.deb`;
  const compression = isQuick ? QUICK_COMPRESSION : COMPRESSION;
  await run(["dpkg-deb", "--root-owner-group", ...compression, "--build", folder, file], {
    SOURCE_DATE_EPOCH: String(epochS),
  });
  return file;
}

async function writeControl(folder: string, { release, contents }: BuildOptions): Promise<void> {
  const control = `${folder}/DEBIAN`;
  await mkdir(control);
  await chmod(control, 0o755);
  const files = contents.filter(({ only }) => only !== "rpm");
  const values: Readonly<Record<string, string>> = {
    "@VERSION@": release.version,
    "@ARCHITECTURE@": release.architecture.deb,
    "@MAINTAINER@": release.maintainer,
    "@INSTALLED_SIZE@": String(installedKib(files)),
  };
  const template = await readFile(`${sources}/control`, "utf8");
  const filled = Object.entries(values).reduce((text, [mark, value]) => {
    return text.replaceAll(mark, () => value);
  }, template);
  await write(`${control}/control`, filled, 0o644);
  await write(`${control}/md5sums`, sumsOf(files), 0o644);
  for (const script of SCRIPTS) {
    await write(`${control}/${script}`, await readFile(`${sources}/${script}`, "utf8"), 0o755);
  }
}

/** As the policy counts: each file in whole KiB, everything else as one. */
function installedKib(entries: readonly Entry[]): number {
  const sizes = entries.map((entry) => (entry.kind === "file" ? entry.content.length : 1));
  return sizes.reduce((sum, bytes) => sum + Math.ceil(bytes / 1024), 0);
}

/** What `dpkg --verify` compares with. */
function sumsOf(entries: readonly Entry[]): string {
  const lines = entries.flatMap((entry) => {
    if (entry.kind !== "file") return [];
    const sum = createHash("md5").update(entry.content).digest("hex");
    return [{ path: entry.path.slice(1), sum }];
  });
  const sorted = lines.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  return sorted.map(({ path, sum }) => `${sum}  ${path}\n`).join("");
}

async function write(file: string, content: string, mode: number): Promise<void> {
  await writeFile(file, content);
  await chmod(file, mode);
}
