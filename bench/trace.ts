/**
 * Everything that was seen around a move, one line per event, for finding out why a move was slow.
 *
 * Times are milliseconds from the commit of the key. Of the client's calls, the first of each kind
 * of ending in a row stands for the row, and one that took long stands for itself.
 */
import type { Call } from "../lab/client.ts";
import { stoodStillMs } from "./figures.ts";
import type { Packet } from "./packets.ts";
import { type Cast, hosts, type Stage } from "./stage.ts";

export type TraceLine = { readonly atMs: number; readonly what: string };

type Span = { readonly zeroMs: number; readonly fromMs: number; readonly toMs: number };

/** A call that took longer met something. */
const longCallMs = 15;

export function traceOf(stage: Stage, cast: Cast, span: Span): readonly TraceLine[] {
  const { zeroMs, fromMs, toMs } = span;
  const answers = stage.consulAnswers.between(fromMs, toMs).map(({ atMs, to }) => {
    return { atMs, what: `consul answers ${to}` };
  });
  const ofHosts = hosts.flatMap((host) => [
    ...stage.views[host].addresses.between(fromMs, toMs).map(({ atMs, kind, address }) => {
      return { atMs, what: `${host} address ${kind} ${address}` };
    }),
    ...stage.views[host].guard.between(fromMs, toMs).map(({ atMs, kind }) => {
      return { atMs, what: `${host} guard ${kind}` };
    }),
    ...cast.agents[host].events
      .between(fromMs, toMs)
      .map(({ atMs, event, reason = "", fields }) => {
        const { verdict = "", tookMs = "" } = fields;
        return {
          atMs,
          what: `${host} logs ${event} ${String(verdict)} ${reason} ${String(tookMs)}`,
        };
      }),
  ]);
  const refused = resetLines(stage.resets.between(fromMs, toMs));
  const announced = stage.announcements.between(fromMs, toMs).map((packet) => {
    const { atMs, mac, form, isGratuitous, isBroadcast } = packet;
    const kind = `${isGratuitous ? "gratuitous" : "plain"} ${isBroadcast ? "broadcast" : "unicast"}`;
    return { atMs, what: `client hears ARP ${form} from ${mac} (${kind})` };
  });
  const calls = callLines(cast.client.calls.between(fromMs, toMs));
  return [...answers, ...ofHosts, ...announced, ...refused, ...calls]
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, what }) => ({ atMs: Number((atMs - zeroMs).toFixed(2)), what }));
}

/** Of resets in a row from one host the first, and how many there were. */
function resetLines(resets: readonly Packet[]): readonly TraceLine[] {
  return resets.flatMap(({ atMs, fromMac }, index) => {
    if (resets[index - 1]?.fromMac === fromMac) return [];
    const next = resets.findIndex((reset, place) => place > index && reset.fromMac !== fromMac);
    const count = (next === -1 ? resets.length : next) - index;
    return [{ atMs, what: `client gets ${count} resets from ${fromMac}` }];
  });
}

function callLines(calls: readonly Call[]): readonly TraceLine[] {
  return calls.flatMap((call, index) => {
    const { atMs, startedAtMs, outcome, host = "" } = call;
    const before = calls[index - 1];
    const stillMs = stoodStillMs(before, call).toFixed(1);
    const still = {
      atMs: startedAtMs,
      what: `client goes on after standing still for ${stillMs} ms`,
    };
    const lines = stillMs === "0.0" ? [] : [still];
    const isLong = atMs - startedAtMs > longCallMs;
    const isNew = before?.outcome !== outcome || before.host !== call.host;
    if (!isLong && !isNew) return lines;
    const tookMs = (atMs - startedAtMs).toFixed(1);
    const what = `client call ends: ${outcome} ${host} after ${tookMs} ms`;
    return [...lines, { atMs, what }];
  });
}
