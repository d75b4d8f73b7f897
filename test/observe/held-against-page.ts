/**
 * Holds queries against the page that the agent really makes: what is not exported, by whatever
 * misspelling, would be silence on a dashboard and an alert that never fires.
 */
import { type Family, familiesOf, familyOf, metricsPage } from "./metrics-page.ts";
import { groupedBy, type Selector, selectorsOf } from "./promql.ts";

/** Prometheus gives these to each series; the page has no part in it. */
const targetLabels = ["job", "instance", "cluster"];

/** What Prometheus makes itself, with its labels beside those of the target. */
const ownSeries = new Map([
  ["up", []],
  ["ALERTS", ["alertname", "alertstate"]],
]);

/** What these queries ask for and the agent does not export; empty where all is well. */
export async function notExported(queries: readonly string[]): Promise<readonly string[]> {
  const families = familiesOf(await metricsPage());
  const wrong = queries.flatMap((query) => wrongIn(query, families));
  return [...new Set(wrong)];
}

function wrongIn(query: string, families: ReadonlyMap<string, Family>): readonly string[] {
  const selectors = selectorsOf(query);
  if (selectors.length === 0) return [`no metric in: ${query}`];
  const known = new Set(selectors.flatMap(({ metric }) => labelsOf(metric, families)));
  const unknown = groupedBy(query).filter((label) => !known.has(label));
  return [
    ...selectors.flatMap((one) => wrongWith(one, families)),
    ...unknown.map((label) => `nothing has a label ${label} in: ${query}`),
  ];
}

function wrongWith(
  { metric, matchers }: Selector,
  families: ReadonlyMap<string, Family>,
): readonly string[] {
  const family = families.get(familyOf(metric, families));
  if (family === undefined && !ownSeries.has(metric)) return [`no metric ${metric}`];
  const labels = labelsOf(metric, families);
  return matchers.flatMap(({ label, values }) => {
    if (!labels.includes(label)) return [`${metric} has no label ${label}`];
    const seen = family?.labels.get(label);
    const unseen = values.filter((value) => seen !== undefined && !seen.has(value));
    return unseen.map((value) => `${metric} has no ${label} ${value}`);
  });
}

function labelsOf(metric: string, families: ReadonlyMap<string, Family>): readonly string[] {
  const family = families.get(familyOf(metric, families));
  return [...targetLabels, ...(ownSeries.get(metric) ?? []), ...(family?.labels.keys() ?? [])];
}
