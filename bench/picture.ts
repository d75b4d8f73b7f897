/**
 * The results as a picture for the README: bars on a logarithmic scale.
 *
 * Milliseconds and seconds stand side by side here, so each step of the scale is ten times the one
 * before. A bar ends at the median; the thin line behind it goes on to the maximum. The colours are
 * chosen by the reader's own setting, light or dark; text takes the colour of neither bar.
 */
import { type CandidateResult, type Results, type Row, rowOf, summaryOf } from "./results.ts";
import { milliseconds } from "./table.ts";

const shownRows = ["address", "announced", "gone", "silence", "gap-added"];

const width = 860;
const left = 16;
const nameWidth = 150;
const barStart = left + nameWidth;
const barEnd = width - 130;
const barHeight = 14;
const barStep = 20;
const groupHead = 30;
const top = 62;
const footHeight = 56;

/** One decade below a millisecond is enough: faster than that is "at once". */
const scaleMinMs = 0.1;
const scaleMaxMs = 10_000;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .group { font-weight: 600; }
  .small { font-size: 11px; fill: #59636e; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .reach { stroke-width: 2; }
  .c0 { fill: #1a7f37; stroke: #1a7f37; }
  .c1 { fill: #818b98; stroke: #818b98; }
  .c2 { fill: #bc4c00; stroke: #bc4c00; }
  .c3 { fill: #8250df; stroke: #8250df; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .c0 { fill: #3fb950; stroke: #3fb950; }
    .c1 { fill: #9198a1; stroke: #9198a1; }
    .c2 { fill: #f0883e; stroke: #f0883e; }
    .c3 { fill: #ab7df8; stroke: #ab7df8; }
  }`;

export function pictureOf(results: Results): string {
  const { candidates, moves, gapMs } = results;
  const groupHeight = groupHead + candidates.length * barStep;
  const bottom = top + shownRows.length * groupHeight;
  const height = bottom + footHeight;
  const groups = shownRows.map((id, index) => {
    return group(results, rowOf(id), top + index * groupHeight);
  });
  const setting = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>How long a move of the VIP takes</title>
<style>${style}
</style>
${text({ x: left, y: 24, kind: "title", words: "From the leader key's commit to …" })}
${text({ x: left, y: 44, kind: "small", words: legend(moves, gapMs) })}
${grid(top, bottom)}
${groups.join("\n")}
${text({ x: left, y: height - 10, kind: "small", words: `${setting.join(", ")}; ${results.date}` })}
</svg>
`;
}

function legend(moves: number, gapMs: number): string {
  const moved = `${moves} moves each, directly and with ${gapMs} ms without a key`;
  return `bar: median, line: maximum, milliseconds on a logarithmic scale; ${moved}`;
}

function group(results: Results, row: Row, y: number): string {
  const suffix = row.mode === "gap" ? ` (${results.gapMs} ms without a key between)` : "";
  const title = row.mode === "gap" ? "client without an answer, minus the gap" : row.title;
  const bars = results.candidates.map((candidate, index) => {
    return bar(candidate, row, { y: y + groupHead + index * barStep, colour: index % 4 });
  });
  const head = text({ x: left, y: y + 20, kind: "group", words: title + suffix });
  return [head, ...bars].join("\n");
}

function bar(
  candidate: CandidateResult,
  row: Row,
  { y, colour }: { y: number; colour: number },
): string {
  const summary = summaryOf(candidate, row);
  const base = y + barHeight - 3;
  const name = text({ x: left, y: base, kind: "", words: candidate.name });
  if (summary === undefined) return name;
  const medianX = place(summary.median);
  const maxX = place(summary.max);
  const middle = y + barHeight / 2;
  const kind = `class="c${colour}"`;
  const size = `width="${(medianX - barStart).toFixed(1)}" height="${barHeight}"`;
  const line = `x1="${barStart}" x2="${maxX.toFixed(1)}" y1="${middle}" y2="${middle}"`;
  const mark = `x1="${maxX.toFixed(1)}" x2="${maxX.toFixed(1)}" y1="${y + 3}" y2="${y + barHeight - 3}"`;
  const words = `${milliseconds(summary.median)} / ${milliseconds(summary.max)}`;
  return [
    name,
    `<rect ${kind} stroke="none" x="${barStart}" y="${y}" ${size} rx="2"/>`,
    `<line class="reach c${colour}" ${line}/>`,
    `<line class="reach c${colour}" ${mark}/>`,
    text({ x: Math.max(maxX, medianX) + 8, y: base, kind: "", words }),
  ].join("\n");
}

function grid(from: number, to: number): string {
  return [0.1, 1, 10, 100, 1_000, 10_000]
    .map((ms) => {
      const x = place(ms).toFixed(1);
      const words = ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
      const label = `<text class="small" x="${x}" y="${to + 20}" text-anchor="middle">${words}</text>`;
      return `<line class="grid" x1="${x}" x2="${x}" y1="${from}" y2="${to + 6}"/>\n${label}`;
    })
    .join("\n");
}

/** Where on the scale; what is off it stands at its end. */
export function place(ms: number): number {
  const held = Math.min(Math.max(ms, scaleMinMs), scaleMaxMs);
  const share = Math.log10(held / scaleMinMs) / Math.log10(scaleMaxMs / scaleMinMs);
  return barStart + share * (barEnd - barStart);
}

type Text = {
  readonly x: number;
  readonly y: number;
  readonly kind: string;
  readonly words: string;
};

function text({ x, y, kind, words }: Text): string {
  const safe = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const look = kind === "" ? "" : ` class="${kind}"`;
  return `<text${look} x="${x.toFixed(1)}" y="${y}">${safe}</text>`;
}
