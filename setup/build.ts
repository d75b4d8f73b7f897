/**
 * Builds dist/: the whole agent as one file, provisioning as another, and `vip-agent`, the program that runs it.
 *
 *     node setup/build.ts [--if-stale]
 *
 * One file, because a daemon that starts after a crash should not read a hundred modules first.
 * Names are kept, and lines are short: a stack trace in a log at night has to be readable. What is
 * loaded on demand in the source (`import()`) stays a function that runs on demand in the bundle. The program is a shell script beside a link to the pinned Node, so it does not depend on
 * what the host calls `node`. Labs and demo call `buildIfStale`, so that nobody tests yesterday's
 * build.
 */
import { type Plugin, build } from "esbuild";
import { copyFile, link, mkdir, readdir, readFile } from "node:fs/promises";
import { realpath, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("..", import.meta.url));
const dist = `${repository}dist`;
const bundle = `${dist}/vip-agent.cjs`;
const provisionBundle = `${dist}/vip-agent-provision.cjs`;
const launcher = `${dist}/vip-agent`;

/** The files that went into the bundle, as JSON: their authors are named in the packages. */
export const inputsFile = `${dist}/inputs.json`;

// The daemon is idle nearly always, so code that is compiled to be fast would only take room: 9 MB of
// the compiler's pages and its products. Nothing slower is to be measured in a take-over.
const FLAGS = [
  "--max-semi-space-size=1",
  "--optimize-for-size",
  "--liftoff-only",
  "--max-lazy",
  "--no-opt",
  "--no-maglev",
  "--no-sparkplug",
  "--v8-pool-size=1",
].join(" ");

// One arena for all threads, and what is free goes back to the system: 5 MB of private memory.
const MEMORY = "MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_TOP_PAD_=16384";
const THREADS = "MALLOC_MMAP_THRESHOLD_=65536 UV_THREADPOOL_SIZE=2";

// Finds its own folder through symbolic links, as when /usr/bin/vip-agent points here.
const LAUNCHER = `#!/bin/sh
# Starts vip-agent on the Node beside it, tuned for size in every way: the daemon is idle nearly
# always, and stands on the database's memory.
dir=$(dirname "$(readlink -f "$0")")
export ${MEMORY} ${THREADS}
exec "$dir/node" ${FLAGS} "$dir/vip-agent.cjs" "$@"
`;

// An ES module would load every getter of Node's own modules that it imports, and with those of
// node:http a second HTTP client: 50 ms of the start and 13 MB that nobody uses. A CommonJS module
// has no import.meta, which yargs asks for its own place.
const META_URL = "vipAgentUrl";
const BANNER = `const ${META_URL} = require("node:url").pathToFileURL(__filename).href;`;

// The daemon would keep the text of what it never runs.
const apart: Plugin = {
  name: "provisioning apart",
  setup: (builder) => {
    builder.onResolve({ filter: /\/provision\/main\.ts$/ }, ({ kind }) => {
      return kind === "entry-point"
        ? undefined
        : { path: `./${basename(provisionBundle)}`, external: true };
    });
  },
};

export async function buildAgent(): Promise<void> {
  await mkdir(dist, { recursive: true });
  const inputs = [
    ...(await bundleInto(fresh(bundle), `${repository}src/cli/main.ts`)),
    ...(await bundleInto(fresh(provisionBundle), `${repository}src/cli/provision/main.ts`)),
  ];
  await writeFile(fresh(inputsFile), JSON.stringify([...new Set(inputs)].toSorted()));
  await placeNode();
  await writeFile(fresh(launcher), LAUNCHER, { mode: 0o755 });
  await rename(fresh(inputsFile), inputsFile);
  await rename(fresh(launcher), launcher);
  await rename(fresh(provisionBundle), provisionBundle);
  await rename(fresh(bundle), bundle);
}

/** Answers with the files that went in. */
async function bundleInto(outfile: string, entryPoint: string): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [entryPoint],
    // The names of modules in the bundle begin here, from wherever this is called.
    absWorkingDir: repository,
    outfile,
    plugins: [apart],
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    define: { "import.meta.url": META_URL },
    // The `module` form of a package first: it bundles smaller than its CommonJS twin.
    mainFields: ["module", "main"],
    keepNames: true,
    legalComments: "eof",
    // V8 keeps the text for as long as it runs: comments and indentation are 0.6 MB of it. Names and
    // lines stay, for whoever reads a stack trace.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    banner: { js: BANNER },
    logLevel: "warning",
    metafile: true,
  });
  await insistOnNarrowText(outfile);
  return Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
}

/** One character beyond Latin-1 makes V8 keep the whole text with two bytes for each: 2 MB more. */
async function insistOnNarrowText(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  // eslint's rule means control characters that got in by accident; here the range begins at one.
  // oxlint-disable-next-line eslint/no-control-regex
  const wide = text.split("\n").find((line) => /[^\u0000-\u00ff]/u.test(line));
  if (wide !== undefined) throw new Error(`write this as an escape: ${wide.trim()}`);
}

/** Builds unless the bundle is newer than everything that goes into it. */
export async function buildIfStale(): Promise<boolean> {
  const built = await stat(bundle).catch(() => undefined);
  const inputs = [
    `${repository}package.json`,
    fileURLToPath(import.meta.url),
    ...(await sources()),
  ];
  const changed = await Promise.all(inputs.map(async (file) => (await stat(file)).mtimeMs));
  if (built !== undefined && Math.max(...changed) < built.mtimeMs) return false;
  await buildAgent();
  return true;
}

/**
 * Everything is written beside its place and renamed into it: a daemon may be starting from there,
 * and another build may be running.
 */
function fresh(file: string): string {
  return `${file}.${process.pid}`;
}

async function sources(): Promise<readonly string[]> {
  const entries = await readdir(`${repository}src`, { recursive: true, withFileTypes: true });
  return entries.filter((file) => file.isFile()).map((file) => `${file.parentPath}/${file.name}`);
}

// A hard link costs nothing and survives a new node_modules; across file systems it is a copy.
async function placeNode(): Promise<void> {
  const pinned = await realpath(`${repository}node_modules/.bin/node`);
  const [wanted, present] = await Promise.all([
    stat(pinned),
    stat(`${dist}/node`).catch(() => undefined),
  ]);
  // The times that a copy is given have whole milliseconds.
  const isSame = present && Math.trunc(present.mtimeMs) === Math.trunc(wanted.mtimeMs);
  if (isSame && present.size === wanted.size) return;
  const placed = fresh(`${dist}/node`);
  await rm(placed, { force: true });
  await link(pinned, placed).catch(async () => {
    await copyFile(pinned, placed);
    await utimes(placed, wanted.atime, wanted.mtime);
  });
  await rename(placed, `${dist}/node`);
}

if (import.meta.main) {
  const isForced = !process.argv.includes("--if-stale");
  if (isForced) await buildAgent();
  if (isForced || (await buildIfStale())) console.log("built dist/vip-agent");
}
