/**
 * A Python environment in a folder of its own, and the link that says which one is in use.
 *
 * pip fills a folder over half a minute, so a folder that is there proves nothing. The last thing
 * that the operation writes is a marker with the digest of what was asked for; only that makes the
 * folder complete, and one that was left half made is made anew in place. The link is switched after
 * that, so that nothing ever starts from a half of it. Whoever wishes one names it by what it consists
 * of, so that an upgrade is made beside the one in use.
 */
import { pathFact, textFact } from "./answers.ts";
import { digestOf } from "./digest.ts";
import type { Facts, Question } from "./facts.ts";
import { type KindPlan, type Step, blocked, toDo } from "./kind-plan.ts";
import { planLink } from "./link.ts";
import { wrongType } from "./path-type.ts";
import type { VenvWish } from "./resource.ts";

type Made = Pick<VenvWish, "path" | "requirements">;

/** The file that is written last, with its whole text. */
export function venvMarker({ path, requirements }: Made): {
  readonly path: string;
  readonly text: string;
} {
  return { path: `${path}/.vip-agent-complete`, text: `${digestOf(requirements.join("\n"))}\n` };
}

export function venvQuestions(wish: VenvWish): readonly Question[] {
  return [
    { about: "path", path: wish.path },
    { about: "text", path: venvMarker(wish).path },
    { about: "path", path: wish.link },
  ];
}

export function planVenv(wish: VenvWish, facts: Facts): KindPlan {
  const { path, link, requirements, wheels } = wish;
  const found = pathFact(facts, path);
  if (found.type !== "absent" && found.type !== "directory") {
    return blocked(wrongType(path, found, "a directory"));
  }
  const linked = planLink({ kind: "link", path: link, target: path }, facts);
  if (linked.obstacles.length > 0) return linked;
  const marker = venvMarker(wish);
  if (textFact(facts, marker.path) === marker.text) return linked;
  const making: Step = {
    operation: { kind: "make-venv", path, requirements, wheels },
    summary: `make Python environment ${path} (${requirements.length} packages)`,
    difference: requirements.map((requirement) => `+${requirement}`),
  };
  return toDo(making, ...linked.steps);
}
