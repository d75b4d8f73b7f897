/**
 * The dashboard: what it asks for is exported, its queries are queries, and Grafana can import it
 * for any Prometheus.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { filledIn, parseDashboard, queriesOf, shownPanels } from "../../bench/dashboard/reading.ts";
import { makeFolder } from "../support/folder.ts";
import { notExported } from "./held-against-page.ts";
import { familiesOf, familyOf, metricsPage } from "./metrics-page.ts";
import { selectorsOf } from "./promql.ts";
import { promtool, skipWithoutPrometheus } from "./promtool.ts";

const packaging = join(import.meta.dirname, "../../packaging");
const file = join(packaging, "grafana/vip-agent.json");
const dashboard = parseDashboard(readFileSync(file, "utf8"));
const queries = queriesOf(dashboard);
const skip = await skipWithoutPrometheus();

/** Grafana's grid. */
const columns = 24;

test("it asks for nothing that the agent does not export", async () => {
  assert.ok(queries.length > 30, `only ${queries.length} queries`);
  assert.deepEqual(await notExported(queries), []);
});

test("promtool takes each query", { skip }, async (t) => {
  const rules = queries.map((query, index) => {
    return { record: `query${index}`, expr: filledIn(query, { rateIntervalS: 60, rangeS: 3_600 }) };
  });
  const rulesFile = join(makeFolder(t), "rules.yml");
  writeFileSync(rulesFile, JSON.stringify({ groups: [{ name: "all", rules }] }));
  const said = await promtool(["check", "rules", rulesFile]);
  assert.match(said, new RegExp(`SUCCESS: ${queries.length} rules found`, "u"));
});

test("nothing is exported that neither the dashboard nor an alert looks at", async () => {
  const alerts = readFileSync(join(packaging, "prometheus/alerts.yml"), "utf8");
  const asked = [...queries, alerts].flatMap(selectorsOf).map(({ metric }) => metric);
  const families = familiesOf(await metricsPage());
  const lookedAt = new Set(asked.map((metric) => familyOf(metric, families)));
  assert.deepEqual(
    [...families.keys()].filter((name) => !lookedAt.has(name)),
    [],
  );
});

test("it names no data source but the chosen one, and every choice is one of its lists", () => {
  const lists = dashboard.templating.list.map(({ name }) => name);
  assert.deepEqual(lists, ["datasource", "job", "cluster", "vip"]);
  const words = readFileSync(file, "utf8").matchAll(/\$\{?(\w+)/gu);
  const own = new Set(["__all", "__range", "__rate_interval", ...lists]);
  assert.deepEqual(
    [...words].map(([, name = ""]) => name).filter((name) => !own.has(name)),
    [],
  );
});

test("each panel has a number and a place of its own", () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    const { x, y, w, h } = gridPos;
    assert.ok(x >= 0 && x + w <= columns, `${title} reaches over the edge`);
    for (let cell = 0; cell < w * h; cell += 1) {
      const at = `${x + (cell % w)},${y + Math.floor(cell / w)}`;
      assert.equal(taken.get(at), undefined, `${title} lies on ${taken.get(at)}`);
      taken.set(at, title);
    }
  }
});

test("each panel says what it shows", () => {
  for (const { title, description } of shownPanels(dashboard)) {
    assert.match(description, /^[A-Z].*\.$/su, title);
  }
});

test("the picture in the docs shows these panels", () => {
  const picture = readFileSync(join(packaging, "../docs/figures/dashboard.svg"), "utf8");
  const drawn = [...picture.matchAll(/<text class="title"[^>]*>([^<]*)</gu)].map(
    ([, title]) => title,
  );
  assert.deepEqual(
    drawn,
    dashboard.panels.map(({ title }) => title),
  );
});
