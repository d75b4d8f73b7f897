/**
 * The members of a Patroni cluster, read from its folder in Consul as Patroni writes it.
 *
 * Everything that Patroni leaves out, or writes in a way that is not known here, is shown as
 * unknown: one odd member must not hide the others. How far a replica is behind is reckoned as
 * Patroni's own tools do it, from what the members wrote in their last loop.
 */
import * as v from "valibot";
import { configKeyOf, parseConfig } from "../../agent/sources/cluster-config.ts";
import type { FolderEntry } from "../../clients/consul-members.ts";

export type Member = {
  readonly name: string;
  readonly host: string | null;
  readonly role: string | null;
  readonly state: string | null;
  readonly timeline: number | null;
  /** How far it is behind the leader; null for the leader, and where it is not known. */
  readonly lagBytes: number | null;
  readonly isLeader: boolean;
};

export type ClusterMembers = {
  /** Who the leader key names; null where there is none. */
  readonly leader: string | null;
  /** Whether a session locks that key. */
  readonly isLocked: boolean;
  readonly isPaused: boolean;
  readonly hasFailsafe: boolean;
  readonly isStandby: boolean;
  /** By name. */
  readonly members: readonly Member[];
};

/** The folder of the cluster, with its slash; undefined where the leader key has another name. */
export function folderOf(leaderKey: string): string | undefined {
  return configKeyOf(leaderKey)?.slice(0, -"config".length);
}

export function readMembers(folder: string, entries: readonly FolderEntry[]): ClusterMembers {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const leaderEntry = byKey.get(`${folder}leader`);
  const leader = leaderEntry?.value ?? null;
  const config = parseConfig(byKey.get(`${folder}config`)?.value ?? "");
  const written = entries
    .filter(({ key }) => key.startsWith(`${folder}members/`))
    .map(({ key, value }) => ({ name: key.slice(`${folder}members/`.length), ...parse(value) }));
  const newest = Math.max(
    readPosition(byKey.get(`${folder}status`)?.value),
    ...written.filter(({ name }) => name === leader).map(({ position }) => position ?? 0),
  );
  const members = written.map(({ position, ...member }) => {
    const isLeader = member.name === leader;
    const isMeasured = !isLeader && position !== undefined && newest > 0;
    return { ...member, lagBytes: isMeasured ? Math.max(0, newest - position) : null, isLeader };
  });
  return {
    leader,
    isLocked: leaderEntry?.session !== undefined,
    ...(config?.mode ?? { isPaused: false, hasFailsafe: false, isStandby: false }),
    members: members.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const word = v.fallback(v.optional(v.string()), undefined);
const count = v.fallback(v.optional(v.number()), undefined);

/** Of what Patroni writes, what is shown (patroni/ha.py, touch_member). */
const memberSchema = v.object({
  conn_url: word,
  role: word,
  state: word,
  timeline: count,
  xlog_location: count,
});

function parse(text: string) {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), memberSchema), text);
  const said: Partial<v.InferOutput<typeof memberSchema>> = parsed.success ? parsed.output : {};
  return {
    host: hostIn(said.conn_url),
    role: said.role ?? null,
    state: said.state ?? null,
    timeline: said.timeline ?? null,
    position: said.xlog_location,
  };
}

/** An IPv6 address comes without its brackets. */
function hostIn(url: string | undefined): string | null {
  if (url === undefined || !URL.canParse(url)) return null;
  return new URL(url).hostname.replace(/^\[|\]$/gu, "") || null;
}

const positionSchema = v.pipe(v.string(), v.parseJson(), v.object({ optime: v.number() }));

function readPosition(text: string | undefined): number {
  const parsed = v.safeParse(positionSchema, text);
  return parsed.success ? parsed.output.optime : 0;
}
