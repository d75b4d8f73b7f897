/**
 * What a test of provisioning needs beside a machine that boots, and what is missing here.
 */
import { findProvisions, type Suite } from "../../../../lab/machines/bare.ts";
import { findGuestParts } from "../../../../lab/machines/guest.ts";
import { skipWithoutMachines } from "../../support/capabilities.ts";

const SUITES: readonly Suite[] = ["bookworm", "trixie"];

/** The release that MACHINE_SUITE names, as for the scripts in setup. */
export function suiteOf({ MACHINE_SUITE: name }: NodeJS.ProcessEnv): Suite {
  return SUITES.find((suite) => suite === name) ?? "bookworm";
}

/** What to give to the `skip` option of a suite: false, or what is missing. */
export async function skipWithoutProvisions(suite: Suite): Promise<string | false> {
  return await skipWithout(async () => findProvisions(suite));
}

/** The same for a virtual machine, which needs no more than that: emulated, it runs everywhere. */
export async function skipWithoutGuest(suite: Suite): Promise<string | false> {
  return await skipWithout(async () => {
    await findProvisions(suite);
    await findGuestParts(suite);
  });
}

async function skipWithout(find: () => Promise<unknown>): Promise<string | false> {
  const skip = await skipWithoutMachines();
  if (skip !== false) return skip;
  try {
    await find();
    return false;
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    if (process.env["CI"] === "true") throw new Error(`CI lacks ${problem}`, { cause: error });
    return `missing: ${problem}`;
  }
}
