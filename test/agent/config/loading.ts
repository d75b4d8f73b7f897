/**
 * A configuration in a few lines: what a test hands to loadSettings(), on a host that does not
 * exist.
 */
import type { Complaint } from "../../../src/complaints.ts";
import type { FileRead, PathKind } from "../../../src/agent/config/host.ts";
import { type Loaded, loadSettings } from "../../../src/agent/config/load.ts";
import type { Purpose } from "../../../src/agent/config/reading.ts";

export const configPath = "/etc/vip-agent.yml";

export type Sketch = {
  /** Lines of the configuration file; without them there is none. */
  readonly lines?: readonly string[];
  readonly flags?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string | FileRead>>;
  readonly purpose?: Purpose;
};

/** The file type among the bits of a mode. */
const kinds: Readonly<Record<number, PathKind>> = { 0o10: "file", 0o14: "socket", 0o2: "other" };

/** A file that is in order; tests put their lines beside or in place of these. */
export const goodLines = ["ip: 192.168.1.140", "interface: eth0", "trigger-key: db/test/leader"];

export function load(sketch: Sketch): Loaded {
  const { lines, flags = {}, variables = {}, files = {}, purpose = "run" } = sketch;
  const allFiles: Readonly<Record<string, string | FileRead>> =
    lines === undefined ? files : { ...files, [configPath]: lines.join("\n") };
  const listDirectory = (path: string) => {
    const inside = Object.keys(allFiles).filter((name) => name.startsWith(`${path}/`));
    return inside.map((name) => name.slice(path.length + 1));
  };
  const isDirectory = (path: string) => listDirectory(path).length > 0;
  const readFile = (path: string): FileRead => {
    const file = allFiles[path];
    if (file === undefined) {
      const problem = isDirectory(path) ? "is a directory" : "does not exist";
      return { ok: false, problem };
    }
    return typeof file === "string" ? { ok: true, text: file, mode: 0o100640 } : file;
  };
  const modeOf = (path: string): number => {
    const file = readFile(path);
    return file.ok ? file.mode : 0;
  };
  const kindOf = (path: string): PathKind => {
    if (allFiles[path] === undefined) return isDirectory(path) ? "directory" : "missing";
    return kinds[modeOf(path) >> 12] ?? "unseen";
  };
  const isExecutable = (path: string) => (modeOf(path) & 0o111) !== 0;
  const host = { hostname: "pg1", variables, user: "vip-agent" };
  return loadSettings({
    flags: lines === undefined ? flags : { config: configPath, ...flags },
    host: { ...host, readFile, listDirectory, kindOf, isExecutable },
    purpose,
  });
}

export function errorsOf({ complaints }: Loaded): readonly Complaint[] {
  return complaints.filter(({ severity }) => severity === "error");
}

export function warningsOf({ complaints }: Loaded): readonly Complaint[] {
  return complaints.filter(({ severity }) => severity === "warning");
}
