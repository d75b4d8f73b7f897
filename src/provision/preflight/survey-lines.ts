/**
 * The lines of the survey's answer: a word and its fields, with tabs between them.
 *
 * Whatever a host prints, reading it never fails: what is not understood is not there.
 */
export type Lines = ReadonlyMap<string, readonly (readonly string[])[]>;

/** Undefined: the answer was cut off. */
export function linesOf(text: string): Lines | undefined {
  const rows = text.split("\n").map((row) => row.split("\t").map((field) => field.trim()));
  const words = Map.groupBy(rows, ([word = ""]) => word);
  if (!words.has("end")) return undefined;
  return new Map([...words].map(([word, found]) => [word, found.map(([, ...rest]) => rest)]));
}

/** The fields of the lines that begin with this word. */
export function rowsOf(lines: Lines, word: string): readonly (readonly string[])[] {
  return lines.get(word) ?? [];
}

/** The first field of the first such line; undefined where it is empty. */
export function wordOf(lines: Lines, word: string): string | undefined {
  return filled(rowsOf(lines, word)[0]?.[0]);
}

export function numberOf(lines: Lines, word: string): number | undefined {
  return asNumber(wordOf(lines, word));
}

export function asNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function filled(text: string | undefined): string | undefined {
  return text === undefined || text === "" ? undefined : text;
}

export function wordsIn(text: string | undefined): readonly string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}
