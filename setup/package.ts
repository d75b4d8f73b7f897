/**
 * Builds the packages for hosts: dist/packages/vip-agent_VERSION_ARCH.deb and
 * vip-agent-VERSION-1.ARCH.rpm.
 *
 *     node setup/package.ts [--quick] [--out=DIR]
 *
 * Both hold the same files, which setup/package/contents.ts lists. The same source makes the same
 * bytes, in whatever folder, at whatever time and by whatever user it is built: every time in them
 * is that of the release, every owner is named, and nothing comes from the host but the programs
 * dpkg-deb and rpmbuild with their compressors. SOURCE_DATE_EPOCH is followed where it is set.
 * --quick compresses hardly at all: for the tests, where the time counts and the size does not.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { buildAgent } from "./build.ts";
import { readContents } from "./package/contents.ts";
import { buildDeb } from "./package/deb.ts";
import { readRelease } from "./package/release.ts";
import { buildRpm } from "./package/rpm.ts";
import { succeeds } from "./package/command.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));

/** What builds a package, and the Debian package that has it. */
const NEEDED = [
  { program: "dpkg-deb", package: "dpkg" },
  { program: "rpmbuild", package: "rpm" },
];

export type PackageOptions = { readonly out?: string; readonly isQuick?: boolean };

export type Packages = { readonly deb: string; readonly rpm: string };

export async function buildPackages(options: PackageOptions = {}): Promise<Packages> {
  const { out = `${repository}dist/packages`, isQuick = false } = options;
  await demandPrograms();
  await buildAgent();
  const release = await readRelease();
  const contents = await readContents(release);
  await mkdir(out, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), "vip-agent-package-"));
  try {
    const common = { release, contents, out: resolve(out), isQuick };
    const [deb, rpm] = await Promise.all([
      buildDeb({ ...common, scratch: `${scratch}/deb` }),
      buildRpm({ ...common, scratch: `${scratch}/rpm` }),
    ]);
    return { deb, rpm };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function demandPrograms(): Promise<void> {
  const found = await Promise.all(NEEDED.map(({ program }) => succeeds([program, "--version"])));
  const missing = NEEDED.filter((_, index) => found[index] === false);
  if (missing.length === 0) return;
  const names = missing.map(({ program, package: name }) => `${program} (Debian: ${name})`);
  throw new Error(`the packages cannot be built here; missing: ${names.join(", ")}`);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { quick: { type: "boolean", default: false }, out: { type: "string" } },
  });
  const out = values.out === undefined ? {} : { out: resolve(values.out) };
  const { deb, rpm } = await buildPackages({ isQuick: values.quick, ...out });
  console.log(`${deb}\n${rpm}`);
}
