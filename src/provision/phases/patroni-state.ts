/**
 * Who leads, who follows: the members of the Patroni cluster, as one of them tells.
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
};

const clusterSchema = v.object({
  members: v.array(
    v.object({
      name: v.string(),
      role: v.string(),
      state: v.string(),
      timeline: v.optional(v.number()),
      lag: v.optional(v.union([v.number(), v.string()])),
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

/** By the first host that answers; `absent` where nobody does. */
export async function patroniMembers(
  world: World,
  ports: Ports,
): Promise<Outcome<readonly Member[], "absent">> {
  const answers: string[] = [];
  for (const host of databaseHosts(world.cluster)) {
    const members = await membersBy(host, ports);
    if (members.ok) return members;
    answers.push(members.detail);
  }
  return failed("absent", answers.join("; "));
}

async function membersBy(host: Host, ports: Ports): Promise<Outcome<readonly Member[], "absent">> {
  const answer = await ports.patroni(host, "/cluster");
  if (!answer.ok) return failed("absent", answer.detail);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), clusterSchema), answer.value.body);
  if (!parsed.success) return failed("absent", `Patroni of ${host.name} has no /cluster`);
  return done(
    parsed.output.members.map(({ name, role, state, timeline, lag }) => {
      return { name, role, state, timeline, lagBytes: typeof lag === "number" ? lag : undefined };
    }),
  );
}

/** The host of the leader; undefined where there is none, or no Patroni yet. */
export async function leaderHost(world: World, ports: Ports): Promise<Host | undefined> {
  const members = await patroniMembers(world, ports);
  const name = members.ok ? members.value.find(isLeader)?.name : undefined;
  return world.cluster.hosts.find((host) => host.name === name);
}
