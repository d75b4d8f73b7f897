/**
 * A panel of curves or bars over time, with its axes and its legend.
 */
import type { AnsweredPanel, NamedSeries } from "./answers.ts";
import type { FieldDefaults } from "./reading.ts";
import { type Box, path, rect, seriesColours, text, tidy, widthOf } from "./svg.ts";
import { inUnit, roundUp } from "./units.ts";

const axisWidth = 46;
const legendLine = 13;
const legendLines = 2;
const footHeight = 16 + legendLine * legendLines;

export type Time = { readonly rangeS: number; readonly stepS: number };

type Plot = Box & { readonly top: number; readonly rangeS: number };

export function chart({ panel, series }: AnsweredPanel, box: Box, time: Time): string {
  const { defaults } = panel.fieldConfig;
  const known = series.map(withNumbersOnly).filter(({ points }) => points.length > 0);
  const isBars = defaults.custom.drawStyle === "bars";
  const highest = isBars ? highestStack(known) : highestValue(known);
  const plot: Plot = {
    x: box.x + axisWidth,
    y: box.y + 4,
    w: box.w - axisWidth - 8,
    h: box.h - footHeight - 4,
    top: defaults.max ?? roundUp(highest, defaults.unit),
    rangeS: time.rangeS,
  };
  if (known.length === 0) {
    const middle = { x: plot.x + plot.w / 2, y: plot.y + plot.h / 2 };
    return text({ ...middle, words: defaults.noValue, kind: "small", anchor: "middle" });
  }
  const curves = isBars ? bars(known, plot, time.stepS) : lines(known, plot, { defaults, time });
  return [axes(plot, defaults), ...curves, ...legend(known, box)].join("\n");
}

function withNumbersOnly(series: NamedSeries): NamedSeries {
  return { ...series, points: series.points.filter(([, value]) => Number.isFinite(value)) };
}

function highestValue(series: readonly NamedSeries[]): number {
  return Math.max(0, ...series.flatMap(({ points }) => points.map(([, value]) => value)));
}

function highestStack(series: readonly NamedSeries[]): number {
  const sums = new Map<number, number>();
  for (const [atS, value] of series.flatMap(({ points }) => points)) {
    sums.set(atS, (sums.get(atS) ?? 0) + value);
  }
  return Math.max(0, ...sums.values());
}

function xOf(atS: number, { x, w, rangeS }: Plot): number {
  return x + (atS / rangeS) * w;
}

function yOf(value: number, { y, h, top }: Plot): number {
  return y + h - (Math.min(value, top) / top) * h;
}

function lines(
  series: readonly NamedSeries[],
  plot: Plot,
  { defaults, time }: { defaults: FieldDefaults; time: Time },
): readonly string[] {
  const isStep = defaults.custom.lineInterpolation === "stepAfter";
  return series.map(({ points }, index) => {
    let beforeS = Number.NEGATIVE_INFINITY;
    const words = points.map(([atS, value]) => {
      const [x, y] = [tidy(xOf(atS, plot)), tidy(yOf(value, plot))];
      const isTorn = atS - beforeS > time.stepS * 1.5;
      beforeS = atS;
      if (isTorn) return `M${x},${y}`;
      return isStep ? `H${x}V${y}` : `L${x},${y}`;
    });
    return path(words.join(""), `line s${index % seriesColours}`);
  });
}

function bars(series: readonly NamedSeries[], plot: Plot, stepS: number): readonly string[] {
  const heights = new Map<number, number>();
  const width = Math.max(1, (stepS / plot.rangeS) * plot.w - 0.5);
  return series.flatMap(({ points }, index) =>
    points.map(([atS, value]) => {
      const below = heights.get(atS) ?? 0;
      heights.set(atS, below + value);
      const y = yOf(below + value, plot);
      const box = { x: xOf(atS, plot) - width, y, w: width, h: yOf(below, plot) - y };
      return rect(box, `f${index % seriesColours}`);
    }),
  );
}

function axes(plot: Plot, { unit, decimals }: FieldDefaults): string {
  const shares = plot.top === 1 && decimals === 0 ? [0, 1] : [0, 0.5, 1];
  const across = shares.flatMap((share) => {
    const y = yOf(share * plot.top, plot);
    const words = inUnit(share * plot.top, unit);
    return [
      path(`M${tidy(plot.x)},${tidy(y)}H${tidy(plot.x + plot.w)}`, "grid"),
      text({ x: plot.x - 4, y: y + 3, words, kind: "small", anchor: "end" }),
    ];
  });
  return [...across, ...clockTimes(plot)].join("\n");
}

/** Minutes and seconds since the beginning, at the ends and in the middle. */
export function clockTimes(plot: Box & { readonly rangeS: number }): readonly string[] {
  const anchors = ["start", "middle", "end"] as const;
  return anchors.map((anchor, index) => {
    const atS = Math.round((plot.rangeS * index) / 2);
    const words = `${Math.floor(atS / 60)}:${String(atS % 60).padStart(2, "0")}`;
    const x = plot.x + (plot.w * index) / 2;
    return text({ x, y: plot.y + plot.h + 12, words, kind: "small", anchor });
  });
}

/** As many names as there is room for, and how many more there are. */
function legend(series: readonly NamedSeries[], box: Box): readonly string[] {
  const firstY = box.y + box.h - legendLine * (legendLines - 1) - 4;
  const drawn: string[] = [];
  let [x, line] = [box.x + 8, 0];
  for (const [index, { name }] of series.entries()) {
    const width = 22 + widthOf(name);
    if (x + width > box.x + box.w && x > box.x + 8) [x, line] = [box.x + 8, line + 1];
    const y = firstY + line * legendLine;
    const isLastLine = line >= legendLines - 1;
    const isFull = isLastLine && index < series.length - 1 && x + width > box.x + box.w - 60;
    if (line >= legendLines || isFull) {
      const words = `and ${series.length - index} more`;
      const inside = line >= legendLines ? { x: box.x + box.w - 60, y: y - legendLine } : { x, y };
      return [...drawn, text({ ...inside, words, kind: "small" })];
    }
    const mark = rect({ x, y: y - 6, w: 10, h: 4 }, `f${index % seriesColours}`);
    drawn.push(mark, text({ x: x + 14, y, words: name, kind: "small" }));
    x += width;
  }
  return drawn;
}
