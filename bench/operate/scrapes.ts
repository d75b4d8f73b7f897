/**
 * Whether a scraper that asks a thousand times a second delays a take-over.
 *
 * Moves with and without it alternate in blocks, on the same two daemons: what the machine does to
 * both of them is in both figures. The scraper asks the host that is to get the VIP next.
 */
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import type { HostName } from "../../lab/network.ts";
import { LabProcess } from "../../lab/process.ts";
import { measureMove } from "../move.ts";
import type { Cast, Stage } from "../stage.ts";
import { type Summary, summarize } from "../statistics.ts";

const PROGRAM = fileURLToPath(new URL("../../lab/programs/scraper.ts", import.meta.url));

export const metricsPort = 9_728;
export const perSecond = 1_000;
export const scrapedS = 10;

/** In ten seconds, with the two that each of them takes, pauses included. */
const movesPerBlock = 3;

const tallyLine = v.object({ asked: v.number(), answered: v.number(), bytes: v.number() });

export type Scrapes = {
  readonly quiet: Summary | undefined;
  readonly scraped: Summary | undefined;
  readonly asked: number;
  readonly answered: number;
};

export async function measureScrapes(stage: Stage, cast: Cast, moves: number): Promise<Scrapes> {
  const quiet: number[] = [];
  const scraped: number[] = [];
  const tally = { asked: 0, answered: 0 };
  for (let done = 0; done < moves; done += movesPerBlock) {
    quiet.push(...(await block(stage, cast)));
    const scrapers = (["db1", "db2"] as const).map(startScraper);
    scraped.push(...(await block(stage, cast)));
    for (const scraper of scrapers) {
      const { asked, answered } = await tallyOf(scraper);
      tally.asked += asked;
      tally.answered += answered;
    }
  }
  return { quiet: summarize(quiet), scraped: summarize(scraped), ...tally };
}

/** From the commit of the key to the address, of each move. */
async function block(stage: Stage, cast: Cast): Promise<readonly number[]> {
  const figures: number[] = [];
  for (let move = 0; move < movesPerBlock; move += 1) {
    const options = { mode: "direct", gapMs: 0, pauseMs: 700, isTracing: false } as const;
    const { addressMs } = (await measureMove(stage, cast, options)).figures;
    if (addressMs !== undefined) figures.push(addressMs);
  }
  return figures;
}

function startScraper(host: HostName): LabProcess {
  const url = `http://127.0.0.1:${metricsPort}/metrics`;
  return new LabProcess({
    name: `scraper on ${host}`,
    host,
    // Half of them on each host: the machine has two processors for everything.
    argv: [process.execPath, PROGRAM, url, String(perSecond / 2), String(scrapedS)],
  });
}

async function tallyOf(scraper: LabProcess) {
  const isTally = ({ text }: { text: string }) => text.startsWith("{");
  const { text } = await scraper.lines.next("tally", isTally, { timeoutMs: 30_000 });
  return v.parse(tallyLine, JSON.parse(text));
}
