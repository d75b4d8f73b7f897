/**
 * The log: one JSON line per change, with its reason; nothing per tick, and never a secret.
 *
 * Written synchronously to stdout, where journald takes it: a line that says why the VIP left must
 * be out before the process ends. Whoever logs has acted before: a full pipe may block the writer,
 * and a release must not wait for that.
 *
 * A trouble that repeats is said once, and once again when it is over or another.
 */
import pino from "pino";
import type { LogLevel } from "../config/settings.ts";
import { openOutput } from "./output.ts";

/** Every event that the log can name; operators search for them, so they are a closed list. */
export type EventName =
  | "started"
  | "warning"
  | "tool-missing"
  | "verdict"
  | "bound"
  | "released"
  | "vanished"
  | "stray-removed"
  | "conflict"
  | "consul-trouble"
  | "consul-back"
  | "patroni-trouble"
  | "patroni-back"
  | "woken"
  | "stalled"
  | "trouble"
  | "handed-over"
  | "stopped"
  | "reloaded"
  | "reload-refused"
  | "hook"
  | "lines-dropped";

export type Log = {
  readonly info: (event: EventName, message: string, fields?: LogFields) => void;
  readonly warn: (event: EventName, message: string, fields?: LogFields) => void;
  readonly error: (event: EventName, message: string, fields?: LogFields) => void;
};

export type LogControl = Log & { readonly setLevel: (level: LogLevel) => void };

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** `descriptor` is 1, stdout, for a daemon; 2 for a command whose stdout is its answer. */
export function createLog(level: LogLevel, descriptor: 1 | 2 = 1): LogControl {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    openOutput(descriptor),
  );
  return {
    info: (event, message, fields) => logger.info({ event, ...fields }, message),
    warn: (event, message, fields) => logger.warn({ event, ...fields }, message),
    error: (event, message, fields) => logger.error({ event, ...fields }, message),
    setLevel: (next) => {
      logger.level = next;
    },
  };
}

/** Lets a text through when it is not the one that was let through last for the same topic. */
export class Repeats {
  readonly #last = new Map<string, string>();

  isNew(topic: string, text: string): boolean {
    if (this.isLast(topic, text)) return false;
    this.#last.set(topic, text);
    return true;
  }

  isLast(topic: string, text: string): boolean {
    return this.#last.get(topic) === text;
  }

  /** The topic is well again: its next trouble is news. */
  clear(topic: string): void {
    this.#last.delete(topic);
  }

  /** All is well again. Returns whether anything had not been. */
  clearAll(): boolean {
    const hadAny = this.#last.size > 0;
    this.#last.clear();
    return hadAny;
  }
}
