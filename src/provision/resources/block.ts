/**
 * Marked lines in a file that belongs to others, such as /etc/hosts.
 *
 * Only what is between our markers is ours, and every other byte is kept. So the file is taken apart
 * only where there is no doubt: one begin and one end, in this order, or neither. A marker that was
 * lost or doubled by an editor would make lines of somebody else ours.
 */
import assert from "node:assert/strict";
import { pathFact, textFact } from "./answers.ts";
import { differenceOf } from "./difference.ts";
import { digestOf } from "./digest.ts";
import type { Facts, PathFact, Question } from "./facts.ts";
import { type KindPlan, blocked, toDo } from "./kind-plan.ts";
import type { Obstacle } from "./operation.ts";
import { wrongType } from "./path-type.ts";
import type { BlockWish } from "./resource.ts";

/** Who may read a file that did not exist before its block. */
const newAccess = { owner: "root", group: "root", mode: "0644" };

export function blockQuestions({ path }: BlockWish): readonly Question[] {
  return [
    { about: "path", path },
    { about: "text", path },
  ];
}

export function blockMarkers(name: string): { readonly begin: string; readonly end: string } {
  return { begin: `# begin vip-agent ${name}`, end: `# end vip-agent ${name}` };
}

export function planBlock(wish: BlockWish, facts: Facts): KindPlan {
  const { path, name } = wish;
  const summary = `put block ${name} into ${path}`;
  const found = pathFact(facts, path);
  if (found.type === "absent") {
    const content = { text: `${blockLines(wish).join("\n")}\n`, isSecret: false };
    return toDo({
      operation: { kind: "write-file", path, ...newAccess, content },
      summary,
      difference: differenceOf(path, undefined, content.text),
    });
  }
  if (found.type !== "file") return blocked(wrongType(path, found, "a file"));
  const before = textFact(facts, path);
  if (before === undefined || digestOf(before) !== found.sha256) return blocked(unreadable(path));
  const text = withBlock(before, wish);
  if (text === undefined) return blocked(brokenMarkers(wish));
  if (text === before) return toDo();
  const difference = differenceOf(path, before, text);
  const operation = { kind: "write-text", path, text, basedOn: found.sha256 } as const;
  return toDo({ operation, summary, difference });
}

export type FoundBlock = Pick<BlockWish, "path" | "name"> & {
  readonly found: PathFact;
  readonly before: string | undefined;
};

/** The same file without the block. */
export function removeBlock({ path, name, found, before }: FoundBlock): KindPlan {
  if (before === undefined || digestOf(before) !== found.sha256) return blocked(unreadable(path));
  const place = placeOf(before, name);
  if (place === "broken") return blocked(brokenMarkers({ path, name }));
  if (place === undefined) return toDo();
  const lines = before.split("\n");
  const text = [...lines.slice(0, place.first), ...lines.slice(place.last + 1)].join("\n");
  const difference = differenceOf(path, before, text);
  const operation = { kind: "write-text", path, text, basedOn: found.sha256 } as const;
  return toDo({ operation, summary: `take block ${name} out of ${path}`, difference });
}

type Place = { readonly first: number; readonly last: number };

/** Undefined: there is no block yet; `broken`: the markers do not enclose one. */
function placeOf(text: string, name: string): Place | "broken" | undefined {
  const lines = text.split("\n");
  const { begin, end } = blockMarkers(name);
  const [first, ...furtherBegins] = positionsOf(lines, begin);
  const [last, ...furtherEnds] = positionsOf(lines, end);
  if (first === undefined && last === undefined) return undefined;
  if (first === undefined || last === undefined || last < first) return "broken";
  return furtherBegins.length > 0 || furtherEnds.length > 0 ? "broken" : { first, last };
}

/** Undefined where the markers do not enclose one block. */
function withBlock(before: string, wish: BlockWish): string | undefined {
  const block = blockLines(wish);
  const place = placeOf(before, wish.name);
  if (place === "broken") return undefined;
  if (place === undefined) {
    const separator = before === "" || before.endsWith("\n") ? "" : "\n";
    return `${before}${separator}${block.join("\n")}\n`;
  }
  const lines = before.split("\n");
  return [...lines.slice(0, place.first), ...block, ...lines.slice(place.last + 1)].join("\n");
}

function positionsOf(lines: readonly string[], marker: string): readonly number[] {
  return lines.flatMap((line, index) => (line.trim() === marker ? [index] : []));
}

function blockLines({ name, lines }: BlockWish): readonly string[] {
  const { begin, end } = blockMarkers(name);
  assert(/^\S+$/.test(name), `${name} is not one word`);
  assert(
    lines.every((line) => !line.includes("\n") && line.trim() !== begin && line.trim() !== end),
    `block ${name} has a line that would break it`,
  );
  return [begin, ...lines, end];
}

function unreadable(path: string): Obstacle {
  return {
    subject: path,
    finding: "is not plain UTF-8 text, so that lines cannot be put into it and the rest be kept",
    remedy: "look at it, repair what is not text, and run again",
  };
}

function brokenMarkers({ path, name }: Pick<BlockWish, "path" | "name">): Obstacle {
  const { begin, end } = blockMarkers(name);
  return {
    subject: path,
    finding: `has the markers "${begin}" and "${end}" not exactly once and in this order`,
    remedy: "remove both markers and the lines between them by hand, and run again",
  };
}
