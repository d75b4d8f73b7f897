/**
 * The dashboard as it is shipped: its panels with their places and queries, and the queries as
 * Prometheus takes them, their variables filled in.
 *
 * Read is only what is drawn and tested; Grafana knows more of it.
 */
import * as v from "valibot";

const colour = v.string();

const threshold = v.object({ color: colour, value: v.nullable(v.number()) });

const mapping = v.object({
  type: v.literal("value"),
  options: v.record(v.string(), v.object({ text: v.string(), color: colour })),
});

const fieldDefaults = v.object({
  unit: v.optional(v.string(), "short"),
  decimals: v.optional(v.number()),
  noValue: v.optional(v.string(), "No data"),
  min: v.optional(v.number()),
  max: v.optional(v.number()),
  color: v.optional(v.object({ mode: v.string(), fixedColor: v.optional(colour) })),
  thresholds: v.optional(v.object({ steps: v.array(threshold) }), { steps: [] }),
  mappings: v.optional(v.array(mapping), []),
  custom: v.optional(
    v.object({
      drawStyle: v.optional(v.picklist(["line", "bars"]), "line"),
      lineInterpolation: v.optional(v.picklist(["linear", "stepAfter"]), "linear"),
    }),
    {},
  ),
});

const place = v.object({ x: v.number(), y: v.number(), w: v.number(), h: v.number() });

const target = v.object({
  refId: v.string(),
  expr: v.string(),
  legendFormat: v.string(),
  instant: v.boolean(),
});

const dataSource = v.object({ type: v.literal("prometheus"), uid: v.literal("${datasource}") });

const shownPanel = v.object({
  id: v.number(),
  type: v.picklist(["stat", "state-timeline", "timeseries", "table"]),
  title: v.string(),
  description: v.string(),
  datasource: dataSource,
  gridPos: place,
  targets: v.pipe(
    v.array(v.intersect([target, v.object({ datasource: dataSource })])),
    v.minLength(1),
  ),
  fieldConfig: v.object({ defaults: fieldDefaults }),
  options: v.object({ textMode: v.optional(v.string()) }),
  transformations: v.optional(
    v.array(
      v.object({
        id: v.literal("organize"),
        options: v.object({
          indexByName: v.record(v.string(), v.number()),
          renameByName: v.record(v.string(), v.string()),
        }),
      }),
    ),
    [],
  ),
});

const row = v.object({
  id: v.number(),
  type: v.literal("row"),
  title: v.string(),
  gridPos: place,
});

const variable = v.object({
  name: v.string(),
  type: v.string(),
  definition: v.optional(v.string()),
  allValue: v.optional(v.string()),
});

const annotation = v.object({ name: v.string(), expr: v.optional(v.string()) });

const dashboard = v.object({
  uid: v.string(),
  title: v.string(),
  description: v.string(),
  schemaVersion: v.number(),
  annotations: v.object({ list: v.array(annotation) }),
  templating: v.object({ list: v.array(variable) }),
  panels: v.array(v.variant("type", [row, shownPanel])),
});

export type Dashboard = v.InferOutput<typeof dashboard>;
export type Panel = Dashboard["panels"][number];
export type ShownPanel = v.InferOutput<typeof shownPanel>;
export type FieldDefaults = v.InferOutput<typeof fieldDefaults>;

export function parseDashboard(text: string): Dashboard {
  return v.parse(dashboard, JSON.parse(text));
}

export function shownPanels({ panels }: Dashboard): readonly ShownPanel[] {
  return panels.filter((panel) => panel.type !== "row");
}

/** Every query of it as it stands in the file: of panels, annotations and variables. */
export function queriesOf(shown: Dashboard): readonly string[] {
  const { annotations, templating } = shown;
  return [
    ...shownPanels(shown).flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...annotations.list.flatMap(({ expr }) => (expr === undefined ? [] : [expr])),
    ...templating.list.flatMap(({ definition }) =>
      definition === undefined ? [] : [asked(definition)],
    ),
  ];
}

/** `label_values(metric, label)` is Grafana's; this is what it comes to. */
function asked(definition: string): string {
  const [, metric, label] = /^label_values\((.*), (\w+)\)$/u.exec(definition) ?? [];
  if (metric === undefined) throw new Error(`expected label_values(metric, label): ${definition}`);
  return `count by (${label}) (${metric})`;
}

export type Filling = { readonly rateIntervalS: number; readonly rangeS: number };

/** With "All" chosen in each list. */
export function filledIn(query: string, { rateIntervalS, rangeS }: Filling): string {
  const filled = query
    .replaceAll("$__rate_interval", `${rateIntervalS}s`)
    .replaceAll("$__range", `${rangeS}s`)
    .replaceAll(/=~"\$(?:job|cluster|vip)"/gu, '=~".*"');
  const [left] = /\$\w+/u.exec(filled) ?? [];
  if (left === undefined) return filled;
  throw new Error(`${left} means nothing here: ${query}`);
}
