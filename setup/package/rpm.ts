/**
 * The package for Red Hat's relatives, by rpmbuild alone, on whatever system has it.
 *
 * Nothing of the building host enters it: not its name, not its clock, not what its own settings do
 * to files (strip them, compress them, link their build ids). The spec is packaging/rpm/vip-agent.spec.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { rpmChangelog } from "./changelog.ts";
import { run } from "./command.ts";
import type { BuildOptions } from "./deb.ts";
import { writeTree } from "./tree.ts";

const packaging = fileURLToPath(new URL("../../packaging", import.meta.url));

// Two threads, even where there is one processor: a single one would write other bytes.
const COMPRESSION = "w6T2.xzdio";
const QUICK_COMPRESSION = "w1.gzdio";

/** Answers with the path of the package. */
export async function buildRpm(options: BuildOptions): Promise<string> {
  const { release, contents, out, scratch, isQuick } = options;
  const { version, epochS, architecture } = release;
  const tree = `${scratch}/tree`;
  const top = `${scratch}/top`;
  await mkdir(top, { recursive: true });
  await writeTree({ contents, format: "rpm", folder: tree, epochS });
  const spec = `${scratch}/vip-agent.spec`;
  await writeFile(spec, await specOf(options));
  const name = `vip-agent-${version}-1.${architecture.rpm}.rpm`;
  const macros: Readonly<Record<string, string>> = {
    _topdir: top,
    _tmppath: top,
    _rpmdir: out,
    _rpmfilename: name,
    _buildhost: "localhost",
    _binary_payload: isQuick ? QUICK_COMPRESSION : COMPRESSION,
    use_source_date_epoch_as_buildtime: "1",
    vip_tree: tree,
  };
  const defines = Object.entries(macros).map(([macro, value]) => `--define=${macro} ${value}`);
  // Another HOME, or the user's .rpmmacros would have a say.
  const surroundings = { SOURCE_DATE_EPOCH: String(epochS), HOME: scratch };
  await run(["rpmbuild", "-bb", ...defines, spec], surroundings);
  return `${out}/${name}`;
}

async function specOf({ release }: BuildOptions): Promise<string> {
  const values: Readonly<Record<string, string>> = {
    "@VERSION@": release.version,
    "@NODE_VERSION@": process.versions.node,
    "@MAINTAINER@": release.maintainer,
    "@SYSUSERS@": (await readFile(`${packaging}/systemd/vip-agent.sysusers`, "utf8")).trim(),
    "@CHANGELOG@": rpmChangelog(release),
  };
  const template = await readFile(`${packaging}/rpm/vip-agent.spec`, "utf8");
  return Object.entries(values).reduce((text, [mark, value]) => {
    return text.replaceAll(mark, () => value);
  }, template);
}
