/**
 * The house: who may import whom. Arrows run down only, nothing runs in a circle, and the policy
 * knows nothing but itself.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "src");

/** The floors from the top; a folder imports from lower floors, and from itself. */
const floors = [
  ["cli"],
  ["agent", "provision"],
  ["vip", "clients", "callbacks"],
  ["policy", "yaml-places.ts"],
  ["outcome.ts", "clock.ts", "complaints.ts", "nearest.ts", "printable.ts", "style.ts"],
];

type Arrow = { readonly from: string; readonly to: string };

const files = globSync("**/*.ts", { cwd: root });

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name ?? "");
}

const arrows: readonly Arrow[] = files.flatMap((file) =>
  importsOf(file)
    .filter((name) => /^\..*\.ts$/.test(name))
    .map((name) => ({ from: file, to: relative(root, join(root, dirname(file), name)) })),
);

function folderOf(file: string): string {
  return file.split("/")[0] ?? file;
}

function floorOf(file: string): number {
  return floors.findIndex((folders) => folders.includes(folderOf(file)));
}

test("every file of src stands on a floor", () => {
  const homeless = files.filter((file) => floorOf(file) === -1);
  assert.deepEqual(homeless, []);
  assert(arrows.length > files.length, "the imports were not found");
});

test("arrows run down, or stay in their folder", () => {
  const wrong = arrows.filter(({ from, to }) => {
    return floorOf(to) <= floorOf(from) && folderOf(from) !== folderOf(to);
  });
  assert.deepEqual(wrong, []);
});

test("the policy imports itself and node:assert, nothing else", () => {
  const imported = files
    .filter((file) => folderOf(file) === "policy")
    .flatMap((file) => importsOf(file).map((name) => ({ from: file, name })));
  const foreign = imported.filter(
    ({ name }) => !/^(\.\/[a-z-]+\.ts|node:assert\/strict)$/.test(name),
  );
  assert.deepEqual(foreign, []);
});

test("no file imports itself on a way round", () => {
  const next = new Map(files.map((file) => [file, arrows.filter(({ from }) => from === file)]));
  const circles = files.filter((start) => {
    const seen = new Set<string>();
    const open = [start];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      for (const { to } of next.get(file) ?? []) {
        if (to === start) return true;
        if (!seen.has(to)) open.push(to);
        seen.add(to);
      }
    }
    return false;
  });
  assert.deepEqual(circles, []);
});

test("files are short enough to be read, and open by saying what they are", () => {
  const long = files.filter((file) => {
    return readFileSync(join(root, file), "utf8").split("\n").length > 400;
  });
  const silent = files.filter((file) => {
    return !/^(#!.*\n)?\/\*\*/.test(readFileSync(join(root, file), "utf8"));
  });
  assert.deepEqual({ long, silent }, { long: [], silent: [] });
});
