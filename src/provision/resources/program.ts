/**
 * One program that is no package, such as Consul.
 *
 * It is asked for its version rather than compared byte by byte: the artefact may be an archive that
 * is fetched only when it is needed. A link in its place that leads to the right version is fine; one
 * that leads to another is not replaced, since somebody manages versions there.
 */
import { pathFact, programFact } from "./answers.ts";
import type { Facts, Question } from "./facts.ts";
import { type KindPlan, blocked, toDo } from "./kind-plan.ts";
import { wrongType } from "./path-type.ts";
import type { ProgramWish } from "./resource.ts";

export function programQuestions({ path, versionArgs }: ProgramWish): readonly Question[] {
  return [
    { about: "path", path },
    { about: "program", path, args: versionArgs },
  ];
}

export function planProgram(wish: ProgramWish, facts: Facts): KindPlan {
  const { path, artefact, version } = wish;
  const answer = programFact(facts, path);
  if (answer !== undefined && hasVersion(answer, version)) return toDo();
  const found = pathFact(facts, path);
  if (found.type !== "absent" && found.type !== "file") {
    return blocked(wrongType(path, found, `version ${version}`));
  }
  return toDo({
    operation: { kind: "install-program", path, artefact },
    summary: `install ${path} ${version}${found.type === "file" ? " in place of another" : ""}`,
  });
}

/** Whole: 1.22.3 is neither in 1.22.30 nor in 11.22.3 nor in 1.22.3.4. */
function hasVersion(answer: string, version: string): boolean {
  const literal = version.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\d.])${literal}(?!\\d|\\.\\d)`).test(answer);
}
