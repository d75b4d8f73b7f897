/**
 * Quoting, judged by real shells: whatever the words are, a program gets them as they were.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { commandLine, quote } from "../../../src/provision/executor/shell.ts";

/** Each argument with a zero byte behind it: the one thing that no argument has. */
const printer = ["/usr/bin/printf", String.raw`%s\0`];

function seenBy(shell: string, words: readonly string[]): string {
  const line = commandLine([...printer, ...words]);
  const { status, stdout, stderr } = spawnSync(shell, ["-c", line], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

const oddWords = [
  "",
  " ",
  "'",
  "''",
  "a'b\"c",
  "$HOME `id` $(id) ${x}",
  "line\nline\n",
  "\\",
  "\\'",
  "*?[a-z]",
  "~root",
  "-n",
  "a=b",
  "=ls",
  "#",
  "!!",
  "{a,b}",
  ";|&<>()",
  "\t\r\u0001\u007f",
  "päth",
];

const shells = ["/bin/sh", "/bin/bash"].filter((path) => existsSync(path));

for (const shell of shells) {
  test(`odd words get through ${shell}`, () => {
    assert.equal(seenBy(shell, oddWords), oddWords.map((word) => `${word}\0`).join(""));
  });

  test(`any words get through ${shell}`, () => {
    const word = fc.string({ unit: "binary", maxLength: 30 }).filter(isSendable);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        assert.equal(seenBy(shell, words), words.map((one) => `${one}\0`).join(""));
      }),
      { numRuns: 60 },
    );
  });
}

test("a word never ends the command or begins another", () => {
  const { stdout } = spawnSync("/bin/sh", ["-c", `echo ${quote("x'; echo y; '")}`], {
    encoding: "utf8",
  });
  assert.equal(stdout, "x'; echo y; '\n");
});

test("plain words stay readable", () => {
  const line = commandLine(["ls", "-l", "/etc/consul.d/consul.json", "a b", "x=1"]);
  assert.equal(line, "ls -l /etc/consul.d/consul.json 'a b' 'x=1'");
});

test("a word with a zero byte is refused: the rest would be lost in silence", () => {
  assert.throws(() => quote("a\0b"), /zero byte/);
});

/** Lone surrogates have no form in UTF-8. */
function isSendable(word: string): boolean {
  return !word.includes("\0") && word.isWellFormed();
}
