/**
 * A cluster as a whole: what Consul says of it, who answers for its VIPs, and what is wrong with
 * that.
 *
 * Pure. Silence on the wire proves little (a host may filter), but together with a leader in the key
 * it is worth a look, as is every host that answers beside the leader's.
 */
import type { ClusterMembers } from "./members.ts";
import type { Answering } from "./wire.ts";

export type VipView = {
  /** With its prefix length. */
  readonly vip: string;
  readonly interface: string;
  /** The member of this host. */
  readonly member: string;
  readonly answering: Answering;
};

export type ClusterView = ClusterMembers & {
  readonly key: string;
  readonly vips: readonly VipView[];
  /** What somebody should look at, a sentence each; empty when all is well. */
  readonly attention: readonly string[];
};

export type ClusterFacts = {
  readonly key: string;
  readonly found: ClusterMembers;
  readonly vips: readonly VipView[];
  readonly requireSession: boolean;
};

export function clusterView({ key, found, vips, requireSession }: ClusterFacts): ClusterView {
  const attention = [
    ...leaderProblems(key, found, requireSession),
    ...vips.flatMap((vip) => vipProblems(vip, found)),
  ];
  return { key, ...found, vips, attention };
}

function leaderProblems(
  key: string,
  { leader, isLocked, members }: ClusterMembers,
  requireSession: boolean,
): readonly string[] {
  if (leader === null) return [`nobody leads: there is no ${key}, or the token may not see it`];
  const isMember = members.some(({ name }) => name === leader);
  return [
    ...(isLocked || !requireSession ? [] : [`${key} names ${leader}, but no session locks it`]),
    ...(isMember ? [] : [`${leader} leads, and Consul has no such member, or the token hides it`]),
  ];
}

function vipProblems(
  { vip, member, answering }: VipView,
  { leader }: ClusterMembers,
): readonly string[] {
  const { isHere, mac, problem } = answering;
  const other = otherName(answering);
  if (isHere && mac !== null) return [`two hosts answer for ${vip}: this one and ${other}`];
  if (leader === null) return [];
  if (!isHere && mac === null) return problem === null ? [`nobody answers for ${vip}`] : [];
  const holder = isHere ? member : answering.member;
  if (holder === leader) return [];
  const leads = holder === null ? `${leader} leads: is that its host?` : `${leader} leads`;
  return [`${isHere ? `this host, ${member},` : other} answers for ${vip}, and ${leads}`];
}

/** How the other host that answers is called. */
export function otherName({ mac, member }: Answering): string {
  return member === null ? `a host with the MAC ${mac}` : `${member} (${mac})`;
}
