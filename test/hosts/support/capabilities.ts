/**
 * What a test on a real systemd needs, and what is missing here.
 *
 * On CI nothing may be missing, as for the tests of the lab.
 */
import { attempt } from "../../../lab/command.ts";
import { findMachineRoot } from "../../../lab/machines/layers.ts";
import {
  ANNOUNCEMENTS,
  COURTESY,
  LAB,
  PROBES,
  skipWithout,
} from "../../lab/support/capabilities.ts";

const checks: Readonly<Record<string, () => unknown>> = {
  "a sandbox for machines (sh lab/machines/sandbox.sh, as root)": () => {
    if (process.env["LAB_CGROUP"] === undefined) throw new Error("this is none");
  },
  "systemd-nspawn (Debian: systemd-container)": () => attempt(["systemd-nspawn", "--version"]),
  "a Debian to boot (npm run setup, as root, makes one)": findMachineRoot,
};

/** What to give to the `skip` option of a suite: false, or what is missing. */
export async function skipWithoutMachines(): Promise<string | false> {
  const problem = await problemOf();
  if (problem === undefined) {
    return await skipWithout(...LAB, ...PROBES, ...ANNOUNCEMENTS, ...COURTESY);
  }
  if (process.env["CI"] === "true") throw new Error(`CI lacks ${problem}`);
  return `missing: ${problem}`;
}

async function problemOf(): Promise<string | undefined> {
  for (const [capability, check] of Object.entries(checks)) {
    try {
      await check();
    } catch (error) {
      const detail = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
      return `${capability}: ${detail}`;
    }
  }
  return undefined;
}
