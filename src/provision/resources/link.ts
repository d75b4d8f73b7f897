/**
 * A symbolic link. Another target is switched, anything else in its place is an obstacle.
 */
import { pathFact } from "./answers.ts";
import type { Facts, Question } from "./facts.ts";
import { type KindPlan, blocked, toDo } from "./kind-plan.ts";
import { wrongType } from "./path-type.ts";
import type { LinkWish } from "./resource.ts";

export function linkQuestions({ path }: LinkWish): readonly Question[] {
  return [{ about: "path", path }];
}

export function planLink({ path, target }: LinkWish, facts: Facts): KindPlan {
  const found = pathFact(facts, path);
  if (found.type !== "absent" && found.type !== "link") {
    return blocked(wrongType(path, found, "a link"));
  }
  if (found.type === "link" && found.target === target) return toDo();
  const from = found.type === "link" ? `, now to ${found.target ?? "nowhere"}` : "";
  return toDo({
    operation: { kind: "set-link", path, target },
    summary: `link ${path} to ${target}${from}`,
  });
}
