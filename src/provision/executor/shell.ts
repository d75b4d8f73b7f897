/**
 * Words for a shell.
 *
 * sshd hands the remote shell one string, however carefully it was called with many. So every word
 * that goes there passes through here, and nothing else in the module puts words together: scripts
 * are fixed, and what differs from call to call are their arguments and their stdin.
 */
import assert from "node:assert/strict";

/** No shell makes anything else of these. An equals sign would make a variable of the first word. */
const plainWord = /^[A-Za-z0-9_@:,./+-]+$/;

/** The one word, as a shell has to be given it. */
export function quote(word: string): string {
  assert(!word.includes("\0"), "no argument of a program can hold a zero byte");
  return plainWord.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function commandLine(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}
