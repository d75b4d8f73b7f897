/**
 * The text that Prometheus reads, made at most four times a second.
 *
 * Some hundred series cost a millisecond, which a scraper that comes a thousand times a second must
 * not take from the loop: who comes between gets the text of before.
 */
import type { Clock } from "../../../clock.ts";
import type { Metrics } from "../metrics.ts";
import type { Status } from "../status.ts";

export type Exposition = {
  readonly contentType: string;
  readonly text: (status: () => Status) => Promise<Buffer>;
};

const freshForMs = 250;

/** What counts, and the text of what was counted. The library is loaded here and nowhere else. */
export async function createExposition(
  clock: Pick<Clock, "nowMs">,
): Promise<{ readonly metrics: Metrics; readonly exposition: Exposition }> {
  const [{ default: Registry }, { createCounters }, { createGauges }] = await Promise.all([
    import("prom-client/lib/registry.js"),
    import("./counters.ts"),
    import("./gauges.ts"),
  ]);
  const registry = new Registry();
  const metrics = createCounters(registry);
  const gauges = createGauges(registry);
  let made: Promise<Buffer> | undefined;
  let madeAtMs = 0;
  const text = (status: () => Status): Promise<Buffer> => {
    if (made === undefined || clock.nowMs() >= madeAtMs + freshForMs) {
      gauges.set(status());
      madeAtMs = clock.nowMs();
      made = registry.metrics().then((page) => Buffer.from(page));
    }
    return made;
  };
  return { metrics, exposition: { contentType: registry.contentType, text } };
}
