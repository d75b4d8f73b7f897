/**
 * A system user that services run as.
 *
 * One that is there is taken as it is: its home and its shell may have been somebody's decision, and
 * files already belong to its number. It is only joined to the groups that it lacks, and never taken
 * out of one.
 */
import { userFact } from "./answers.ts";
import type { Facts, Question } from "./facts.ts";
import { type KindPlan, toDo } from "./kind-plan.ts";
import type { UserWish } from "./resource.ts";

export function userQuestions({ name }: UserWish): readonly Question[] {
  return [{ about: "user", name }];
}

export function planUser({ name, home, groups }: UserWish, facts: Facts): KindPlan {
  const found = userFact(facts, name);
  if (found === undefined) {
    const operation = { kind: "make-user", name, home, groups } as const;
    return toDo({ operation, summary: `make user ${name}` });
  }
  const missing = groups.filter((group) => !found.groups.includes(group));
  if (missing.length === 0) return toDo();
  return toDo({
    operation: { kind: "join-groups", name, groups: missing },
    summary: `join ${name} to ${missing.join(", ")}`,
  });
}
