/**
 * The end of what a command writes.
 *
 * It may write without end, and each chunk costs the loop some time. So it is read at a pace, which
 * holds up the writer and nobody else, and only the last of it is kept.
 */
import type { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

/** Between two chunks of at most 64 KiB. */
const paceMs = 5;

const keptBytes = 4_096;
const shownLength = 200;

export class Tail {
  readonly #stream: Readable | null;
  readonly #closed = Promise.withResolvers<void>();
  #kept: Buffer = Buffer.alloc(0);
  #isPaced = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Readable | null) {
    this.#stream = stream;
    if (stream === null) {
      this.#closed.resolve();
      return;
    }
    stream.on("error", () => undefined);
    stream.once("close", () => this.#closed.resolve());
    stream.on("data", (chunk: Buffer) => {
      this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-keptBytes);
      if (!this.#isPaced) return;
      stream.pause();
      this.#timer = setTimeout(() => stream.resume(), paceMs);
    });
  }

  /**
   * The last line that is not empty, fit to be shown, once the writer has closed or so much time is
   * over.
   */
  async lastLine(withinMs: number): Promise<string> {
    this.#isPaced = false;
    this.#stream?.resume();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    await Promise.race([this.#closed.promise, late]);
    clearTimeout(timer);
    const lines = this.#kept.toString("utf8").split(/[\r\n]+/);
    return lines.map(shownLine).findLast((line) => line !== "") ?? "";
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stream?.destroy();
  }
}

/** Without what would move a terminal's cursor or forge a line. */
function shownLine(line: string): string {
  const plain = stripVTControlCharacters(line)
    .replaceAll(/\p{Cc}/gu, "")
    .trim();
  return plain.length > shownLength ? `${plain.slice(0, shownLength)}…` : plain;
}
