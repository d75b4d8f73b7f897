/**
 * What a machine's file system is made of: a Debian that is shared and read only, on it the agent as
 * its packages lay it out, and on top of both a layer of the machine's own.
 *
 * The Debian is made once per user by setup/machine-root.sh. The other two live in the sandbox's
 * memory and are gone with it, so whatever a machine does to its files, the next one starts clean.
 */
import { copyFile, mkdir, rename, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { buildIfStale } from "../../setup/build.ts";
import { attempt, run } from "../command.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const UNITS = ["vip-agent.service", "vip-agent@.service"];

/** What the agent consists of, in dist/ and on a host. */
export const PROGRAM = ["node", "vip-agent.cjs", "vip-agent-provision.cjs", "vip-agent"];

/** What Patroni runs; beside the program. */
const CALLBACK = "vip-agent-callback";

/** Where the packages put the agent; /usr/bin/vip-agent is a link into it. */
export const LIBRARY_FOLDER = "/usr/lib/vip-agent";
export const UNIT_FOLDER = "/usr/lib/systemd/system";

export async function findMachineRoot(): Promise<string> {
  const { exitCode, stdout } = await attempt(["sh", `${REPOSITORY}setup/machine-root.sh`]);
  if (exitCode === 0) return stdout.trim();
  throw new Error("there is no Debian to boot: npm run setup makes one, as root");
}

/** The agent's own layer: made once in a sandbox, the same for all machines. */
async function packageLayer(): Promise<string> {
  const layer = `${tmpdir()}/machines/package`;
  const isThere = await stat(layer).catch(() => undefined);
  if (isThere !== undefined) return layer;
  const fresh = `${layer}.${process.pid}`;
  await layOut(fresh);
  await rename(fresh, layer);
  return layer;
}

/** As the packages do it. */
async function layOut(layer: string): Promise<void> {
  await buildIfStale();
  const folders = [
    LIBRARY_FOLDER,
    UNIT_FOLDER,
    "/usr/lib/sysusers.d",
    "/usr/lib/tmpfiles.d",
    "/usr/bin",
  ];
  for (const folder of folders) await mkdir(`${layer}${folder}`, { recursive: true });
  const library = `${layer}${LIBRARY_FOLDER}`;
  for (const file of PROGRAM) await copyFile(`${REPOSITORY}dist/${file}`, `${library}/${file}`);
  await copyFile(`${REPOSITORY}packaging/callbacks/${CALLBACK}`, `${library}/${CALLBACK}`);
  await symlink("../lib/vip-agent/vip-agent", `${layer}/usr/bin/vip-agent`);
  const shipped = `${REPOSITORY}packaging/systemd`;
  for (const unit of UNITS) await copyFile(`${shipped}/${unit}`, `${layer}${UNIT_FOLDER}/${unit}`);
  await copyFile(`${shipped}/vip-agent.sysusers`, `${layer}/usr/lib/sysusers.d/vip-agent.conf`);
  await copyFile(`${shipped}/vip-agent.tmpfiles`, `${layer}/usr/lib/tmpfiles.d/vip-agent.conf`);
}

export type Layers = {
  /** Where the machine's own layer is. */
  readonly folder: string;
  readonly hasAgent: boolean;
  /** The folder of the Debian at the bottom; that of the tests of the agent unless told. */
  readonly base: string | undefined;
};

/** Mounts a machine's file system and answers with its folder. */
export async function mountLayers({ folder, hasAgent, base }: Layers): Promise<string> {
  const [own, work, root] = [`${folder}/own`, `${folder}/work`, `${folder}/root`];
  for (const made of [own, work, root]) await mkdir(made, { recursive: true });
  const lower = [...(hasAgent ? [await packageLayer()] : []), base ?? (await findMachineRoot())];
  const options = `lowerdir=${lower.join(":")},upperdir=${own},workdir=${work}`;
  await run(["mount", "-t", "overlay", "overlay", "-o", options, root]);
  return root;
}

/** The machine's own files go too: those of twenty machines would fill the memory that they lie in. */
export async function unmountLayers(root: string): Promise<void> {
  await attempt(["umount", "--lazy", root]);
  await attempt(["rm", "-rf", "--one-file-system", dirname(root)]);
}
