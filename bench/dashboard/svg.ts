/**
 * The few elements that the picture is made of, and its colours: chosen by the reader's own setting,
 * light or dark, as class names that the style below knows.
 */
export type Box = {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
};

export type Words = {
  readonly x: number;
  readonly y: number;
  readonly words: string;
  readonly kind?: string;
  readonly anchor?: "start" | "middle" | "end";
};

/** Series take these in turn. */
export const seriesColours = 8;

const light = [
  "#1a7f37",
  "#0969da",
  "#bc4c00",
  "#8250df",
  "#9a6700",
  "#cf222e",
  "#bf3989",
  "#57606a",
];
const dark = [
  "#3fb950",
  "#58a6ff",
  "#f0883e",
  "#ab7df8",
  "#d29922",
  "#f85149",
  "#f778ba",
  "#9198a1",
];

const named = {
  light: { green: "#2da44e", red: "#cf222e", orange: "#d4790a", blue: "#0969da", text: "#afb8c1" },
  dark: { green: "#2ea043", red: "#da3633", orange: "#db6d28", blue: "#1f6feb", text: "#484f58" },
};

function paints(series: readonly string[], names: Readonly<Record<string, string>>): string {
  return [
    ...series.map(
      (colour, index) => `.s${index} { stroke: ${colour}; } .f${index} { fill: ${colour}; }`,
    ),
    ...Object.entries(names).map(([name, colour]) => `.${name} { fill: ${colour}; }`),
  ].join("\n  ");
}

export const style = `
  text { font: 11px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 12px; }
  .head { font-weight: 600; font-size: 14px; }
  .small { font-size: 10px; fill: #59636e; }
  .big { font-size: 22px; font-weight: 600; fill: #ffffff; }
  .page { fill: #f6f8fa; }
  .panel { fill: #ffffff; stroke: #d1d9e0; }
  .grid { stroke: #d1d9e0; stroke-width: 0.6; }
  .line { fill: none; stroke-width: 1.4; }
  ${paints(light, named.light)}
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .page { fill: #010409; }
    .panel { fill: #0d1117; stroke: #3d444d; }
    .grid { stroke: #3d444d; }
    ${paints(dark, named.dark)}
  }`;

export function rect({ x, y, w, h }: Box, kind: string, round = 0): string {
  const size = `x="${tidy(x)}" y="${tidy(y)}" width="${tidy(w)}" height="${tidy(h)}"`;
  return `<rect class="${kind}" ${size}${round > 0 ? ` rx="${round}"` : ""}/>`;
}

export function path(points: string, kind: string): string {
  return `<path class="${kind}" d="${points}"/>`;
}

export function text({ x, y, words, kind, anchor }: Words): string {
  const look = kind === undefined ? "" : ` class="${kind}"`;
  const side = anchor === undefined ? "" : ` text-anchor="${anchor}"`;
  return `<text${look}${side} x="${tidy(x)}" y="${tidy(y)}">${escaped(words)}</text>`;
}

export function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A tenth of a pixel is enough. */
export function tidy(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** How wide a word is in the small font, near enough to place the next one. */
export function widthOf(words: string): number {
  return words.length * 6;
}
