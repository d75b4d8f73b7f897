/**
 * A cluster as text: what wants attention, the members as a table, and who answers for each VIP.
 */
import { type ClusterView, type VipView, otherName } from "./cluster-view.ts";
import { type Style, table, wrap } from "./layout.ts";
import type { Member } from "./members.ts";
import { printable } from "./printable.ts";

export function clusterText(view: ClusterView, style: Style): string {
  const { attention, leader, members, vips } = view;
  const warnings = attention.flatMap((sentence) =>
    wrap(`ATTENTION ${printable(sentence)}`, style.width).map((line) => style.paint("bad", line)),
  );
  const head = `${view.key}: ${leader === null ? "nobody leads" : `${printable(leader)} leads`}`;
  const rows = [["", "member", "host", "role", "state", "TL", "behind"], ...members.map(cellsOf)];
  const [title = "", ...lines] = table(rows);
  const all = [
    ...warnings,
    ...(warnings.length > 0 ? [""] : []),
    ...wrap(head + modeText(view), style.width).map((line) => style.paint("title", line)),
    ...(members.length === 0 ? ["no members"] : [style.paint("quiet", title), ...lines]),
    ...vips.flatMap((vip) => wrap(vipText(vip), style.width)),
  ];
  return `${all.join("\n")}\n`;
}

function modeText({ isLocked, leader, isPaused, hasFailsafe, isStandby }: ClusterView): string {
  const words = [
    ...(leader !== null && !isLocked ? ["without a session"] : []),
    ...(isPaused ? ["paused"] : []),
    ...(hasFailsafe ? ["failsafe mode"] : []),
    ...(isStandby ? ["standby cluster"] : []),
  ];
  return words.map((word) => `, ${word}`).join("");
}

function cellsOf(member: Member): readonly string[] {
  const { name, host, role, state, timeline, lagBytes, isLeader } = member;
  const known = [name, host ?? "?", role ?? "?", state ?? "?", String(timeline ?? "?")];
  const lag = lagBytes === null ? (isLeader ? "" : "?") : bytesText(lagBytes);
  return [isLeader ? "*" : "", ...known.map(printable), lag];
}

function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), units.length);
  return `${(bytes / 1_024 ** power).toFixed(1)} ${units[power - 1]}`;
}

function vipText({ vip, interface: name, member, answering }: VipView): string {
  const { isHere, mac, problem } = answering;
  const here = isHere ? `this host (${member}) has it` : "this host has it not";
  const others = mac === null ? "nobody else answers" : `${otherName(answering)} answers`;
  const wire = problem === null ? others : `whether another answers is not known: ${problem}`;
  return printable(`${vip} on ${name}: ${here}; `) + printable(wire);
}
