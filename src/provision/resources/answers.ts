/**
 * Looks answers up among the facts.
 *
 * A missing answer is a question that a kind has forgotten to ask, never news about the host: a guess
 * in its place could be the reason to write over something. So it is an assertion.
 */
import assert from "node:assert/strict";
import type { DiskFact, Facts, PathFact, UnitFact, UserFact, VolumeFact } from "./facts.ts";

/** What is known of a path where nothing is. */
export const absentPath: PathFact = {
  type: "absent",
  owner: "",
  group: "",
  mode: "",
  sha256: undefined,
  target: undefined,
};

export function pathFact(facts: Facts, path: string): PathFact {
  return known(facts.paths, path);
}

/** Undefined: no such file. */
export function textFact(facts: Facts, path: string): string | undefined {
  return knownOrAbsent(facts.texts, path);
}

/** Undefined: no such directory. */
export function listFact(facts: Facts, path: string): readonly string[] | undefined {
  return knownOrAbsent(facts.lists, path);
}

/** Undefined: no such user. */
export function userFact(facts: Facts, name: string): UserFact {
  return knownOrAbsent(facts.users, name);
}

/** The installed version. */
export function packageFact(facts: Facts, name: string): string | undefined {
  return knownOrAbsent(facts.packages, name);
}

/** What it printed. */
export function programFact(facts: Facts, path: string): string | undefined {
  return knownOrAbsent(facts.programs, path);
}

export function unitFact(facts: Facts, name: string): UnitFact {
  return known(facts.units, name);
}

export function diskFact(facts: Facts, path: string): DiskFact {
  return known(facts.disks, path);
}

export function volumeFact(facts: Facts, group: string, name: string): VolumeFact {
  return known(facts.volumes, `${group}/${name}`);
}

function known<Fact>(answers: ReadonlyMap<string, Fact>, name: string): Fact {
  const answer = answers.get(name);
  assert(answer !== undefined, `nobody asked about ${name}`);
  return answer;
}

function knownOrAbsent<Fact>(
  answers: ReadonlyMap<string, Fact | undefined>,
  name: string,
): Fact | undefined {
  assert(answers.has(name), `nobody asked about ${name}`);
  return answers.get(name);
}
