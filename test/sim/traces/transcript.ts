/**
 * The transcript of a real Consul as it is kept in the repository.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Transcript } from "./script.ts";

export const transcriptFile = join(import.meta.dirname, "consul-1.22.3.json");

export function readTranscript(): Transcript {
  return JSON.parse(readFileSync(transcriptFile, "utf8")) as Transcript;
}
