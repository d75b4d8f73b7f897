/**
 * What reading a configuration needs from the host: its name, its variables, its files.
 *
 * It is handed in rather than taken, so that tests can try every kind of missing, empty or
 * unreadable file without having one.
 */
import { closeSync, fstatSync, openSync, readFileSync, readdirSync, statSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { isExecutable } from "../../vip/executable.ts";

export type FileRead =
  | { readonly ok: true; readonly text: string; readonly mode: number }
  | { readonly ok: false; readonly problem: string };

export type ReadFile = (path: string) => FileRead;

export type Variables = Readonly<Record<string, string | undefined>>;

/** What stands at a path; `unseen` where this user may not look. */
export type PathKind = "missing" | "file" | "directory" | "socket" | "other" | "unseen";

export type Host = {
  readonly hostname: string;
  readonly variables: Variables;
  readonly readFile: ReadFile;
  /** The names in a directory; none where it cannot be listed. */
  readonly listDirectory: (path: string) => readonly string[];
  /** Unlike `readFile` it opens nothing, and so never waits. */
  readonly kindOf: (path: string) => PathKind;
  /** Whether this user may execute the file. */
  readonly isExecutable: (path: string) => boolean;
  /** As whom files are read. */
  readonly user: string;
};

/** What `readFile` says of a directory. */
export const directoryProblem = "is a directory";

/**
 * No file of ours is a hundredth of this; a larger one is the wrong file, and reading it would
 * only cost memory.
 */
const maxFileBytes = 1024 * 1024;

export function thisHost(): Host {
  return {
    hostname: hostname(),
    variables: process.env,
    readFile,
    listDirectory,
    kindOf,
    isExecutable,
    user: userName(),
  };
}

function listDirectory(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function kindOf(path: string): PathKind {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return "missing";
    if (found.isFile()) return "file";
    if (found.isDirectory()) return "directory";
    return found.isSocket() ? "socket" : "other";
  } catch {
    return "unseen";
  }
}

/** A container may run as a number that nobody has. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.geteuid?.() ?? "unknown");
  }
}

function readFile(path: string): FileRead {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const { size, mode } = fstatSync(descriptor);
    if (size > maxFileBytes) return { ok: false, problem: `is larger than ${maxFileBytes} bytes` };
    return { ok: true, text: readFileSync(descriptor, "utf8"), mode };
  } catch (error) {
    return { ok: false, problem: fileProblem(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  ENOTDIR: "does not exist: a part of its path is no directory",
  EACCES: "may not be read by this user",
  EPERM: "may not be read by this user",
  EISDIR: directoryProblem,
};

function fileProblem(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return fileProblems[code] ?? `cannot be read (${code})`;
}
