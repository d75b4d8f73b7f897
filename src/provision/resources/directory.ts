/**
 * A directory, with nothing said about what is in it.
 *
 * A link to a directory is not one: to follow it would change the access of a place that nobody
 * named.
 */
import { pathFact } from "./answers.ts";
import type { Facts, Question } from "./facts.ts";
import { type KindPlan, blocked, toDo } from "./kind-plan.ts";
import { accessDifference, accessText, isAccessSame, wrongType } from "./path-type.ts";
import type { DirectoryWish } from "./resource.ts";

export function directoryQuestions({ path }: DirectoryWish): readonly Question[] {
  return [{ about: "path", path }];
}

export function planDirectory(wish: DirectoryWish, facts: Facts): KindPlan {
  const { path, owner, group, mode } = wish;
  const found = pathFact(facts, path);
  if (found.type === "absent") {
    return toDo({
      operation: { kind: "make-directory", path, owner, group, mode },
      summary: `make directory ${path} (${accessText(wish)})`,
    });
  }
  if (found.type !== "directory") return blocked(wrongType(path, found, "a directory"));
  if (isAccessSame(found, wish)) return toDo();
  return toDo({
    operation: { kind: "set-access", path, owner, group, mode },
    summary: `give ${path} to ${accessText(wish)}`,
    difference: accessDifference(found, wish),
  });
}
