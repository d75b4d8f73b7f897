/**
 * A line of a report before it is coloured: it can be cut and wrapped, which a coloured one cannot.
 */
import { type Style, type Tone, plainStyle } from "../../style.ts";

export type Line = {
  readonly text: string;
  readonly tone?: Tone;
  /** How far in its further lines stand when it is wrapped; as far as the first if it is left out. */
  readonly hang?: number;
};

export function line(text: string, tone?: Tone): Line {
  return tone === undefined ? { text } : { text, tone };
}

export function painted({ text, tone }: Line, style: Style): string {
  return tone === undefined || text === "" ? text : style.paint(tone, text);
}

export function indented(lines: readonly Line[], columns: number): readonly Line[] {
  const indent = " ".repeat(columns);
  return lines.map(({ text, ...rest }) => ({ ...rest, text: text === "" ? "" : indent + text }));
}

/** Every line ends; no lines, no text. */
export function textOf(lines: readonly Line[], style: Style = plainStyle): string {
  return lines.map((one) => `${painted(one, style)}\n`).join("");
}
