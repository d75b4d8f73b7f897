/**
 * Who leads, who follows: the members of the Patroni cluster, as one of them tells.
 *
 * Read leniently: what Patroni does not know of a member, or tells in another way than today's, is
 * unknown of that member, and hides no other.
 */
import * as v from "valibot";

import { type Outcome, done, failed } from "../../outcome.ts";
import type { Host } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";
import type { Ports } from "./ports.ts";
import type { World } from "./world.ts";

export type Member = {
  readonly name: string;
  readonly role: string;
  readonly state: string;
  readonly timeline: number | undefined;
  /** Bytes behind the leader; undefined where Patroni does not know. */
  readonly lagBytes: number | undefined;
  readonly isRestartPending: boolean;
};

/** `host` is the one that has told. */
export type MembersTold = { readonly host: Host; readonly members: readonly Member[] };

const clusterSchema = v.object({
  members: v.array(
    v.object({
      name: v.string(),
      role: v.string(),
      state: v.string(),
      timeline: v.optional(v.unknown()),
      lag: v.optional(v.unknown()),
      pending_restart: v.optional(v.unknown()),
    }),
  ),
});

const leaderRoles = ["leader", "standby_leader"];

export function isLeader({ role }: Member): boolean {
  return leaderRoles.includes(role);
}

/** Serving, and following the leader if it does not lead. */
export function isWorking(member: Member): boolean {
  return isLeader(member) ? member.state === "running" : member.state === "streaming";
}

/** Further behind its leader than may take over; not where Patroni does not know. */
export function isFarBehind(
  member: Member,
  limitBytes: number,
): member is Member & { readonly lagBytes: number } {
  return member.lagBytes !== undefined && member.lagBytes > limitBytes;
}

/** Another one than the leader's, where both are known. */
export function isOnOtherTimeline({ timeline }: Member, leader: Member | undefined): boolean {
  if (timeline === undefined || leader?.timeline === undefined) return false;
  return timeline !== leader.timeline;
}

/** By the first host that answers, all of which read the same keys; `absent` where nobody does. */
export async function patroniMembers(
  world: World,
  ports: Ports,
): Promise<Outcome<MembersTold, "absent">> {
  const answers: string[] = [];
  for (const host of databaseHosts(world.cluster)) {
    const answer = await ports.patroni(host, "/cluster");
    const members = answer.ok ? membersIn(answer.value.body) : undefined;
    if (members !== undefined) return done({ host, members });
    const words = answer.ok
      ? `Patroni of ${host.name} tells no members (HTTP ${answer.value.status})`
      : answer.detail;
    answers.push(words);
  }
  return failed("absent", answers.join("; "));
}

/** Undefined: this is no answer to `/cluster`. */
function membersIn(body: string): readonly Member[] | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), clusterSchema), body);
  if (!parsed.success) return undefined;
  return parsed.output.members.map((member) => {
    const { name, role, state, timeline, lag, pending_restart: pending } = member;
    return {
      name,
      role,
      state,
      timeline: typeof timeline === "number" ? timeline : undefined,
      lagBytes: typeof lag === "number" ? lag : undefined,
      isRestartPending: pending === true,
    };
  });
}

/** The host of the leader; undefined where there is none, or no Patroni yet. */
export async function leaderHost(world: World, ports: Ports): Promise<Host | undefined> {
  const told = await patroniMembers(world, ports);
  const name = told.ok ? told.value.members.find(isLeader)?.name : undefined;
  return world.cluster.hosts.find((host) => host.name === name);
}
