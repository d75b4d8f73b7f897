/**
 * The sentence with which a run ends: what was done, and what to do next where it was not all.
 */
import type { Tone } from "../../style.ts";
import type { RunEvent } from "../phases/events.ts";
import { counted, durationText } from "./words.ts";

export type RunEnded = Extract<RunEvent, { readonly kind: "run-ended" }>;

const nothing = { apply: "all is as wished", remove: "nothing of the cluster is left to remove" };

export function endingText({ verb, steps, isDone, tookMs }: RunEnded): string {
  const took = durationText(tookMs);
  if (verb === "plan") {
    if (!isDone) return `plan: NOT COMPLETE, ${counted(steps, "change")} found before it stopped`;
    return steps === 0
      ? `plan: no changes (${took})`
      : `plan: ${counted(steps, "change")} (${took})`;
  }
  if (!isDone) {
    const done = `${counted(steps, "step")} done in ${took}`;
    return `${verb}: NOT FINISHED, ${done}; what is done stays, and ${verb} goes on from there`;
  }
  if (steps === 0) return `${verb}: nothing to do, ${nothing[verb]} (${took})`;
  return `${verb}: done, ${counted(steps, "step")} in ${took}`;
}

export function endingTone({ isDone }: RunEnded): Tone {
  return isDone ? "good" : "bad";
}
