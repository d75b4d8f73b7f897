/**
 * Text made to fit a terminal's width: a line that the terminal would wrap by itself is one more than
 * was counted, and the next picture would be drawn in the wrong place.
 */

/**
 * What is known to be one column wide: Latin, Greek and Cyrillic. Of anything else the width depends on
 * the terminal.
 */
const unsure =
  /[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u024f\u0391-\u03ce\u0400-\u0482\u048a-\u04ff]/gu;

/** Each character one column wide. */
export function evenWidth(text: string): string {
  return text.replaceAll(unsure, "?");
}

/** No longer than that; what is missing is marked. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const mark = "..".slice(0, Math.max(0, width));
  return text.slice(0, Math.max(0, width - mark.length)) + mark;
}

/** Nobody reads a column of single letters. */
const minRoom = 10;

/** Lines of no more than so many columns, the further ones as far in as the first, or as told. */
export function wrapLine(line: string, width: number, hang?: number): readonly string[] {
  const [indent = ""] = /^ */u.exec(line) ?? [];
  const below = " ".repeat(hang ?? indent.length);
  const words = line.slice(indent.length);
  const rooms = [width - indent.length, width - below.length] as const;
  if (Math.min(...rooms) < minRoom) return wrapWords(words, [width, width]);
  return wrapWords(words, rooms).map((part, index) => (index === 0 ? indent : below) + part);
}

/** As long as the first line may be, and as the others may. */
type Rooms = readonly [number, number];

function wrapWords(words: string, [first, others]: Rooms): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(" ").flatMap((one) => chopped(one, Math.min(first, others)))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (columnsOf(longer) > (lines.length === 0 ? first : others)) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** At least one character each, however narrow it is. */
function chopped(word: string, width: number): readonly string[] {
  if (columnsOf(word) <= width) return [word];
  const parts: string[] = [];
  let part = "";
  for (const character of word) {
    if (part !== "" && columnsOf(part + character) > width) {
      parts.push(part);
      part = character;
    } else part += character;
  }
  return [...parts, part];
}

/** At most: what may be two columns wide counts as two. */
function columnsOf(text: string): number {
  return text.length + (text.match(unsure)?.length ?? 0);
}
