/**
 * `vip-agent check`: says whether the configuration is valid and, with --live, whether this host is
 * fit for it.
 *
 * It changes nothing, and needs no rights beyond reading the same files as the daemon.
 */
import type { Flags } from "../agent/config/command-source.ts";
import { thisHost } from "../agent/config/host.ts";
import { loadSettings } from "../agent/config/load.ts";
import type { PatroniFile } from "../agent/config/patroni-file.ts";
import type { Settings } from "../agent/config/settings.ts";
import type { Finding } from "./finding.ts";
import { checkExitCode, checkJson, checkText } from "./check-report.ts";

export type CheckOptions = {
  readonly flags: Flags;
  readonly isLive: boolean;
  readonly isJson: boolean;
};

export async function check({ flags, isLive, isJson }: CheckOptions): Promise<number> {
  const { settings, complaints, origins, patroniFile } = loadSettings({
    flags,
    host: thisHost(),
    purpose: "run",
  });
  const findings =
    isLive && settings !== undefined ? await lookAround(settings, patroniFile) : undefined;
  const result = { complaints, origins, ...(findings === undefined ? {} : { findings }) };
  process.stdout.write(isJson ? checkJson(result) : checkText(result));
  return checkExitCode(result);
}

async function lookAround(
  settings: Settings,
  patroniFile: PatroniFile | undefined,
): Promise<readonly Finding[]> {
  const [{ checkLive }, { realEyes }] = await Promise.all([
    import("./check-live.ts"),
    import("./check-eyes.ts"),
  ]);
  return checkLive(settings, await realEyes(settings), patroniFile);
}
