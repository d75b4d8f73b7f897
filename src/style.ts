/**
 * Colours, where somebody looks at them and has not asked for none.
 *
 * Colour never says anything that the words do not say too.
 */
import { styleText } from "node:util";

export type Tone = "good" | "busy" | "bad" | "quiet" | "title" | "added" | "removed";

export type Style = { readonly paint: (tone: Tone, text: string) => string };

const colours = {
  good: ["bold", "green"],
  busy: ["bold", "yellow"],
  bad: ["bold", "red"],
  quiet: ["dim"],
  title: ["bold"],
  added: ["green"],
  removed: ["red"],
} as const;

export const plainStyle: Style = { paint: (_, text) => text };

const colouredStyle: Style = {
  paint: (tone, text) => styleText([...colours[tone]], text, { validateStream: false }),
};

export type Variables = Readonly<Record<string, string | undefined>>;

/** As no-color.org has it: any value of NO_COLOR but the empty one. */
export function styleFor(isTerminal: boolean, variables: Variables): Style {
  const isPlain = Boolean(variables["NO_COLOR"]) || isDumb(variables);
  return isTerminal && !isPlain ? colouredStyle : plainStyle;
}

/** A terminal that knows neither colours nor how to go back a line. */
export function isDumb(variables: Variables): boolean {
  return variables["TERM"] === "dumb";
}
