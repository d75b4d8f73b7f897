/**
 * The table at the end of the demo: what each scene cost, in one look.
 */
import { styleText } from "node:util";

import type { MoveResult } from "./cluster.ts";
import { countResets, countSilent, type KillResult, type StopResult } from "./scenes.ts";
import { inWords, write } from "./timeline.ts";

export type Results = {
  readonly moves: readonly MoveResult[];
  readonly kill: KillResult;
  readonly stop: StopResult;
};

const COLUMN_WIDTH = 14;

export function printSummary({ moves, kill, stop }: Results): void {
  write("");
  write(
    styleText("bold", "Summary, from the moment at which the new leader asks for the key", {
      stream: process.stdout,
    }),
  );
  write(row("", ["address", "first ARP", "answer", "longest wait"]));
  for (const move of moves) {
    const silence = move.silenceMs === undefined ? "-" : inWords(move.silenceMs);
    const cells = [move.addressMs, move.announcementMs, move.answerMs].map(inWords);
    write(row(`leader becomes ${move.to}`, [...cells, silence]));
  }
  const resets = countResets(stop.outcomes);
  const silent = countSilent(stop.outcomes);
  write(`  agent killed        the kernel removed the VIP after ${inWords(kill.removedMs)}`);
  write(`  agent started       the VIP was back after ${inWords(kill.backMs)}`);
  write(`  agent stopped       the VIP was gone after ${inWords(stop.releasedMs)};`);
  write(`                      then ${resets} calls met a reset, ${silent} met silence`);
}

function row(name: string, cells: readonly string[]): string {
  return `  ${name.padEnd(20)}${cells.map((cell) => cell.padStart(COLUMN_WIDTH)).join("")}`;
}
