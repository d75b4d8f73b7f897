/**
 * Whose work is in the packages, and under which terms: each of them wants its text to come along.
 *
 * The build leaves a list of what went into the bundle. A package without a text of its terms stops
 * the packaging, since it may not be passed on.
 */
import { readdir, readFile } from "node:fs/promises";

export type Part = {
  readonly name: string;
  readonly version: string;
  /** As SPDX calls it. */
  readonly license: string;
  readonly text: string;
};

type Manifest = Omit<Part, "text">;

/** The packages that these files, named from the repository's top, are of. */
export async function partsOf(
  files: readonly string[],
  repository: string,
): Promise<readonly Part[]> {
  const folders = files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//u.exec(file)?.[1]);
  const unique = [...new Set(folders.filter((folder) => folder !== undefined))].toSorted();
  return await Promise.all(unique.map((folder) => readPart(`${repository}${folder}`)));
}

export async function readPart(folder: string): Promise<Part> {
  const manifest: Manifest = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
  const { name, version, license } = manifest;
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/iu.test(entry));
  if (file === undefined) throw new Error(`${name} ${version} has no text of its licence`);
  return { name, version, license, text: (await readFile(`${folder}/${file}`, "utf8")).trim() };
}

/** Our own terms, and one line for each of the others; their texts are in the file `terms`. */
export function copyrightText(own: string, parts: readonly Part[], terms: string): string {
  const lines = parts.map(({ name, version, license }) => `  ${name} ${version}: ${license}`);
  return [
    own.trim(),
    "",
    "The program in /usr/lib/vip-agent holds the work of others, under their own",
    `terms, which are in ${terms}:`,
    "",
    ...new Set(lines),
    "",
  ].join("\n");
}

/** The terms of all others; a text that several share word by word stands there once. */
export function termsText(parts: readonly Part[]): string {
  const rule = "-".repeat(78);
  const owners = Map.groupBy(parts, ({ text }) => text);
  const blocks = [...owners].map(([text, shared]) => {
    const names = new Set(shared.map(({ name, version }) => `${name} ${version}`));
    return `${rule}\n${[...names].join(", ")}\n${rule}\n\n${text}\n`;
  });
  return blocks.join("\n");
}
