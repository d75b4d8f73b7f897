/**
 * `vip-agent provision render`: every file that the hosts would get, below a folder, for whoever wants
 * to read them first or bring them out in another way.
 *
 * They depend on what the hosts are, so the hosts are looked at. Passwords and tokens are in some of
 * them: the folder and all in it are for this user alone.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { phases } from "../../provision/phases/phases.ts";
import type { World } from "../../provision/phases/world.ts";
import { findingsText } from "../../provision/report/findings-text.ts";
import { provisionExit } from "./exit-codes.ts";
import type { ProvisionFlags } from "./flags.ts";
import { readSecrets } from "./secrets-file.ts";
import { withHosts } from "./with-hosts.ts";

export async function render(flags: ProvisionFlags, out: string): Promise<number> {
  if ((await readdir(out).catch(() => [])).length > 0) {
    process.stderr.write(
      `error: ${out} is not empty\n    to do: name a folder that is, or none yet\n`,
    );
    return provisionExit.failed;
  }
  return withHosts(flags, readSecrets, async ({ world, findings }) => {
    if (findings.length > 0) process.stderr.write(findingsText(findings));
    if (world === undefined) return provisionExit.failed;
    const written = await writeAll(world, out);
    process.stdout.write(`${written} files are below ${out}\n`);
    return provisionExit.fine;
  });
}

async function writeAll(world: World, out: string): Promise<number> {
  let written = 0;
  for (const phase of phases) {
    for (const host of phase.hosts(world)) {
      for (const [path, text] of phase.resources(world, host).flatMap(textOf)) {
        const file = join(out, host.name, path);
        await mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await writeFile(file, text, { mode: 0o600, flag: "wx" });
        written += 1;
      }
    }
  }
  return written;
}

type Wish = ReturnType<(typeof phases)[number]["resources"]>[number];

function textOf(wish: Wish): readonly (readonly [path: string, text: string])[] {
  if (wish.kind === "file") return [[wish.path, wish.content.text]];
  // Its lines, not the rest of the file.
  return wish.kind === "block" ? [[wish.path, `${wish.lines.join("\n")}\n`]] : [];
}
