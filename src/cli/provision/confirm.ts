/**
 * The questions of `vip-agent provision remove`, which only a person at a terminal answers.
 *
 * They are asked on standard error, since standard output may be kept as a record. The end of the input
 * and Ctrl-C are no answer.
 */
import { createInterface } from "node:readline";

import type { Confirmed, Words } from "../../provision/removal/confirmation.ts";

export type Asking = {
  readonly words: Words;
  readonly given: Confirmed;
  readonly isWithData: boolean;
};

/** Where a person is. */
export type Person = {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
};

const terminal: Person = { input: process.stdin, output: process.stderr };

/** What was not given on the command line is asked for, one after the other. */
export async function askConfirmation(
  { words, given, isWithData }: Asking,
  person: Person = terminal,
): Promise<Confirmed> {
  const name = `Type the cluster's name, ${words.stack}, to take it off these hosts: `;
  const stack = given.stack ?? (await askLine(name, person));
  if (!isWithData || stack !== words.stack) return { ...given, stack };
  const loss = `Type "${words.data}" to DELETE its data, of PostgreSQL and Consul, for good: `;
  return { stack, data: given.data ?? (await askLine(loss, person)) };
}

export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Empty: no answer. */
function askLine(question: string, person: Person): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const lines = createInterface(person);
  let answer: string | undefined;
  lines.once("line", (text) => {
    answer = text.trim();
    lines.close();
  });
  lines.once("SIGINT", () => lines.close());
  lines.once("close", () => {
    // What comes next does not stand behind the question.
    if (answer === undefined) person.output.write("\n");
    resolve(answer ?? "");
  });
  lines.setPrompt(question);
  lines.prompt();
  return promise;
}
