/**
 * What the helper processes of an agent were given: their command lines and their environments.
 *
 * Command lines are readable for every user of a host, environments for whoever has the same rights
 * as the process. Some helpers stay (`ip`, its monitor, `nft`, the `ss` that waits for a release),
 * `arping` comes and goes with each announcement; so one looks until each has been seen.
 */
import { readFile } from "node:fs/promises";

import { waitUntil } from "../../../lab/clock.ts";
import { attempt } from "../../../lab/command.ts";

export type HelperProcess = {
  readonly name: string;
  // Its command line and its environment.
  readonly given: string;
};

const EXPECTED = ["ip -json", "ip -o monitor", "nft", "ss", "arping"] as const;

export async function helperProcessesOf(agentPid: number): Promise<readonly HelperProcess[]> {
  const helpers: HelperProcess[] = [];
  await waitUntil("all helpers of the agent", async () => {
    const { stdout } = await attempt(["ps", "--ppid", String(agentPid), "-o", "pid="]);
    const pids = stdout.split("\n").map(Number).filter(Boolean);
    helpers.push(...(await Promise.all(pids.map(helperAt))).flat());
    return EXPECTED.every((name) => helpers.some((helper) => helper.name === name));
  });
  return helpers;
}

// Between fork and exec a child is still a copy of the agent. So the command line is read first: if
// that is a helper's own, the environment is too.
async function helperAt(pid: number): Promise<readonly HelperProcess[]> {
  try {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8");
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    const words = commandLine.replaceAll("\0", " ");
    const name = EXPECTED.find((expected) => new RegExp(`(^|/)${expected} `, "u").test(words));
    return name === undefined ? [] : [{ name, given: `${commandLine}\0${environment}` }];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
