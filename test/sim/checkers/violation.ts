/**
 * A promise that was broken, with the checker that saw it.
 */
export type CheckerName =
  | "holders"
  | "lease"
  | "stall"
  | "silence"
  | "order"
  | "announcements"
  | "guard"
  | "take-over"
  | "calm"
  | "needless-loss"
  | "wake"
  | "repair"
  | "demotion"
  | "gate";

export class Violation extends Error {
  readonly checker: CheckerName;

  constructor(checker: CheckerName, text: string) {
    super(`${checker}: ${text}`);
    this.checker = checker;
  }
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`;
}
