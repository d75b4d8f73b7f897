/**
 * From a thing that shall be gone, and the facts of the host, to the steps that take it away.
 */
import { basename, dirname } from "node:path";

import {
  absentPath,
  listFact,
  packageFact,
  pathFact,
  textFact,
  unitFact,
} from "../resources/answers.ts";
import { removeBlock } from "../resources/block.ts";
import { digestOf } from "../resources/digest.ts";
import type { Facts, Question } from "../resources/facts.ts";
import { type KindPlan, type Step, blocked, toDo } from "../resources/kind-plan.ts";
import { wrongType } from "../resources/path-type.ts";
import { claimTexts, looksLike } from "./looks-like.ts";
import type { RemovalOperation } from "./operation.ts";
import type { RemovalWish, Thing } from "./thing.ts";

type Of<Kind extends Thing["kind"]> = Extract<Thing, { readonly kind: Kind }>;

const localUnits = "/etc/systemd/system";

/** Named by Patroni's version, and since some time by a digest of the requirements too. */
const environmentPattern = /^\d+(\.\d+)+(-[0-9a-f]{12})?$/u;

/** For systemd a stopped unit is one of these; a failed one is still in its lists. */
const gone = "inactive";

export function removalQuestions({ thing }: RemovalWish): readonly Question[] {
  switch (thing.kind) {
    case "file":
    case "link":
      return paths(thing.path);
    case "program":
    case "note":
      return paths(thing.path, ...thing.proofs);
    case "block":
      return [...paths(thing.path), { about: "text", path: thing.path }];
    case "folder":
    case "data":
      return listed(thing.path);
    case "environments":
      return [...listed(thing.folder), ...paths(thing.link)];
    case "unit":
      return [{ about: "unit", name: thing.name }, ...paths(...thing.proofs)];
    case "mask":
      return paths(`${localUnits}/${thing.name}`, ...thing.proofs);
    case "package":
      return [{ about: "package", name: thing.name }, ...paths(...thing.proofs)];
  }
}

export function planRemoval({ thing }: RemovalWish, facts: Facts): KindPlan {
  switch (thing.kind) {
    case "file":
      return planFile(thing, facts);
    case "program":
      return planProgram(thing, facts);
    case "link":
      return planLink(thing, facts);
    case "block":
      return planBlock(thing, facts);
    case "folder":
      return planFolder(thing, facts);
    case "environments":
      return planEnvironments(thing, facts);
    case "unit":
      return planUnit(thing, facts);
    case "mask":
      return planMask(thing, facts);
    case "package":
      return planPackage(thing, facts);
    case "note":
      return planNote(thing, facts);
    case "data":
      return planData(thing, facts);
  }
}

/** What two wishes must not both decide about. */
export function removalSubject({ thing }: RemovalWish): string {
  switch (thing.kind) {
    case "environments":
      return `removal of environments ${thing.folder}`;
    case "unit":
    case "mask":
    case "package":
      return `removal of ${thing.kind} ${thing.name}`;
    case "file":
    case "program":
    case "link":
    case "block":
    case "folder":
    case "note":
    case "data":
      return `removal of ${thing.kind} ${thing.path}`;
  }
}

/** The facts as they will be once it is done. */
export function foreseeRemoval(facts: Facts, operation: RemovalOperation): Facts {
  if (!("path" in operation)) return facts;
  const { path } = operation;
  const folder = dirname(path);
  const lists = new Map(facts.lists);
  const names = lists.get(folder);
  if (names !== undefined) {
    const name = basename(path);
    lists.set(
      folder,
      names.filter((one) => one !== name),
    );
  }
  if (!facts.paths.has(path)) return { ...facts, lists };
  return { ...facts, lists, paths: new Map(facts.paths).set(path, absentPath) };
}

function paths(...asked: readonly string[]): readonly Question[] {
  return asked.map((path) => ({ about: "path", path }));
}

function listed(path: string): readonly Question[] {
  return [...paths(path), { about: "list", path }];
}

function isProved(proofs: readonly string[], facts: Facts): boolean {
  return proofs.some((path) => pathFact(facts, path).type !== "absent");
}

function removing(path: string, remark = ""): Step {
  return { operation: { kind: "remove-file", path }, summary: `remove ${path}${remark}` };
}

function planFile({ path, expected }: Of<"file">, facts: Facts): KindPlan {
  const found = pathFact(facts, path);
  if (found.type === "absent") return toDo();
  if (found.type !== "file") return blocked(wrongType(path, found, "no file or one of ours"));
  const isChanged = expected !== undefined && found.sha256 !== expected;
  return toDo(removing(path, isChanged ? ", which was changed by hand" : ""));
}

function planProgram({ path, proofs }: Of<"program">, facts: Facts): KindPlan {
  // Where it is a link, somebody manages versions there.
  const isOurs = pathFact(facts, path).type === "file" && isProved(proofs, facts);
  return isOurs ? toDo(removing(path)) : toDo();
}

function planLink({ path, target }: Of<"link">, facts: Facts): KindPlan {
  const found = pathFact(facts, path);
  return found.type === "link" && found.target === target ? toDo(removing(path)) : toDo();
}

function planBlock({ path, name }: Of<"block">, facts: Facts): KindPlan {
  const found = pathFact(facts, path);
  if (found.type === "absent") return toDo();
  if (found.type !== "file") return blocked(wrongType(path, found, "a file"));
  return removeBlock({ path, name, found, before: textFact(facts, path) });
}

function planFolder({ path }: Of<"folder">, facts: Facts): KindPlan {
  if (pathFact(facts, path).type !== "directory") return toDo();
  if ((listFact(facts, path) ?? []).length > 0) return toDo();
  return toDo({
    operation: { kind: "remove-directory", path },
    summary: `remove the empty folder ${path}`,
  });
}

function planEnvironments({ folder, link }: Of<"environments">, facts: Facts): KindPlan {
  if (pathFact(facts, folder).type !== "directory") return toDo();
  const { type, target = "" } = pathFact(facts, link);
  const isOurs = type === "link" && dirname(target) === folder;
  const versions = (listFact(facts, folder) ?? []).filter((name) => environmentPattern.test(name));
  const environments = versions.map((name): Step => {
    const path = `${folder}/${name}`;
    const operation = { kind: "remove-environment", path } as const;
    return { operation, summary: `remove Python environment ${path}` };
  });
  // The link goes first: nothing must start from half an environment.
  return toDo(...(isOurs ? [removing(link)] : []), ...environments);
}

function planUnit({ name, proofs }: Of<"unit">, facts: Facts): KindPlan {
  const found = unitFact(facts, name);
  if (!isProved(proofs, facts) || !found.isKnown) return toDo();
  const steps: Step[] = [];
  if (found.active !== gone) {
    steps.push({ operation: { kind: "stop-unit", name }, summary: `stop ${name}` });
  }
  if (found.isEnabled) {
    steps.push({ operation: { kind: "disable-unit", name }, summary: `disable ${name}` });
  }
  return toDo(...steps);
}

function planMask({ name, proofs }: Of<"mask">, facts: Facts): KindPlan {
  const { type, target } = pathFact(facts, `${localUnits}/${name}`);
  const isMasked = type === "link" && target === "/dev/null";
  if (!isMasked || !isProved(proofs, facts)) return toDo();
  const operation = { kind: "unmask-unit", name } as const;
  return toDo({ operation, summary: `unmask ${name}, without enabling it` });
}

function planPackage({ name, proofs }: Of<"package">, facts: Facts): KindPlan {
  const version = packageFact(facts, name);
  if (version === undefined || !isProved(proofs, facts)) return toDo();
  const operation = { kind: "remove-package", name } as const;
  return toDo({ operation, summary: `remove the package ${name} ${version}` });
}

function planNote({ path, text, proofs }: Of<"note">, facts: Facts): KindPlan {
  if (!isProved(proofs, facts)) return toDo();
  if (pathFact(facts, path).sha256 === digestOf(text)) return toDo();
  const content = { text, isSecret: false };
  const access = { owner: "root", group: "root", mode: "0600" };
  return toDo({
    operation: { kind: "write-file", path, ...access, content },
    summary: `write down whose the data are: ${path}`,
  });
}

function planData({ path, claim }: Of<"data">, facts: Facts): KindPlan {
  const found = pathFact(facts, path);
  if (found.type === "absent") return toDo();
  if (found.type !== "directory") return blocked(wrongType(path, found, "a folder"));
  if (!looksLike(claim, listFact(facts, path) ?? [])) {
    return blocked({
      subject: path,
      finding: `does not look like ${claimTexts[claim]}`,
      remedy: "see whose it is, and move it away by hand: nothing is deleted that is not known",
    });
  }
  const operation = { kind: "remove-data", path, claim } as const;
  return toDo({ operation, summary: `DELETE ${claimTexts[claim]}: ${path}` });
}
