/**
 * The drawing of the dashboard: what Prometheus answers is what is seen.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import type { AnsweredPanel, NamedSeries } from "../../bench/dashboard/answers.ts";
import { chart } from "../../bench/dashboard/chart.ts";
import { stat, stateTimeline } from "../../bench/dashboard/panels.ts";
import { filledIn, parseDashboard, shownPanels } from "../../bench/dashboard/reading.ts";
import { inUnit, roundUp } from "../../bench/dashboard/units.ts";

const file = new URL("../../packaging/grafana/vip-agent.json", import.meta.url);
const panels = shownPanels(parseDashboard(readFileSync(file, "utf8")));

const box = { x: 0, y: 0, w: 400, h: 200 };
const time = { rangeS: 10, stepS: 1 };

function answered(title: string, answers: readonly NamedSeries[]): AnsweredPanel {
  const panel = panels.find((one) => one.title === title);
  assert.ok(panel, `there is no panel ${title}`);
  return { panel, series: answers };
}

function series(name: string, values: readonly number[]): NamedSeries {
  return { name, labels: {}, points: values.map((value, atS) => [atS, value] as const) };
}

test("a number has the colour of its threshold, and none has its own words", () => {
  assert.match(stat(answered("Holders", [series("v", [1])]), box), /class="green"[^]*>1</u);
  assert.match(stat(answered("Holders", [series("v", [2])]), box), /class="red"[^]*>2</u);
  assert.match(stat(answered("Held by", []), box), /class="red"[^]*>nobody</u);
  assert.match(stat(answered("Held by", [series("db1", [1])]), box), /class="green"[^]*>db1</u);
});

test("a run of one state is one bar, and a gap is none", () => {
  const points = [0, 1, 2, 3, 7, 8].map((atS) => [atS, atS < 2 ? 0 : 3] as const);
  const drawn = stateTimeline(
    answered("State on each host", [{ name: "db1", labels: {}, points }]),
    box,
    time,
  );
  const colours = [...drawn.matchAll(/<rect class="(\w+)"/gu)].map(([, colour]) => colour);
  const legend = ["text", "blue", "orange", "green"];
  assert.deepEqual(colours, ["text", "green", "green", ...legend]);
});

test("a line is torn where there was no answer, and a curve without any says so", () => {
  const torn = [0, 1, 5, 6].map((atS) => [atS, 1] as const);
  const drawn = chart(answered("Memory", [{ name: "db1", labels: {}, points: torn }]), box, time);
  const [, line = ""] = /class="line s0" d="([^"]+)"/u.exec(drawn) ?? [];
  assert.equal(line.split("M").length - 1, 2);
  assert.match(chart(answered("Memory", [series("db1", [Number.NaN])]), box, time), />No data</u);
});

test("axes end in round numbers, in the unit of the panel", () => {
  assert.equal(inUnit(roundUp(0.0071, "s"), "s"), "10 ms");
  assert.equal(inUnit(roundUp(61 * 2 ** 20, "bytes"), "bytes"), "100 MiB");
  assert.equal(inUnit(0.5, "percentunit", 0), "50 %");
});

test("a variable that nobody knows is not sent to Prometheus", () => {
  assert.equal(
    filledIn('rate(a{job=~"$job"}[$__rate_interval])', { rateIntervalS: 4, rangeS: 9 }),
    'rate(a{job=~".*"}[4s])',
  );
  assert.throws(() => filledIn("a[$__interval]", { rateIntervalS: 4, rangeS: 9 }), /\$__interval/u);
});
