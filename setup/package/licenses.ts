/**
 * Whose work is in the packages, and under which terms: each of them wants its text to come along.
 *
 * The bundle itself says what went into it: esbuild puts the path of each module above it. A package
 * without a text of its terms stops the build, since it may not be passed on.
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

/** What is bundled into a text that esbuild has written in this repository. */
export async function partsOf(bundle: string, repository: string): Promise<readonly Part[]> {
  const folders = [...bundle.matchAll(/^\/\/ (.*node_modules\/(?:@[^/]+\/)?[^/]+)\//gmu)];
  const unique = [...new Set(folders.map(([, folder = ""]) => folder))].toSorted();
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
