/**
 * Text in columns for a terminal: no line longer than 80 characters, colour only where somebody
 * looks at it.
 */
import {
  type Style as Colours,
  type Variables,
  styleFor as coloursFor,
  plainStyle as noColours,
} from "../../style.ts";

export type Style = Colours & { readonly width: number };

export const maxWidth = 80;

/** A terminal that is narrower than this wraps by itself. */
const minWidth = 40;

export const plainStyle: Style = { ...noColours, width: maxWidth };

export type Terminal = {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

export function styleFor(
  { isTTY = false, columns = maxWidth }: Terminal,
  variables: Variables,
): Style {
  if (!isTTY) return plainStyle;
  const width = Math.min(maxWidth, Math.max(minWidth, columns));
  return { ...coloursFor(isTTY, variables), width };
}

const labelWidth = 13;

/** A label and what is said under it, the further lines below the first. */
export function row(label: string, words: string, style: Style): readonly string[] {
  const [first = "", ...rest] = wrap(words, style.width - labelWidth);
  const indent = " ".repeat(labelWidth);
  const head = `  ${label}`.padEnd(labelWidth);
  return [`${style.paint("quiet", head)}${first}`, ...rest.map((line) => indent + line)];
}

/** Lines of no more than so many characters; a word that is longer is cut. */
export function wrap(words: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(" ").flatMap((one) => cut(one, width))) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function cut(word: string, width: number): readonly string[] {
  if (word.length <= width) return [word];
  return Array.from({ length: Math.ceil(word.length / width) }, (_, index) =>
    word.slice(index * width, (index + 1) * width),
  );
}

/** A table whose columns are as wide as their widest cell; the last one may be wrapped. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
