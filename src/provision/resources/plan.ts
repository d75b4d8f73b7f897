/**
 * From resources and facts to operations: what has to be asked, and what has to be done.
 *
 * The order of the resources is the order of the operations, and nothing is sorted: whoever lists
 * them knows that a user comes before his files, a volume before the directories on it, and a file
 * before the unit that reads it.
 *
 * There is no operation that tells systemd to read its units again. Those that enable, start, restart
 * or reload a unit do so first, each time: it costs little, and a run that was cut off between a unit's
 * file and its start would not know that it is due.
 *
 * Obstacles are all told at once, and one of them is enough for nothing to be done on the host.
 */
import { planRemoval, removalQuestions } from "../removal/plan.ts";
import { blockQuestions, planBlock } from "./block.ts";
import { directoryQuestions, planDirectory } from "./directory.ts";
import { distinctResources } from "./distinct.ts";
import { doubted, rewrittenText } from "./doubt.ts";
import type { Facts, Question } from "./facts.ts";
import { fileQuestions, planFile } from "./file.ts";
import { foresee } from "./foresee.ts";
import type { KindPlan, Step } from "./kind-plan.ts";
import { linkQuestions, planLink } from "./link.ts";
import type { Obstacle } from "./operation.ts";
import { packageFileQuestions, planPackageFile } from "./package-file.ts";
import { packagesQuestions, planPackages } from "./packages.ts";
import { planProgram, programQuestions } from "./program.ts";
import type { Resource } from "./resource.ts";
import { planUnit, unitQuestions } from "./unit.ts";
import { planUser, userQuestions } from "./user.ts";
import { planVenv, venvQuestions } from "./venv.ts";
import { planVolume, sharedDisks, volumeQuestions } from "./volume.ts";

/** Summary and difference are for showing; the operation and the resource may bear secrets. */
export type Planned = Step & { readonly resource: Resource };

export type PlanReport = {
  /** In the order in which they are to be performed. */
  readonly operations: readonly Planned[];
  /** With a single one, no operation may be performed. */
  readonly obstacles: readonly Obstacle[];
};

/** Each once. */
export function questionsOf(resources: readonly Resource[]): readonly Question[] {
  const questions = resources.flatMap(questionsAbout);
  return [...new Map(questions.map((question) => [JSON.stringify(question), question])).values()];
}

/** `facts` must answer all of questionsOf(resources). */
export function planOf(resources: readonly Resource[], facts: Facts): PlanReport {
  const wishes = distinctResources(resources);
  const operations: Planned[] = [];
  const volumes = wishes.filter((resource) => resource.kind === "volume");
  const obstacles: Obstacle[] = [...sharedDisks(volumes, facts)];
  const rewritten: string[] = [];
  let foreseen = facts;
  for (const resource of wishes) {
    const believed = resource.kind === "unit" ? doubted(resource, foreseen, rewritten) : foreseen;
    const plan = planResource(resource, believed);
    obstacles.push(...plan.obstacles);
    for (const step of plan.steps) {
      operations.push({ ...step, resource });
      const text = rewrittenText(facts, step.operation);
      if (text !== undefined) rewritten.push(text);
      foreseen = foresee(foreseen, step.operation);
    }
  }
  return { operations, obstacles };
}

function questionsAbout(resource: Resource): readonly Question[] {
  switch (resource.kind) {
    case "file":
      return fileQuestions(resource);
    case "directory":
      return directoryQuestions(resource);
    case "block":
      return blockQuestions(resource);
    case "user":
      return userQuestions(resource);
    case "packages":
      return packagesQuestions(resource);
    case "package-file":
      return packageFileQuestions(resource);
    case "program":
      return programQuestions(resource);
    case "venv":
      return venvQuestions(resource);
    case "link":
      return linkQuestions(resource);
    case "unit":
      return unitQuestions(resource);
    case "volume":
      return volumeQuestions(resource);
    case "removal":
      return removalQuestions(resource);
  }
}

function planResource(resource: Resource, facts: Facts): KindPlan {
  switch (resource.kind) {
    case "file":
      return planFile(resource, facts);
    case "directory":
      return planDirectory(resource, facts);
    case "block":
      return planBlock(resource, facts);
    case "user":
      return planUser(resource, facts);
    case "packages":
      return planPackages(resource, facts);
    case "package-file":
      return planPackageFile(resource, facts);
    case "program":
      return planProgram(resource, facts);
    case "venv":
      return planVenv(resource, facts);
    case "link":
      return planLink(resource, facts);
    case "unit":
      return planUnit(resource, facts);
    case "volume":
      return planVolume(resource, facts);
    case "removal":
      return planRemoval(resource, facts);
  }
}
