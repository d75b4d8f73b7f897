/**
 * The lines that the probe prints, as answers to questions.
 */

type Line = { readonly word: string; readonly value: string };

/** What the host has answered makes no sense: programs there that behave otherwise. */
export class AnswerError extends Error {}

/** By the number of the question; undefined: the text has no end. */
export function answersIn(
  text: string,
  endWord: string,
): ReadonlyMap<number, readonly Line[]> | undefined {
  const lines = text.trimEnd().split("\n");
  if (lines.pop() !== endWord) return undefined;
  const answers = new Map<number, Line[]>();
  for (const line of lines) {
    const [, number, word = "", value = ""] = /^(\d+) (\S+) ?(.*)$/.exec(line) ?? [];
    if (number === undefined) continue;
    const known = answers.get(Number(number)) ?? [];
    known.push({ word, value });
    answers.set(Number(number), known);
  }
  return answers;
}

export class Answer {
  readonly #number: number;
  readonly #lines: readonly Line[];

  constructor(number: number, lines: readonly Line[]) {
    this.#number = number;
    this.#lines = lines;
  }

  all(word: string): readonly string[] {
    return this.#lines.filter((line) => line.word === word).map(({ value }) => value);
  }

  word(word: string): string {
    const [value] = this.all(word);
    if (value === undefined) throw this.#error(word, "is missing");
    return value;
  }

  oneOf<T extends string>(word: string, values: readonly T[]): T {
    const found = this.word(word);
    const value = values.find((one) => one === found);
    if (value === undefined) throw this.#error(word, `is ${found}`);
    return value;
  }

  number(word: string): number {
    return this.check(Number(this.word(word) || Number.NaN), word);
  }

  check(value: number, word: string): number {
    if (!Number.isSafeInteger(value)) throw this.#error(word, "is no number");
    return value;
  }

  digest(word: string): string {
    const value = this.word(word);
    if (!/^[0-9a-f]{64}$/.test(value)) throw this.#error(word, "is no digest");
    return value;
  }

  /** Undefined: the host has answered that there is none. */
  bytes(word: string): string | undefined {
    return this.all("none").length > 0 ? undefined : decoded(this.word(word));
  }

  optionalBytes(word: string): string | undefined {
    return this.allBytes(word)[0];
  }

  allBytes(word: string): readonly string[] {
    return this.all(word).map(decoded);
  }

  #error(word: string, problem: string): AnswerError {
    const about = this.#number === 0 ? "the host" : `question ${this.#number}`;
    return new AnswerError(`the probe's answer about ${about} cannot be read: ${word} ${problem}`);
  }
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
