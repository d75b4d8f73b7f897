/**
 * What happened in a round, in the order in which it did, for whoever has to find out why.
 */
import { DATABASE_HOSTS } from "../lab/consul-cluster.ts";
import type { Evidence } from "./evidence.ts";
import type { World } from "./world.ts";

type Entry = { readonly atMs: number; readonly text: string };

/** The last events before the end say most. */
const linesMax = 250;
/** An agent says more about the moments before than about its start long ago. */
const leadMs = 5_000;

const agentFields = ["reason", "until", "topic", "msg"] as const;

export function timelineOf(world: World, evidence: Evidence): readonly string[] {
  const { fromMs, toMs } = evidence;
  const entries = [
    ...evidenceEntries(evidence),
    ...addressEntries(world),
    ...agentEntries(world),
    ...keeperEntries(world),
    ...callEntries(world),
  ];
  return entries
    .filter(({ atMs }) => atMs >= fromMs - leadMs && atMs <= toMs)
    .toSorted((one, other) => one.atMs - other.atMs)
    .slice(-linesMax)
    .map(({ atMs, text }) => `${((atMs - fromMs) / 1_000).toFixed(3).padStart(8)} s  ${text}`);
}

function evidenceEntries(evidence: Evidence): readonly Entry[] {
  const { faults, keySteps, blindSpans, wireSpans } = evidence;
  return [
    ...faults.flatMap(({ kind, target, fromMs, toMs }) => [
      { atMs: fromMs, text: `FAULT   ${kind} of ${target}` },
      { atMs: toMs, text: `FAULT   ${kind} of ${target} is over` },
    ]),
    ...keySteps.map(({ atMs, host }) => ({ atMs, text: `KEY     names ${host ?? "nobody"}` })),
    ...blindSpans.flatMap(({ host, fromMs, toMs }) => [
      { atMs: fromMs, text: `CONSUL  ${host}: the last answered question before a silence` },
      { atMs: toMs, text: `CONSUL  ${host}: answers again` },
    ]),
    ...wireSpans.flatMap(({ host, fromMs, toMs }) => [
      { atMs: fromMs, text: `WIRE    ${host} answers ARP` },
      { atMs: toMs, text: `WIRE    ${host} answers ARP no more` },
    ]),
  ];
}

function addressEntries({ addresses }: World): readonly Entry[] {
  return DATABASE_HOSTS.flatMap((host) =>
    (addresses.get(host)?.entries ?? []).map(({ atMs, kind, address, validS }) => {
      const life = validS === undefined ? "for ever" : `for ${validS} s`;
      return {
        atMs,
        text: `KERNEL  ${host}: ${address} ${kind}${kind === "deleted" ? "" : ` ${life}`}`,
      };
    }),
  );
}

function agentEntries({ actors }: World): readonly Entry[] {
  return [...actors.values()].flatMap(({ host, agents }) =>
    agents.flatMap(({ events, process }) => [
      { atMs: process.startedAtMs, text: `AGENT   ${host}: process starts` },
      ...events.entries.map(({ atMs, event, fields }) => {
        const more = agentFields.flatMap((name) => {
          const value = fields[name];
          return value === undefined ? [] : [`${name}=${JSON.stringify(value)}`];
        });
        return { atMs, text: `AGENT   ${host}: ${event} ${more.join(" ")}` };
      }),
      ...process.lines.entries.map(({ atMs, text }) => ({
        atMs,
        text: `AGENT   ${host}: ${text}`,
      })),
    ]),
  );
}

function keeperEntries({ actors }: World): readonly Entry[] {
  return [...actors.values()].flatMap(({ host, keepers }) =>
    keepers.flatMap(({ events }) =>
      events.entries.map(({ atMs, event, fields }) => {
        const more = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
        return { atMs, text: `KEEPER  ${host}: ${event}${more}` };
      }),
    ),
  );
}

/** Only where the outcome or the host changes. */
function callEntries({ client }: World): readonly Entry[] {
  let last = "";
  return client.calls.entries.flatMap(({ atMs, outcome, host }) => {
    const text = `CLIENT  ${outcome}${host === undefined ? "" : ` by ${host}`}`;
    if (text === last) return [];
    last = text;
    return [{ atMs, text }];
  });
}
