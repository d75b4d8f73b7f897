/**
 * Whether the clocks of the hosts agree, and whether something keeps them right.
 *
 * A host is asked once by this machine, between two readings of a clock here; so its clock is known
 * but for half of that time. A host counts as off only by what is beyond doubt. The one that is off
 * is the one that differs from the middle of all, not the one that happens to be asked first.
 */
import type { Finding } from "../phases/events.ts";
import { error, fine, orFine, warning } from "./finding.ts";
import type { Sighted } from "./sighted.ts";
import type { ClockSight } from "./survey.ts";

/** Logs of two hosts can no longer be read side by side. */
const noticedMs = 1_000;

/** Nothing keeps this clock; certificates, tokens with an end, and timers of others go wrong. */
const tolerableMs = 5_000;

type Reading = { readonly sighted: Sighted; readonly offsetMs: number; readonly doubtMs: number };

export function clockFindings(hosts: readonly Sighted[]): readonly Finding[] {
  const readings = hosts.flatMap((sighted) => {
    const { clock } = sighted.survey;
    return clock === undefined ? [] : [{ sighted, ...offsetOf(clock) }];
  });
  const middleMs = medianOf(readings.map(({ offsetMs }) => offsetMs));
  const skews = readings.flatMap((reading) => skewFindings(reading, middleMs));
  const good = fine(undefined, "clocks", `the clocks of ${readings.length} hosts agree`);
  const compared = readings.length < 2 ? [] : orFine(skews, good);
  return [...compared, ...hosts.flatMap(serviceFindings)];
}

function offsetOf({ askedAtMs, answeredAtMs, hostMs }: ClockSight) {
  const doubtMs = Math.max(0, answeredAtMs - askedAtMs) / 2;
  return { offsetMs: hostMs - (askedAtMs + doubtMs), doubtMs };
}

function skewFindings({ sighted, offsetMs, doubtMs }: Reading, middleMs: number): Finding[] {
  const differenceMs = offsetMs - middleMs;
  const certainMs = Math.abs(differenceMs) - doubtMs;
  if (certainMs < noticedMs) return [];
  const seconds = (Math.abs(differenceMs) / 1_000).toFixed(1);
  const direction = differenceMs > 0 ? "ahead of" : "behind";
  const report = certainMs >= tolerableMs ? error : warning;
  return [
    report({
      host: sighted.host,
      code: "clock-skew",
      finding: `the clock is ${seconds} s ${direction} the other hosts`,
      remedy: "set the clock, and let a time service keep it (systemd-timesyncd, chrony)",
    }),
  ];
}

/** A container has the clock of its host. */
function serviceFindings({ host, survey }: Sighted): readonly Finding[] {
  const { timeServices, container } = survey.system;
  if (timeServices.length > 0) return [fine(host, "time-service", timeServices.join(", "))];
  if (container !== undefined) return [fine(host, "time-service", `the host's of ${container}`)];
  return [
    warning({
      host,
      code: "time-service-none",
      finding: "no time service keeps the clock right",
      remedy: "enable systemd-timesyncd, or install chrony",
    }),
  ];
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor((sorted.length - 1) / 2);
  return sorted[middle] ?? 0;
}
