/**
 * The status of one agent as text for whoever is woken at night: what wants attention first, then
 * for each VIP where it is, why, since when and what happens next, and below it the evidence.
 */
import type { Tone } from "../../style.ts";
import { type Style, row, table, wrap } from "./layout.ts";
import type { ReadStatus, ReadVip } from "./reading.ts";
import { agoText, clockText, durationText, sinceText } from "./times.ts";

/** As many as there is room for; --json has them all. */
const maxChanges = 8;

const barLength = 20;

export function statusText(status: ReadStatus, style: Style): string {
  const lines = [
    ...status.vips.flatMap((vip) => attentionLines(vip, style)),
    ...status.vips.flatMap((vip) => ["", ...vipLines(vip, status, style)]),
    "",
    ...agentLines(status, style),
  ];
  // Where nothing wants attention, the first line is the empty one.
  return `${lines.slice(lines[0] === "" ? 1 : 0).join("\n")}\n`;
}

function attentionLines({ vip, attention }: ReadVip, style: Style): readonly string[] {
  const indent = "  ";
  return attention.flatMap((sentence) => {
    const [first = "", ...rest] = wrap(`ATTENTION ${vip}: ${sentence}`, style.width);
    const further = wrap(rest.join(" "), style.width - indent.length);
    const below = rest.length === 0 ? [] : further.map((line) => indent + line);
    return [first, ...below].map((line) => style.paint("bad", line));
  });
}

const states: Readonly<Record<string, { readonly words: string; readonly tone: Tone }>> = {
  holding: { words: "HELD HERE", tone: "good" },
  acquiring: { words: "TO BE HELD HERE, NOT THERE YET", tone: "busy" },
  releasing: { words: "ON ITS WAY OUT", tone: "busy" },
  standby: { words: "NOT HERE", tone: "title" },
};

function vipLines(vip: ReadVip, status: ReadStatus, style: Style): readonly string[] {
  const now = status.at;
  const { words, tone } = states[vip.state] ?? { words: vip.state, tone: "title" };
  const lines = (label: string, text: string) => row(label, text, style);
  return [
    `${style.paint("title", vip.vip)}  ${style.paint(tone, words)}`,
    ...lines("who", whoText(vip, status.agent.host)),
    ...lines("why", `${vip.explanation} (${vip.reason})`),
    ...lines("since", sinceText(vip.since, now)),
    ...lines("next", vip.next),
    ...lines("lease", leaseText(vip)),
    ...lines("key", keyText(vip, now)),
    ...(vip.trouble === null
      ? []
      : lines(
          "trouble",
          `no usable answer: ${vip.trouble.cause}, since ${sinceText(vip.trouble.since, now)}`,
        )),
    ...lines("Patroni", patroniText(vip)),
    ...lines("cluster", clusterText(vip)),
    ...lines("VIP", placeText(vip, now)),
    ...(vip.conflict === null ? [] : lines("conflict", `${vip.conflict} answers for it too`)),
    ...lines("announced", vip.announcedAt === null ? "never" : agoText(vip.announcedAt, now)),
    ...changeLines(vip, now, style),
  ];
}

function whoText({ state, leader, member, interface: name }: ReadVip, host: string): string {
  const here = state === "holding" ? `this host, ${host}, on ${name}; ` : "";
  if (leader.state === "unread") return `${here}who leads is not known yet`;
  if (leader.member === null) return `${here}nobody leads: the key is gone`;
  const isOwn = leader.member === member;
  return `${here}${leader.member} leads${isOwn ? " (this member)" : ""}`;
}

function leaseText({ lease }: ReadVip): string {
  if (lease.remainingMs === null) return "none: not to be held";
  const leftMs = Math.max(0, lease.remainingMs);
  const end = lease.isOpenEnded ? "; pause or failsafe mode keeps the VIP beyond it" : "";
  return `${leaseBar(leftMs, lease.lengthMs)}${durationText(leftMs)} left${end}`;
}

/** Empty where the whole is not known. A missing key may be waited for longer than the lease lasts. */
function leaseBar(leftMs: number, lengthMs: number | undefined): string {
  if (lengthMs === undefined) return "";
  const wholeMs = Math.max(lengthMs, leftMs, 1);
  const marks = "#".repeat(Math.round((barLength * leftMs) / wholeMs)).padEnd(barLength, ".");
  return `[${marks}] `;
}

function keyText({ key, leader }: ReadVip, now: string): string {
  if (leader.state === "unread") return `${key}: not read yet`;
  const lock = leader.session === null ? "without a session" : `session ${leader.session}`;
  const value =
    leader.member === null ? `${key} is not there` : `${key} = ${leader.member}, ${lock}`;
  const asked = leader.ageMs === null ? "" : `, asked ${durationText(leader.ageMs)} ago`;
  const since = leader.since === null ? "" : `, the same since ${sinceText(leader.since, now)}`;
  return value + asked + since;
}

function patroniText({ patroni, postmaster }: ReadVip): string {
  const process = `PostgreSQL's main process: ${postmaster}`;
  if (patroni === null) return `not asked, or it has not answered; ${process}`;
  const { role, postgres, timeline, hasLock, isPaused, isFailsafeActive, ageMs } = patroni;
  const words = [
    role,
    postgres,
    ...(timeline === null ? [] : [`timeline ${timeline}`]),
    hasLock ? "has the lock" : "without the lock",
    ...(isPaused ? ["paused"] : []),
    ...(isFailsafeActive ? ["failsafe mode active"] : []),
    `asked ${durationText(ageMs)} ago`,
  ];
  return `${words.join(", ")}; ${process}`;
}

function clusterText({ cluster }: ReadVip): string {
  const { ttlMs, loopWaitMs, retryTimeoutMs, isPaused, hasFailsafe, isStandby } = cluster;
  const words = [
    `ttl ${ttlMs / 1_000} s`,
    `loop_wait ${loopWaitMs / 1_000} s`,
    `retry_timeout ${retryTimeoutMs / 1_000} s`,
    ...(isPaused ? ["paused"] : []),
    ...(hasFailsafe ? ["failsafe mode"] : []),
    ...(isStandby ? ["standby cluster"] : []),
  ];
  return words.join(", ");
}

function placeText(vip: ReadVip, now: string): string {
  const place = `${vip.isHeld ? "on" : "not on"} ${vip.interface} (link ${vip.link})`;
  if (vip.reachableSince === null) return place;
  return `${place}, reachable since ${sinceText(vip.reachableSince, now)}`;
}

function changeLines({ transitions }: ReadVip, now: string, style: Style): readonly string[] {
  const shown = transitions.slice(0, maxChanges).map(({ at, verdict, reason, leader }) => {
    return [clockText(at, now), verdict, reason, leader === null ? "no key" : `key: ${leader}`];
  });
  const lines = table(shown).map((line, index) => row(index === 0 ? "changes" : "", line, style));
  return lines.flat();
}

function agentLines({ agent, at }: ReadStatus, style: Style): readonly string[] {
  const { version, node, pid, host, startedAt, source } = agent;
  const up = durationText(Date.parse(at) - Date.parse(startedAt));
  const started = `up ${up}, source ${source}`;
  return [
    ...row(
      "agent",
      `vip-agent ${version}, process ${pid} on ${host}, Node ${node}, ${started}`,
      style,
    ),
    ...row("config", configText(agent, at), style),
  ];
}

function configText(agent: ReadStatus["agent"], now: string): string {
  const { configFile, configHash, configReadAt, reloadRefusedAt } = agent;
  const file = `${configFile ?? "no file"} (${configHash}), read ${agoText(configReadAt, now)}`;
  if (reloadRefusedAt === null || reloadRefusedAt === undefined) return file;
  return `${file}; a reload was refused ${agoText(reloadRefusedAt, now)}`;
}
