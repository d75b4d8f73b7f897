/**
 * The likeliest spelling: near enough, the nearest, and never far-fetched.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestOf } from "../src/nearest.ts";

const names = ["address", "interface", "wal", "data", "ttl", "retry-timeout"];

const meant: readonly (readonly [written: string, name: string | undefined])[] = [
  ["adress", "address"],
  ["addresss", "address"],
  ["addrses", "address"],
  ["Address", "address"],
  ["retry_timeout", "retry-timeout"],
  ["retrytimeout", "retry-timeout"],
  ["tll", "ttl"],
  ["wall", "wal"],
  ["date", "data"],
  ["ww", undefined],
  ["password", undefined],
  ["", undefined],
  ["a".repeat(10_000), undefined],
];

for (const [written, name] of meant) {
  test(`${written.slice(0, 20)} is meant as ${name}`, () => {
    assert.equal(nearestOf(written, names), name);
  });
}
