/**
 * Packages from the repositories that the host has.
 *
 * Any installed version will do: which one there is, and when it is raised, is the operator's
 * business and that of the repositories. All that are missing are installed at once, so that the
 * package manager sees their conflicts.
 */
import { packageFact } from "./answers.ts";
import type { Facts, Question } from "./facts.ts";
import { type KindPlan, toDo } from "./kind-plan.ts";
import type { PackagesWish } from "./resource.ts";

export function packagesQuestions({ names }: PackagesWish): readonly Question[] {
  return names.map((name) => ({ about: "package", name }));
}

export function planPackages({ names }: PackagesWish, facts: Facts): KindPlan {
  const missing = names.filter((name) => packageFact(facts, name) === undefined);
  if (missing.length === 0) return toDo();
  return toDo({
    operation: { kind: "install-packages", names: missing },
    summary: `install ${missing.join(", ")}`,
  });
}
