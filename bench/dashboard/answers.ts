/**
 * What Prometheus answers to each panel of the dashboard, with the names that the legends give.
 */
import type { Labels, LabPrometheus, Span } from "../../lab/prometheus.ts";
import { type Filling, filledIn, type ShownPanel } from "./reading.ts";

export type NamedSeries = {
  readonly name: string;
  readonly labels: Labels;
  /** Seconds since the beginning, and the value; one point where the question was for now. */
  readonly points: readonly (readonly [number, number])[];
};

export type AnsweredPanel = { readonly panel: ShownPanel; readonly series: readonly NamedSeries[] };

export async function answered(
  panel: ShownPanel,
  prometheus: LabPrometheus,
  span: Span,
): Promise<AnsweredPanel> {
  // Grafana's own: four scrapes, but never less than a scrape and a step.
  const filling: Filling = {
    rateIntervalS: Math.max(4, span.stepS + 1),
    rangeS: Math.round(span.toS - span.fromS),
  };
  const answers = await Promise.all(
    panel.targets.map(async ({ expr, legendFormat, instant }) => {
      const query = filledIn(expr, filling);
      const found = instant
        ? (await prometheus.query(query)).map(({ labels, value }) => {
            return { labels, points: [[span.toS, value] as const] };
          })
        : await prometheus.queryRange(query, span);
      return found.map(({ labels, points }) => ({
        name: nameOf(legendFormat, labels),
        labels,
        points: points.map(([atS, value]) => [atS - span.fromS, value] as const),
      }));
    }),
  );
  return { panel, series: answers.flat() };
}

function nameOf(legendFormat: string, labels: Labels): string {
  return legendFormat
    .replaceAll(/\{\{(\w+)\}\}/gu, (_, label: string) => labels[label] ?? "")
    .trim();
}
