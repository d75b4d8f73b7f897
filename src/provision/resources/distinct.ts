/**
 * The wishes of one plan without repetitions, and without contradictions.
 *
 * Two parts of a phase may both need a directory. Two that want the same file to be different are a
 * mistake of ours which no run could ever satisfy: each would undo what the one before has done.
 */
import assert from "node:assert/strict";
import { removalSubject } from "../removal/plan.ts";
import type { Resource } from "./resource.ts";

export function distinctResources(resources: readonly Resource[]): readonly Resource[] {
  const byText = new Map(resources.map((resource) => [JSON.stringify(resource), resource]));
  const distinct = [...byText.values()];
  const subjects = new Set<string>();
  for (const subject of distinct.flatMap(subjectsOf)) {
    assert(!subjects.has(subject), `there are two different wishes for ${subject}`);
    subjects.add(subject);
  }
  for (const resource of distinct) {
    const isSplit = resource.kind === "block" && subjects.has(resource.path);
    assert(!isSplit, "a file that is ours as a whole has a block too");
  }
  return distinct;
}

/** What a resource decides about, so that no other may. */
function subjectsOf(resource: Resource): readonly string[] {
  switch (resource.kind) {
    case "file":
    case "directory":
    case "program":
    case "link":
      return [resource.path];
    case "venv":
      return [resource.path, resource.link];
    case "block":
      return [`block ${resource.name} of ${resource.path}`];
    case "user":
      return [`user ${resource.name}`];
    case "packages":
      return [];
    case "package-file":
      return [`package ${resource.name}`];
    case "unit":
      return [`unit ${resource.name}`];
    case "volume":
      return [`volume ${resource.group}/${resource.name}`, `mount on ${resource.mountPoint}`];
    case "removal":
      return [removalSubject(resource)];
  }
}
