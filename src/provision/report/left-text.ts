/**
 * What a removal has left, as text for people: host by host, and how to go on from there.
 */
import { type Line, indented, line, textOf } from "./line.ts";
import type { Style } from "../../style.ts";
import { printable } from "./words.ts";

export type Left = { readonly host: string; readonly things: readonly string[] };

export function leftText(left: readonly Left[], closing: readonly string[], style?: Style): string {
  const hosts = left.flatMap(({ host, things }): readonly Line[] => [
    line(`  ${printable(host)}`, "title"),
    ...indented((things.length === 0 ? ["nothing"] : things).map(thingLine), 4),
  ]);
  const last = closing.map((text) => line(printable(text)));
  return textOf([line("left:", "title"), ...hosts, line(""), ...last], style);
}

function thingLine(text: string): Line {
  return line(printable(text));
}
