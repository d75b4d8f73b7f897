/**
 * The command line of the benchmark: a typo must cost a second, not half an hour.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseArguments } from "../../bench/arguments.ts";
import { candidatesOf } from "../../bench/candidates.ts";
import { UsageError } from "../../bench/program.ts";

function parsed(...words: readonly string[]) {
  const options = parseArguments(words);
  assert.ok(options !== "help");
  return options;
}

test("without arguments forty moves are made with a gap of 90 ms", () => {
  const { moves, gapMs, idleS, peers, isAsserting } = parsed();
  assert.deepEqual([moves, gapMs, idleS, peers, isAsserting], [40, 90, 60, [], false]);
});

test("a peer's name ends at the first equals sign", () => {
  const { peers } = parsed("--peer", "other 5.0=/opt/other --ip={vip} --name={name}");
  assert.deepEqual(peers, [{ name: "other 5.0", command: "/opt/other --ip={vip} --name={name}" }]);
});

for (const words of [
  ["--moves", "0"],
  ["--moves", "many"],
  ["--moves", "1.5"],
  ["--gap", ""],
  ["--idle", "-1"],
  ["--peer", "other"],
  ["--peer", "=command"],
  ["--peer", "other="],
  ["--speed", "9"],
  ["stray"],
]) {
  test(`${words.join(" ")} is refused`, () => {
    assert.throws(() => parseArguments(words), UsageError);
  });
}

test("--help asks for nothing else", () => {
  assert.equal(parseArguments(["--help"]), "help");
});

test("candidates can be picked with or without their version", () => {
  const names = (...words: readonly string[]) => {
    return candidatesOf(parsed(...words)).map(({ kind }) => kind);
  };
  assert.deepEqual(names(), ["agent", "floor"]);
  assert.deepEqual(names("--only", "vip-agent"), ["agent"]);
  assert.deepEqual(names("--peer", "other 5.0=x", "--only", "other 5.0"), ["peer"]);
});

test("a candidate that is not there is refused", () => {
  assert.throws(() => candidatesOf(parsed("--only", "nobody")), UsageError);
});
