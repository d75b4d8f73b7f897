/**
 * What one fault of the bench is: how it is made, in which lab, and what is promised for it.
 */
import type { Figures } from "./figures.ts";
import type { Scene, Staging } from "./scene.ts";

export type Goal = {
  readonly text: string;
  readonly limit: number;
  readonly valueOf: (figures: Figures) => number | undefined;
};

export type Fault = Staging & {
  readonly title: string;
  /** It is about a setting or a part that only vip-agent has. */
  readonly isOursOnly?: boolean;
  /** The VIP has to leave its host, and nothing is lost only by one who stays. */
  readonly isToLeave?: boolean;
  /** Made as often as `--repeat` says; the others are made once. */
  readonly isRepeated?: boolean;
  /** Makes it, from `scene.strike()` on; the probes go on meanwhile. */
  readonly act: (scene: Scene) => Promise<void>;
  readonly goals?: readonly Goal[];
};

export function isNothingLost({ echoes, calls }: Figures): boolean {
  return echoes.lost === 0 && calls.lost === 0;
}

/** Probes of both kinds. */
export const nothingLost: Goal = {
  text: "probes lost",
  limit: 0,
  valueOf: ({ echoes, calls }) => echoes.lost + calls.lost,
};

export const noTransition: Goal = {
  text: "bindings and removals",
  limit: 0,
  valueOf: ({ transitions }) => transitions,
};

export function overlapWithin(limit: number): Goal {
  return { text: "two holders, ms", limit, valueOf: ({ overlap }) => overlap.ms };
}

export function absenceWithin(limit: number): Goal {
  return { text: "on no host, ms", limit, valueOf: ({ absence }) => absence.ms };
}

/** A VIP that is still there has no figure, and misses the goal. */
export function goneWithin(limit: number): Goal {
  return { text: "gone after, ms", limit, valueOf: ({ goneMs }) => goneMs };
}
