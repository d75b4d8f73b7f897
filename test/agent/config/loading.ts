/**
 * A configuration in a few lines: what a test hands to loadSettings(), on a host that does not
 * exist.
 */
import type { Complaint } from "../../../src/agent/config/complaints.ts";
import type { FileRead } from "../../../src/agent/config/host.ts";
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
  return loadSettings({
    flags: lines === undefined ? flags : { config: configPath, ...flags },
    host: { hostname: "pg1", variables, readFile, listDirectory, user: "vip-agent" },
    purpose,
  });
}

export function errorsOf({ complaints }: Loaded): readonly Complaint[] {
  return complaints.filter(({ severity }) => severity === "error");
}

export function warningsOf({ complaints }: Loaded): readonly Complaint[] {
  return complaints.filter(({ severity }) => severity === "warning");
}
