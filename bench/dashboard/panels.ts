/**
 * The panels that are no curves: numbers, states over time, and the table.
 */
import type { AnsweredPanel, NamedSeries } from "./answers.ts";
import { clockTimes, type Time } from "./chart.ts";
import type { FieldDefaults } from "./reading.ts";
import { type Box, rect, text } from "./svg.ts";
import { inUnit } from "./units.ts";

const nameWidth = 150;
const tableLine = 20;

/** The newest value, or the name of the series, on the colour that its threshold gives. */
export function stat({ panel, series }: AnsweredPanel, box: Box): string {
  const { defaults } = panel.fieldConfig;
  const shown = series.length === 0 ? [undefined] : series;
  const width = (box.w - 8) / shown.length;
  const tiles = shown.map((one, index) => {
    const value = one?.points.at(-1)?.[1];
    const tile = { x: box.x + 4 + index * width, y: box.y + 2, w: width, h: box.h - 6 };
    const words = statWords(one?.name, value, panel.options.textMode === "name", defaults);
    return [
      rect(tile, colourOf(value, defaults), 3),
      text({
        x: tile.x + tile.w / 2,
        y: tile.y + tile.h / 2 + 8,
        words,
        kind: "big",
        anchor: "middle",
      }),
    ];
  });
  return tiles.flat().join("\n");
}

function statWords(
  name: string | undefined,
  value: number | undefined,
  isNameWanted: boolean,
  { unit, decimals, noValue }: FieldDefaults,
): string {
  if (name === undefined || value === undefined) return noValue;
  return isNameWanted ? name : inUnit(value, unit, decimals);
}

/** The last threshold that the value reaches; the first one has no value and is always reached. */
function colourOf(value: number | undefined, { color, thresholds }: FieldDefaults): string {
  if (color?.mode === "fixed") return color.fixedColor ?? "text";
  const reached = thresholds.steps.filter((step) => {
    return step.value === null || (value !== undefined && value >= step.value);
  });
  return reached.at(-1)?.color ?? "text";
}

/** A lane for each series; a run of equal values is one bar in the colour of its meaning. */
export function stateTimeline({ panel, series }: AnsweredPanel, box: Box, time: Time): string {
  const { mappings } = panel.fieldConfig.defaults;
  const meanings = Object.entries(mappings[0]?.options ?? {});
  const plot = { x: box.x + nameWidth, y: box.y + 2, w: box.w - nameWidth - 10, h: box.h - 40 };
  const lane = plot.h / Math.max(1, series.length);
  const bars = series.flatMap((one, index) => {
    const y = plot.y + index * lane;
    const name = text({ x: plot.x - 8, y: y + lane / 2 + 4, words: one.name, anchor: "end" });
    const runs = runsOf(one, time.stepS).map(({ fromS, toS, value }) => {
      const [, meaning] = meanings.find(([key]) => Number(key) === value) ?? [];
      const x = plot.x + (fromS / time.rangeS) * plot.w;
      const w = ((Math.min(toS, time.rangeS) - fromS) / time.rangeS) * plot.w;
      return rect({ x, y: y + 2, w, h: lane - 4 }, meaning?.color ?? "text");
    });
    return [name, ...runs];
  });
  const marks = meanings.flatMap(([, { text: words, color }], index) => {
    const x = plot.x + index * 90;
    const y = box.y + box.h - 8;
    return [
      rect({ x, y: y - 7, w: 10, h: 7 }, color),
      text({ x: x + 14, y, words, kind: "small" }),
    ];
  });
  return [...bars, ...clockTimes({ ...plot, rangeS: time.rangeS }), ...marks].join("\n");
}

type Run = { readonly fromS: number; readonly toS: number; readonly value: number };

function runsOf({ points }: NamedSeries, stepS: number): readonly Run[] {
  const runs: Run[] = [];
  for (const [atS, value] of points) {
    const last = runs.at(-1);
    const goesOn = last !== undefined && last.value === value && atS - last.toS < stepS / 2;
    if (goesOn) runs.pop();
    runs.push({ fromS: goesOn ? last.fromS : atS, toS: atS + stepS, value });
  }
  return runs;
}

/** A line for each series, its labels in the order and under the names that the panel gives them. */
export function table({ panel, series }: AnsweredPanel, box: Box): string {
  const { indexByName = {}, renameByName = {} } = panel.transformations[0]?.options ?? {};
  const columns = Object.keys(indexByName).toSorted((one, other) => {
    return (indexByName[one] ?? 0) - (indexByName[other] ?? 0);
  });
  const width = box.w / Math.max(1, columns.length);
  const cell = (column: number, line: number, words: string, kind: string) =>
    text({ x: box.x + 10 + column * width, y: box.y + 14 + line * tableLine, words, kind });
  const head = columns.map((name, index) => cell(index, 0, renameByName[name] ?? name, "small"));
  const lines = series.flatMap(({ labels }, line) =>
    columns.map((name, index) => cell(index, line + 1, labels[name] ?? "", "cell")),
  );
  return [...head, ...lines].join("\n");
}
