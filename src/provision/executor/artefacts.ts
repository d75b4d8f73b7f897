/**
 * Makes ready, on this machine, the bytes that an operation brings to a host.
 *
 * A host needs no way to the network for them, and six hosts cost one download. What goes out is
 * always one file with a digest: the program itself and not its archive, the wheels as one tar. Each
 * is made once, however many hosts ask for it at the same time.
 */
import { stat, mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { type Outcome, done, failed } from "../../outcome.ts";
import type { Artefact } from "../cluster/cluster.ts";
import type { Operation } from "../resources/operation.ts";
import { digestOfFile, fetchInto, wrongDigest } from "./fetch.ts";
import { isZip, unzip } from "./zip.ts";

/** A file here, and its SHA-256 in hex. */
export type Material = { readonly file: string; readonly sha256: string };

type Answer<T> = Promise<Outcome<T, "artefact">>;

export type Artefacts = {
  /** The file itself, for who wants to know what is in it. */
  readonly fileOf: (artefact: Artefact) => Answer<Material>;
  /** What the operation sends; undefined where it sends nothing of the kind. */
  readonly materialOf: (operation: Operation) => Answer<Material | undefined>;
  /** Removes what was unpacked; what was fetched stays in the cache. */
  readonly close: () => Promise<void>;
};

const tarDeadlineMs = 120_000;

export function createArtefacts(cacheFolder: string = defaultCacheFolder()): Artefacts {
  const made = new Map<string, Answer<Material>>();
  let folder: Promise<string> | undefined;
  const openFolder = () => (folder ??= mkdtemp(join(tmpdir(), "vip-agent-")));
  const once = (key: string, make: () => Answer<Material>): Answer<Material> => {
    const making = made.get(key) ?? make().catch(failedToRead);
    made.set(key, making);
    return making;
  };
  const fileOf = (artefact: Artefact) => {
    const key = `file ${artefact.sha256 ?? ""} ${artefact.from}`;
    return once(key, () => bring(artefact, cacheFolder));
  };
  const programOf = (artefact: Artefact, name: string) => {
    return once(`program ${name} ${artefact.from}`, async () => {
      const brought = await fileOf(artefact);
      if (!brought.ok || !(await isZip(brought.value.file))) return brought;
      const target = join(await openFolder(), `${made.size}-${name}`);
      const unpacked = await unzip(brought.value.file, name, target);
      if (!unpacked.ok) return failed("artefact", unpacked.detail);
      return done({ file: target, sha256: unpacked.value });
    });
  };
  const wheelsOf = (wheels: string) => {
    return once(`wheels ${wheels}`, async () => {
      const target = join(await openFolder(), `${made.size}-wheels.tar`);
      return pack(wheels, target);
    });
  };
  return {
    fileOf,
    materialOf: async (operation) => {
      const { kind } = operation;
      if (kind === "install-package-file") return fileOf(operation.artefact);
      if (kind === "install-program") {
        return programOf(operation.artefact, basename(operation.path));
      }
      const wheels = kind === "make-venv" ? operation.wheels : undefined;
      return wheels === undefined ? done(undefined) : wheelsOf(wheels);
    },
    close: async () => {
      // That it could not be made was told to whoever wanted something in it.
      const opened = await folder?.catch(() => undefined);
      if (opened !== undefined) await rm(opened, { recursive: true, force: true });
    },
  };
}

function defaultCacheFolder(): string {
  const caches = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(caches, "vip-agent", "artefacts");
}

async function bring({ from, sha256 }: Artefact, cacheFolder: string): Answer<Material> {
  if (/^https?:\/\//.test(from)) {
    if (sha256 === undefined) return failed("artefact", `${from} needs its sha256`);
    const fetched = await fetchInto(cacheFolder, from, sha256);
    return fetched.ok ? done({ file: fetched.value, sha256 }) : failed("artefact", fetched.detail);
  }
  if (!(await stat(from)).isFile()) return failed("artefact", `${from} is no file`);
  const found = await digestOfFile(from);
  if (sha256 === undefined || found === sha256) return done({ file: from, sha256: found });
  return failed("artefact", wrongDigest(from, found, sha256));
}

async function pack(folder: string, target: string): Answer<Material> {
  if (!(await stat(folder)).isDirectory()) return failed("artefact", `${folder} is no folder`);
  const args = ["--create", "--dereference", "--file", target, "--directory", folder, "."];
  const result = await execa("tar", args, {
    reject: false,
    stdin: "ignore",
    timeout: tarDeadlineMs,
    killSignal: "SIGKILL",
  });
  if (!result.failed) return done({ file: target, sha256: await digestOfFile(target) });
  return failed(
    "artefact",
    `tar could not pack ${folder}: ${result.stderr || result.shortMessage}`,
  );
}

/** What is missing or may not be read, in the system's words: they name the path. */
function failedToRead(error: unknown): Outcome<Material, "artefact"> {
  return failed("artefact", error instanceof Error ? error.message : String(error));
}
