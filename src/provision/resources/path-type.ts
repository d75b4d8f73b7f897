/**
 * What is found at a path, in words, and the obstacle that it is when something else is needed there.
 *
 * Nothing is ever moved out of the way: a link in place of a file was put there by somebody with a
 * purpose, and what looks like rubbish may be the only copy of it.
 */
import type { PathFact } from "./facts.ts";
import type { Access } from "./resource.ts";
import type { Obstacle } from "./operation.ts";

export function wrongType(path: string, found: PathFact, needed: string): Obstacle {
  return {
    subject: path,
    finding: `is ${typeText(found)}, and ${needed} is needed there`,
    remedy: "find out whose it is, move it away by hand, and run again",
  };
}

function typeText({ type, target }: PathFact): string {
  switch (type) {
    case "absent":
      return "absent";
    case "file":
      return "a file";
    case "directory":
      return "a directory";
    case "link":
      return `a link to ${target ?? "nowhere"}`;
    case "other":
      return "neither file nor directory";
  }
}

/** Modes are compared as numbers: some tools write 640, some 0640. */
export function isAccessSame(found: Access, wished: Access): boolean {
  return (
    found.owner === wished.owner &&
    found.group === wished.group &&
    Number.parseInt(found.mode, 8) === Number.parseInt(wished.mode, 8)
  );
}

/** "root:consul 0640" */
export function accessText({ owner, group, mode }: Access): string {
  return `${owner}:${group} ${mode.padStart(4, "0")}`;
}

/** None where it stays as it is. */
export function accessDifference(found: Access, wished: Access): readonly string[] {
  if (isAccessSame(found, wished)) return [];
  return [`access ${accessText(found)} -> ${accessText(wished)}`];
}
