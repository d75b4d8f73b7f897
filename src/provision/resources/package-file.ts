/**
 * A package that is brought along, in exactly the version that was asked for.
 *
 * The package manager adds a release of its own to the version (`0.1.0-1`), which says nothing about
 * what is in it.
 */
import { packageFact } from "./answers.ts";
import type { Facts, Question } from "./facts.ts";
import { type KindPlan, toDo } from "./kind-plan.ts";
import type { PackageFileWish } from "./resource.ts";

export function packageFileQuestions({ name }: PackageFileWish): readonly Question[] {
  return [{ about: "package", name }];
}

export function planPackageFile(wish: PackageFileWish, facts: Facts): KindPlan {
  const { name, version, artefact } = wish;
  const found = packageFact(facts, name);
  if (found === version || found?.startsWith(`${version}-`) === true) return toDo();
  return toDo({
    operation: { kind: "install-package-file", name, artefact },
    summary: `install ${name} ${version}${found === undefined ? "" : ` in place of ${found}`}`,
  });
}
