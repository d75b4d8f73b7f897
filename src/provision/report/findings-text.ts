/**
 * What preflight, verify or a run has found, as text for people: errors first, by host, each with
 * what to do about it, and at the end how many there are.
 *
 * What is fine is counted; it is listed on request, for whoever wants to see what was looked at.
 */
import type { Style, Tone } from "../../style.ts";
import type { Finding } from "../phases/events.ts";
import { type Line, indented, line, textOf } from "./line.ts";
import { counted, printable, printableLines, wholeCluster } from "./words.ts";

type Severity = Finding["severity"];

const sections: readonly { severity: Severity; title: string; noun: string; tone: Tone }[] = [
  { severity: "error", title: "errors", noun: "error", tone: "bad" },
  { severity: "warning", title: "warnings", noun: "warning", tone: "busy" },
  { severity: "fine", title: "fine", noun: "fine", tone: "good" },
];

export type FindingsOptions = { readonly style?: Style; readonly isVerbose?: boolean };

export function findingsText(
  findings: readonly Finding[],
  { style, isVerbose = false }: FindingsOptions = {},
): string {
  return textOf(findingLines(findings, isVerbose), style);
}

export function findingLines(findings: readonly Finding[], isVerbose = false): readonly Line[] {
  const listed = sections.flatMap(({ severity, title, tone }) => {
    const chosen = findings.filter((finding) => finding.severity === severity);
    if (chosen.length === 0 || (severity === "fine" && !isVerbose)) return [];
    return [line(title, tone), ...indented(hostLines(chosen), 2), line("")];
  });
  return [...listed, countLine(findings)];
}

function hostLines(findings: readonly Finding[]): readonly Line[] {
  const byHost = Map.groupBy(findings, ({ host }) => host ?? wholeCluster);
  return [...byHost].flatMap(([host, ofHost]) => [
    line(printable(host), "title"),
    ...indented(ofHost.flatMap(findingOf), 2),
  ]);
}

function findingOf({ code, finding, remedy }: Finding): readonly Line[] {
  const [first = "", ...others] = printableLines(finding);
  const todo = remedy === undefined ? [] : printableLines(remedy);
  return [
    line(`${printable(code)}: ${first}`),
    ...others.map((text) => line(`  ${text}`)),
    ...todo.map((text, index) => line(index === 0 ? `  to do: ${text}` : `         ${text}`)),
  ];
}

function countLine(findings: readonly Finding[]): Line {
  if (findings.length === 0) return line("nothing was found, because nothing was looked at");
  const counts = sections.map(({ severity, noun, tone }) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return { count, tone, text: severity === "fine" ? `${count} fine` : counted(count, noun) };
  });
  const shown = counts.filter(({ count }) => count > 0);
  return line(shown.map(({ text }) => text).join(", "), shown[0]?.tone);
}
