/**
 * The cluster file of a stage: what `vip-agent provision init` writes, edited as an operator would.
 */
import { writeFile } from "node:fs/promises";
import { isMap, parseDocument, type Document } from "yaml";

import { run } from "../../../../lab/command.ts";
import type { Suite } from "../../../../lab/machines/bare.ts";
import { buildDebForMachines } from "../../support/package.ts";
import type { ProvisionStage } from "./stage.ts";

/** By their path in the file: "patroni.synchronous". */
export type Changes = Readonly<Record<string, unknown>>;

export type ClusterFileOptions = {
  readonly layout: "three-hosts" | "six-hosts";
  readonly user?: string;
  readonly changes?: Changes;
};

/** One for all stages of a sandbox: it is built in a place of its own. */
let builtPackage: Promise<string> | undefined;

/** Of PostgreSQL, as each release has it. */
export const MAJORS: Readonly<Record<Suite, number>> = { bookworm: 15, trixie: 17 };

/** Writes it into the operator's home and answers with its path. */
export async function writeClusterFile(
  stage: ProvisionStage,
  { layout, user = "root", changes = {} }: ClusterFileOptions,
): Promise<string> {
  const words = layout === "three-hosts" ? ["--three-hosts"] : [];
  const { exitCode, stdout, stderr } = await stage.vipAgent(["provision", "init", ...words]);
  if (exitCode !== 0) throw new Error(`vip-agent provision init: ${stderr}`);
  builtPackage ??= buildDebForMachines();
  const document = parseDocument(stdout);
  const { suite, consul, wheels } = stage.provisions;
  const own: Changes = {
    "ssh.user": user,
    "ssh.options": stage.access.sshOptions,
    "consul.program": consul,
    "consul.version": await versionOf(consul),
    "postgresql.major": MAJORS[suite],
    "patroni.wheels": wheels,
    "vip-agent.package": await builtPackage,
  };
  for (const [path, value] of Object.entries({ ...own, ...changes })) {
    change(document, path.split("."), value);
  }
  const file = `${stage.home}/cluster.yml`;
  await writeFile(file, String(document));
  return file;
}

/** What is commented out in the template may have left its parent empty. */
function change(document: Document, path: readonly string[], value: unknown): void {
  for (const length of path.keys()) {
    const parent = path.slice(0, length);
    if (length > 0 && !isMap(document.getIn(parent, true))) {
      document.setIn(parent, document.createNode({}));
    }
  }
  document.setIn(path, value);
}

async function versionOf(consul: string): Promise<string> {
  const version = /^Consul v(\S+)$/mu.exec(await run([consul, "version"]))?.[1];
  if (version === undefined) throw new Error(`${consul} does not tell its version`);
  return version;
}
