/**
 * Writes the list of contents into a folder, as the programs that make packages want it: with the
 * right modes whatever the umask says, and with the time of the release on each file and folder.
 */
import { chmod, lutimes, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Entry, Format } from "./contents.ts";

const FOLDER_MODE = 0o755;

export type TreeOptions = {
  readonly contents: readonly Entry[];
  readonly format: Format;
  readonly folder: string;
  readonly epochS: number;
};

export async function writeTree(options: TreeOptions): Promise<void> {
  const { contents, format, folder, epochS } = options;
  for (const entry of contents) {
    if (entry.only === undefined || entry.only === format) await writeEntry(folder, entry);
  }
  await setTimes(folder, epochS);
}

async function writeEntry(folder: string, entry: Entry): Promise<void> {
  const place = join(folder, entry.path);
  await makeFolder(dirname(place));
  if (entry.kind === "link") return await symlink(entry.target, place);
  if (entry.kind === "folder") await mkdir(place);
  else await writeFile(place, entry.content);
  await chmod(place, entry.mode);
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await chmod(made, FOLDER_MODE);
  }
}

/** Contents first: a folder's own time changes with what is put into it. */
export async function setTimes(folder: string, epochS: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const place = join(folder, entry.name);
    if (entry.isDirectory()) await setTimes(place, epochS);
    else await lutimes(place, epochS, epochS);
  }
  await lutimes(folder, epochS, epochS);
}
