/**
 * Findings on standard output: text for people, or one JSON object per line.
 */
import { jsonLine } from "../../printable.ts";
import type { Finding } from "../../provision/phases/events.ts";
import { findingsText } from "../../provision/report/findings-text.ts";
import { styleFor } from "../../style.ts";
import type { ProvisionFlags } from "./flags.ts";

export function writeFindings(
  findings: readonly Finding[],
  { isJson, isVerbose }: ProvisionFlags,
): void {
  const style = styleFor(process.stdout.isTTY, process.env);
  const text = isJson
    ? findings.map((finding) => `${jsonLine(finding)}\n`).join("")
    : findingsText(findings, { style, isVerbose });
  process.stdout.write(text);
}
