/**
 * A private folder for sockets, with a path that is short enough for them.
 *
 * The path of a socket has room for 107 bytes, and ssh adds 17 to it for a moment; the folders that
 * systems offer for temporary files may be longer than that by themselves.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const maxFolderLength = 60;

export type RuntimeFolder = {
  /** A path in it that nobody has used. */
  readonly path: (prefix: string) => string;
  readonly close: () => Promise<void>;
};

/** Rejects where there is no place for it at all. */
export async function makeRuntimeFolder(): Promise<RuntimeFolder> {
  const folder = await makeFolder([process.env["XDG_RUNTIME_DIR"] ?? "", tmpdir(), "/tmp"]);
  let count = 0;
  return {
    path: (prefix) => {
      count += 1;
      return join(folder, `${prefix}${count}`);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function makeFolder(places: readonly string[]): Promise<string> {
  const short = places.filter((place) => place !== "" && place.length <= maxFolderLength - 20);
  let problem: unknown;
  for (const place of short) {
    try {
      return await mkdtemp(join(place, "vip-agent-"));
    } catch (error) {
      problem = error;
    }
  }
  throw new Error(`no folder for sockets in ${short.join(", ")}`, { cause: problem });
}
