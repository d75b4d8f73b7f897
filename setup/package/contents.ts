/**
 * What is in the packages: the one list of paths, with modes and contents, from which both are made.
 *
 * Everything belongs to root, but for /etc/vip-agent, which the group vip-agent may enter and read.
 * No configuration is among the files: /etc/vip-agent is the administrator's from the first file on,
 * and so an upgrade has nothing to ask, and a removal nothing to delete there.
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { inputsFile } from "../build.ts";
import { debianChangelog } from "./changelog.ts";
import { run } from "./command.ts";
import { copyrightText, partsOf, readPart, termsText } from "./licenses.ts";
import { manPage } from "./man-page.ts";
import type { Release } from "./release.ts";
import { withoutSymbols } from "./strip.ts";

const repository = fileURLToPath(new URL("../..", import.meta.url));

export type Format = "deb" | "rpm";

export type Entry = {
  readonly path: string;
  /** In one of the formats only. */
  readonly only?: Format;
} & (
  | { readonly kind: "file"; readonly mode: number; readonly content: Buffer }
  | { readonly kind: "folder"; readonly mode: number }
  | { readonly kind: "link"; readonly target: string }
);

const LIBRARY = "/usr/lib/vip-agent";
const UNITS = "/usr/lib/systemd/system";
const DOCUMENTATION = "/usr/share/doc/vip-agent";
const SHARED = "/usr/share/vip-agent";
const LICENSES = "/usr/share/licenses/vip-agent";

// Debian wants the common ones named where it keeps them itself.
const ALREADY_THERE = "\n(Apache-2.0 also in /usr/share/common-licenses/Apache-2.0)";

export async function readContents(release: Release): Promise<readonly Entry[]> {
  return [
    { kind: "folder", path: "/etc/vip-agent", mode: 0o750 },
    ...(await programEntries()),
    await shipped(`${UNITS}/vip-agent.service`, "packaging/systemd/vip-agent.service"),
    await shipped(`${UNITS}/vip-agent@.service`, "packaging/systemd/vip-agent@.service"),
    await shipped("/usr/lib/sysusers.d/vip-agent.conf", "packaging/systemd/vip-agent.sysusers"),
    await shipped("/usr/lib/tmpfiles.d/vip-agent.conf", "packaging/systemd/vip-agent.tmpfiles"),
    ...(await documentationEntries(release)),
    ...(await licenseEntries()),
  ];
}

async function programEntries(): Promise<readonly Entry[]> {
  const node = withoutSymbols(await read("dist/node"));
  const callback = await read("packaging/callbacks/vip-agent-callback");
  const restart = await read("packaging/upgrade/restart-services");
  return [
    { kind: "link", path: "/usr/bin/vip-agent", target: "../lib/vip-agent/vip-agent" },
    file(`${LIBRARY}/node`, node, 0o755),
    file(`${LIBRARY}/vip-agent`, await read("dist/vip-agent"), 0o755),
    file(`${LIBRARY}/vip-agent.cjs`, await read("dist/vip-agent.cjs")),
    file(`${LIBRARY}/vip-agent-provision.cjs`, await read("dist/vip-agent-provision.cjs")),
    file(`${LIBRARY}/vip-agent-callback`, callback, 0o755),
    file(`${LIBRARY}/restart-services`, restart, 0o755),
  ];
}

async function documentationEntries(release: Release): Promise<readonly Entry[]> {
  const template = (await read("packaging/man/vip-agent.8")).toString();
  const page = manPage({ ...release, template });
  // yargs writes it for the shell that SHELL names; without one, for bash.
  const completion = await run([`${repository}dist/vip-agent`, "completion"]);
  return [
    file("/usr/share/man/man8/vip-agent.8.gz", compressed(page)),
    await shipped(`${SHARED}/vip-agent.schema.json`, "packaging/vip-agent.schema.json"),
    await shipped(
      `${SHARED}/vip-agent-cluster.schema.json`,
      "packaging/vip-agent-cluster.schema.json",
    ),
    await shipped(`${SHARED}/prometheus/alerts.yml`, "packaging/prometheus/alerts.yml"),
    await shipped(`${SHARED}/grafana/vip-agent.json`, "packaging/grafana/vip-agent.json"),
    file("/usr/share/bash-completion/completions/vip-agent", Buffer.from(completion)),
    await shipped(`${DOCUMENTATION}/examples/vip-agent.yml`, "packaging/example/vip-agent.yml"),
    {
      ...file(`${DOCUMENTATION}/changelog.gz`, compressed(debianChangelog(release))),
      only: "deb",
    },
    { ...(await shipped(`${DOCUMENTATION}/CHANGELOG.md`, "CHANGELOG.md")), only: "rpm" },
  ];
}

async function licenseEntries(): Promise<readonly Entry[]> {
  const own = (await read("LICENSE")).toString();
  const inputs: readonly string[] = JSON.parse(await readFile(inputsFile, "utf8"));
  const node = await readPart(`${repository}node_modules/node-linux-${process.arch}`);
  const parts = [node, ...(await partsOf(inputs, repository))];
  const terms = compressed(termsText(parts));
  const forDebian = copyrightText(own, parts, `${DOCUMENTATION}/terms.gz${ALREADY_THERE}`);
  const forOthers = copyrightText(own, parts, `${LICENSES}/terms.gz`);
  const overrides = await shipped(
    "/usr/share/lintian/overrides/vip-agent",
    "packaging/deb/lintian-overrides",
  );
  return [
    { ...file(`${DOCUMENTATION}/copyright`, Buffer.from(forDebian)), only: "deb" },
    { ...file(`${DOCUMENTATION}/terms.gz`, terms), only: "deb" },
    { ...overrides, only: "deb" },
    { ...file(`${LICENSES}/LICENSE`, Buffer.from(forOthers)), only: "rpm" },
    { ...file(`${LICENSES}/terms.gz`, terms), only: "rpm" },
  ];
}

function file(path: string, content: Buffer, mode = 0o644): Entry {
  return { kind: "file", path, mode, content };
}

async function shipped(path: string, source: string): Promise<Entry> {
  return file(path, await read(source));
}

async function read(source: string): Promise<Buffer> {
  return await readFile(`${repository}${source}`);
}

/** Node's own zlib, which writes no time and is pinned with it. */
function compressed(text: string): Buffer {
  return gzipSync(text, { level: 9 });
}
