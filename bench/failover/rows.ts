/**
 * The figures that a table shows, each listed once: tables and goals speak of the same ones.
 */
import type { Figures } from "./figures.ts";

export type Row = {
  readonly title: string;
  /** Undefined where this run has no such figure. */
  readonly valueOf: (figures: Figures) => number | undefined;
};

export const throughVip: Row = {
  title: "no commit through the VIP, ms",
  valueOf: ({ vip }) => vip.outage.ms,
};

export const direct: Row = {
  title: "no commit by a direct connection, ms",
  valueOf: (figures) => figures.direct.outage.ms,
};

export const added: Row = {
  title: "through the VIP minus direct, ms",
  valueOf: ({ vip, direct: { outage } }) => vip.outage.ms - outage.ms,
};

export const still: Row = {
  title: "no commit through the VIP in the second before, ms",
  valueOf: ({ stillMs }) => stillMs,
};

export const keyFree: Row = {
  title: "nobody has the key, ms",
  valueOf: ({ keyFreeMs }) => keyFreeMs,
};

export const keyMoved: Row = {
  title: "the key names another after, ms",
  valueOf: ({ keyMovedMs }) => keyMovedMs,
};

export const lastStray: Row = {
  title: "last INSERT through the VIP that the old host ran, ms after the key named another",
  valueOf: ({ lastStrayRanMs }) => lastStrayRanMs,
};

export const lastStrayAnswer: Row = {
  title: "last answer to one, ms after the key named another",
  valueOf: ({ lastStrayMs }) => lastStrayMs,
};

export const absence: Row = {
  title: "no host has the VIP, ms",
  valueOf: (figures) => figures.absence.ms,
};

export const overlap: Row = {
  title: "two hosts have the VIP, ms",
  valueOf: (figures) => figures.overlap.ms,
};

export const lostWrites: Row = {
  title: "writes lost through the VIP",
  valueOf: ({ vip }) => vip.lost,
};

export const lostDirect: Row = {
  title: "writes lost by a direct connection",
  valueOf: (figures) => figures.direct.lost,
};

export const stopped: Row = {
  title: "PostgreSQL takes its last write after, ms",
  valueOf: ({ stoppedMs }) => stoppedMs,
};

/** A VIP that never left was there to the end, which is no time: the row has a value fewer. */
export const left: Row = {
  title: "the VIP leaves its host after, ms",
  valueOf: ({ leftMs }) => leftMs,
};

export const elsewhere: Row = {
  title: "another PostgreSQL takes its first write after, ms",
  valueOf: ({ elsewhereMs }) => elsewhereMs,
};
