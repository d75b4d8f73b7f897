/**
 * What `vip-agent check` found, as text for people and as JSON for scripts.
 *
 * Complaints come first and the effective configuration after them, each value with the place it
 * came from: on the wrong host, or with a forgotten variable, that place is the answer.
 */
import { type Complaint, complaintsText, isError, whereText } from "../complaints.ts";
import type { Origin } from "../agent/config/reading.ts";
import type { Finding } from "./finding.ts";
import { type ExitCode, exitCode } from "./exit-codes.ts";

export type CheckResult = {
  readonly complaints: readonly Complaint[];
  readonly origins: readonly Origin[];
  /** Absent when the host was not looked at. */
  readonly findings?: readonly Finding[];
};

export function checkExitCode({ complaints, findings = [] }: CheckResult): ExitCode {
  const severities = new Set([...complaints, ...findings].map(({ severity }) => severity));
  if (severities.has("error")) return exitCode.failed;
  return severities.has("warning") ? exitCode.warned : exitCode.fine;
}

export function checkText(result: CheckResult): string {
  const { complaints, origins, findings } = result;
  const sections = [summary(complaints)];
  if (complaints.length > 0) sections.push(complaintsText(complaints));
  if (origins.length > 0) sections.push(`Effective configuration:\n${originsText(origins)}`);
  if (findings !== undefined) sections.push(`On this host:\n${findings.map(findingText).join("")}`);
  return sections.join("\n");
}

export function checkJson(result: CheckResult): string {
  const { complaints, origins, findings } = result;
  const report = {
    exitCode: checkExitCode(result),
    complaints,
    settings: origins.map(({ key, shown, where }) => ({
      key,
      value: shown,
      from: whereText(where),
    })),
    ...(findings === undefined ? {} : { findings }),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function summary(complaints: readonly Complaint[]): string {
  const errors = complaints.filter(isError).length;
  const warnings = complaints.length - errors;
  const counts = [counted(errors, "error"), counted(warnings, "warning")].filter(
    (count) => count !== "",
  );
  const verdict = errors > 0 ? "The configuration is invalid" : "The configuration is valid";
  return `${verdict}${counts.length === 0 ? "" : `: ${counts.join(", ")}`}.\n`;
}

function counted(count: number, noun: string): string {
  if (count === 0) return "";
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function originsText(origins: readonly Origin[]): string {
  const keyWidth = Math.max(...origins.map(({ key }) => key.length));
  const shownWidth = Math.min(40, Math.max(...origins.map(({ shown }) => shown.length)));
  const lines = origins.map(
    ({ key, shown, where }) =>
      `  ${key.padEnd(keyWidth)}  ${shown.padEnd(shownWidth)}  ${whereText(where)}\n`,
  );
  return lines.join("");
}

function findingText({ severity, subject, found, remedy }: Finding): string {
  const mark = severity === "good" ? "ok" : severity;
  const line = `  ${mark.padEnd(7)}  ${subject}: ${found}\n`;
  return remedy === undefined ? line : `${line}           to do: ${remedy}\n`;
}
