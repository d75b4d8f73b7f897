/**
 * A terminal that understands as much as the board uses: lines, clearing, going up, colours. It
 * remembers what has scrolled away, and notices what a real one would show as a mess.
 */
import type { Size } from "../../../src/provision/report/board.ts";

/** As most terminals count: two for Chinese and pictures, none for what joins its neighbour. */
function columnsOf(text: string): number {
  const zero = text.match(/[\p{Mn}\p{Cf}]/gu)?.length ?? 0;
  const wide = text.match(
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uff00-\uff60]|\p{Emoji_Presentation}/gu,
  );
  return Array.from(text).length - zero + (wide?.length ?? 0);
}

/** With the character that begins whatever steers a terminal written out. */
export function spelled(text: string): string {
  return text.replaceAll("\u001B", "ESC");
}

export class FakeTerminal {
  size: Size;
  writableNeedDrain = false;
  /** Texts as they were written. */
  readonly written: string[] = [];
  /** Lines that ran over the edge, and ways up beyond it. */
  readonly faults: string[] = [];
  readonly #scrolled: string[] = [];
  #screen: string[] = [""];
  #row = 0;

  constructor(size: Size) {
    this.size = size;
  }

  readonly write = (text: string): void => {
    this.written.push(text);
    // oxlint-disable-next-line no-control-regex -- what a terminal looks for
    for (const part of text.match(/\u001B\[\d*(?:;\d+)*[A-Za-z]|\n|[^\u001B\n]+|\u001B/gu) ?? []) {
      this.#take(part);
    }
  };

  /** What can be seen, without the empty lines below. */
  get screen(): readonly string[] {
    const last = this.#screen.findLastIndex((line) => line !== "");
    return this.#screen.slice(0, last + 1).map((line) => line.trimEnd());
  }

  /** All that was ever shown and not drawn over. */
  get everything(): readonly string[] {
    return [...this.#scrolled, ...this.screen];
  }

  #take(part: string): void {
    if (part === "\n") this.#newLine();
    else if (part === "\u001B[2K") this.#screen[this.#row] = "";
    else if (part === "\u001B[J") this.#screen = [...this.#screen.slice(0, this.#row), ""];
    else if (part.startsWith("\u001B[") && part.endsWith("A"))
      this.#up(Number.parseInt(part.slice(2), 10));
    else if (part.startsWith("\u001B[") && part.endsWith("m")) return;
    else if (part.startsWith("\u001B")) this.faults.push(`unknown: ${JSON.stringify(part)}`);
    else this.#print(part);
  }

  #print(text: string): void {
    const line = (this.#screen[this.#row] ?? "") + text;
    if (columnsOf(line) > this.size.columns) this.faults.push(`too long: ${line}`);
    this.#screen[this.#row] = line;
  }

  #newLine(): void {
    this.#row += 1;
    this.#screen[this.#row] ??= "";
    while (this.#row >= this.size.rows) {
      this.#scrolled.push((this.#screen.shift() ?? "").trimEnd());
      this.#row -= 1;
    }
  }

  #up(lines: number): void {
    if (lines > this.#row) this.faults.push(`up ${lines} of ${this.#row}`);
    this.#row = Math.max(0, this.#row - lines);
  }
}
