/**
 * The page of metrics as the agent makes it, taken apart: what is exported, with which labels and
 * which values of them.
 */
import { createExposition } from "../../src/agent/reports/prometheus/exposition.ts";
import { aStatus } from "../agent/reports/a-status.ts";
import { FakeClock } from "../support/fake-clock.ts";

export type Family = {
  readonly kind: string;
  readonly help: string;
  /** Each label with the values that it has on the page. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
};

type MutableFamily = Omit<Family, "labels"> & { readonly labels: Map<string, Set<string>> };

const vip = "192.168.1.140";
const histogramParts = ["_bucket", "_sum", "_count"] as const;

/** Of an agent with one VIP. */
export async function metricsPage(): Promise<string> {
  const { metrics, exposition } = await createExposition(new FakeClock());
  metrics.follow([vip]);
  return (await exposition.text(aStatus)).toString();
}

/** By name; a histogram stands under its own name, without those of its parts. */
export function familiesOf(page: string): ReadonlyMap<string, Family> {
  const families = new Map<string, MutableFamily>();
  const about = [...page.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gmu)];
  for (const [, name = "", help = "", kind = ""] of about) {
    families.set(name, { kind, help, labels: new Map<string, Set<string>>() });
  }
  for (const [, series = "", inBraces = ""] of page.matchAll(/^([a-z_]+)(?:\{(.*)\})? \S+$/gmu)) {
    const labels = families.get(familyOf(series, families))?.labels;
    for (const [, label = "", value = ""] of inBraces.matchAll(/(\w+)="([^"]*)"/gu)) {
      labels?.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
  return families;
}

/** Under which name the page tells of this series. */
export function familyOf(series: string, families: ReadonlyMap<string, Family>): string {
  for (const part of histogramParts) {
    const name = series.endsWith(part) ? series.slice(0, -part.length) : "";
    if (families.get(name)?.kind === "histogram") return name;
  }
  return series;
}
