/**
 * `vip-agent status --watch`: looks once a second, until Ctrl-C or until nobody reads any more.
 *
 * On a terminal the same picture is drawn over and over, in place and without a flicker; there is
 * nothing to put right afterwards, so Ctrl-C may end it at any moment. Elsewhere it writes a line
 * when something has changed, for a log or for grep; with --json that line is the whole status.
 */
import { setTimeout as delay } from "node:timers/promises";
import { type Told, remedyFor } from "./agents.ts";
import { type Style, wrap } from "./layout.ts";
import type { ReadVip } from "./reading.ts";
import type { Screen } from "./screen.ts";
import { statusText } from "./text.ts";
import { clockText, sinceText } from "./times.ts";

const defaultPauseMs = 1_000;

export type WatchOptions = {
  readonly look: () => Promise<readonly Told[]>;
  readonly isJson: boolean;
  readonly screen: Screen;
  readonly pauseMs?: number;
};

type Show = (told: readonly Told[]) => void;

export async function watch(options: WatchOptions): Promise<void> {
  const { look, isJson, screen, pauseMs = defaultPauseMs } = options;
  const { closed } = screen;
  const show = screen.isTerminal && !isJson ? showPictures(screen) : showChanges(screen, isJson);
  while (!closed.aborted) {
    show(await look());
    await delay(pauseMs, undefined, { signal: closed }).catch(() => undefined);
  }
}

const clear = "\u001B[2J";
const home = "\u001B[H";
// A line is cleared before it is written: at the right edge clearing takes the last character along.
const clearLine = "\u001B[K";
const clearBelow = "\u001B[J";

/** What does not fit on the screen is left out below: a picture that scrolls could not be redrawn. */
function showPictures(screen: Screen): Show {
  /** Since when there has been no answer, by socket. */
  const silentSince = new Map<string, string>();
  let start = clear + home;
  return (told) => {
    if (screen.isStuck()) return;
    const style = screen.style();
    const now = new Date().toISOString();
    const parts = told.map(({ path, outcome }) => {
      if (outcome.ok) {
        silentSince.delete(path);
        return statusText(outcome.value.status, style);
      }
      const since = silentSince.get(path) ?? now;
      silentSince.set(path, since);
      const words = `NO ANSWER since ${sinceText(since, now)}: ${outcome.detail}`;
      return silenceText(words, remedyFor(outcome.code), style);
    });
    const footer = style.paint("quiet", `asked at ${clockText(now, now)}; Ctrl-C ends`);
    const lines = parts.join("\n").trimEnd().split("\n");
    const shown = [...lines.slice(0, (screen.rows() ?? Infinity) - 2), footer];
    screen.write(start + shown.map((line) => clearLine + line).join("\n") + clearBelow);
    start = home;
  };
}

function silenceText(words: string, remedy: string, style: Style): string {
  const lines = wrap(words, style.width).map((line) => style.paint("bad", line));
  return `${[...lines, ...wrap(remedy, style.width)].join("\n")}\n`;
}

function showChanges(screen: Screen, isJson: boolean): Show {
  const last = new Map<string, readonly string[]>();
  const newsOf = (path: string, lines: readonly string[]) => {
    const before = last.get(path) ?? [];
    last.set(path, lines);
    return lines.filter((line) => !before.includes(line));
  };
  return (told) => {
    for (const { path, outcome } of told) {
      if (!outcome.ok) {
        const write = isJson ? screen.complain : screen.write;
        const now = new Date().toISOString();
        for (const line of newsOf(path, [outcome.detail])) write(`${now} ${line}\n`);
        continue;
      }
      const { status, json } = outcome.value;
      const news = newsOf(path, status.vips.map(changeLine));
      const lines = isJson ? [json] : news.map((line) => `${status.at} ${line}`);
      if (news.length > 0) screen.write(`${lines.join("\n")}\n`);
    }
  };
}

/** Without what changes with every look. */
function changeLine({ vip, state, verdict, reason, leader, attention }: ReadVip): string {
  const key = leader.state === "named" ? `key: ${leader.member}` : `key ${leader.state}`;
  const wanted = attention.map((sentence) => `; ATTENTION ${sentence}`).join("");
  return `${vip} ${state} (${verdict}, ${reason}); ${key}${wanted}`;
}
