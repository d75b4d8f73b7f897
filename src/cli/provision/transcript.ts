/**
 * `--verbose`: every command that goes to a host, on standard error, its secrets masked.
 */
import type { TranscriptOptions } from "../../provision/executor/transcript.ts";
import { printable } from "../../provision/report/words.ts";
import { allSecrets } from "../../provision/secrets/stored-form.ts";
import type { Secrets } from "../../provision/secrets/secrets.ts";
import type { ProvisionFlags } from "./flags.ts";

export function transcriptFor(
  { isVerbose }: ProvisionFlags,
  secrets: Secrets | undefined,
): TranscriptOptions | undefined {
  if (!isVerbose) return undefined;
  return {
    secrets: secrets === undefined ? [] : allSecrets(secrets),
    nowMs: () => performance.now(),
    report: ({ host, command, tookMs, result, output }) => {
      const lines = output.trim() === "" ? [] : output.trimEnd().split("\n");
      const shown = lines.map((text) => `    ${printable(text)}\n`).join("");
      const took = `${(tookMs / 1_000).toFixed(1)} s`;
      process.stderr.write(`${host}: ${printable(command)}: ${result} (${took})\n${shown}`);
    },
  };
}
