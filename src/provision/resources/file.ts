/**
 * A file of ours: its whole text, and who may read it.
 *
 * The digest decides whether it is written, so that a run without changes writes nothing and wakes
 * nobody. The text on the host is asked for only where nothing is secret, to show what will change.
 */
import { pathFact, textFact } from "./answers.ts";
import { differenceOf } from "./difference.ts";
import { digestOf } from "./digest.ts";
import type { Facts, PathFact, Question } from "./facts.ts";
import { type KindPlan, blocked, toDo } from "./kind-plan.ts";
import type { Operation } from "./operation.ts";
import { accessDifference, accessText, isAccessSame, wrongType } from "./path-type.ts";
import type { FileWish } from "./resource.ts";

export function fileQuestions({ path, content }: FileWish): readonly Question[] {
  const shown: readonly Question[] = content.isSecret ? [] : [{ about: "text", path }];
  return [{ about: "path", path }, ...shown];
}

export function planFile(wish: FileWish, facts: Facts): KindPlan {
  const { path, owner, group, mode } = wish;
  const found = pathFact(facts, path);
  if (found.type === "absent") {
    const difference = textDifference(wish, undefined);
    return toDo({ operation: writing(wish), summary: `write ${path}`, difference });
  }
  if (found.type !== "file") return blocked(wrongType(path, found, "a file"));
  if (found.sha256 !== digestOf(wish.content.text)) {
    const differing = textDifference(wish, { found, facts });
    const difference = [...accessDifference(found, wish), ...differing];
    return toDo({ operation: writing(wish), summary: `rewrite ${path}`, difference });
  }
  if (isAccessSame(found, wish)) return toDo();
  return toDo({
    operation: { kind: "set-access", path, owner, group, mode },
    summary: `give ${path} to ${accessText(wish)}`,
    difference: accessDifference(found, wish),
  });
}

function writing({ path, owner, group, mode, content, validator }: FileWish): Operation {
  const judged = validator === undefined ? {} : { validator };
  return { kind: "write-file", path, owner, group, mode, content, ...judged };
}

/** What was read must be what is there: bytes that are no text would be shown as something else. */
function textDifference(
  { path, content }: FileWish,
  before: { readonly found: PathFact; readonly facts: Facts } | undefined,
): readonly string[] {
  if (content.isSecret) return ["differs, not shown"];
  if (before === undefined) return differenceOf(path, undefined, content.text);
  const text = textFact(before.facts, path);
  const isWhole = text !== undefined && digestOf(text) === before.found.sha256;
  return isWhole ? differenceOf(path, text, content.text) : ["differs, not shown"];
}
