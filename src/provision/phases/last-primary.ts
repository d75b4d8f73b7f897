/**
 * Which of some hosts with data has the newest, where nobody leads: the one that was the last primary.
 *
 * A cluster that was taken down as a whole must not begin with any of its members. Replicas are stopped
 * before the primary, so they lack what it has written last, and Patroni would take one of them that is
 * started alone for good enough. PostgreSQL's control file knows: the timeline first, then whether it
 * was a primary, then how far it came.
 */
import type { Host } from "../cluster/cluster.ts";
import { dataFolder } from "../render/paths.ts";
import type { Ports } from "./ports.ts";
import { type World, layoutFor } from "./world.ts";

export type ControlFile = {
  readonly timeline: number;
  readonly wasPrimary: boolean;
  /** How far its WAL is known to reach. */
  readonly position: bigint;
};

/** Undefined: none of them has data. */
export async function lastPrimary(
  world: World,
  ports: Ports,
  hosts: readonly Host[],
): Promise<Host | undefined> {
  const found = await Promise.all(
    hosts.map(async (host) => ({ host, control: await controlOf(world, ports, host) })),
  );
  const [newest] = found
    .flatMap(({ host, control }) => (control === undefined ? [] : [{ host, control }]))
    .toSorted((a, b) => compare(b.control, a.control));
  return newest?.host;
}

async function controlOf(world: World, ports: Ports, host: Host): Promise<ControlFile | undefined> {
  const program = `${layoutFor(world, host).binFolder}/pg_controldata`;
  const answer = await ports.executor(host).ask([program, dataFolder(world.cluster)]);
  return answer.ok && answer.value.exitCode === 0
    ? parseControlFile(answer.value.stdout)
    : undefined;
}

const primaryStates = ["in production", "shutting down", "shut down"];

export function parseControlFile(text: string): ControlFile | undefined {
  const words = new Map(
    text.split("\n").map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    }),
  );
  const timelines = ["Latest checkpoint's TimeLineID", "Min recovery ending loc's timeline"];
  const positions = ["Latest checkpoint location", "Minimum recovery ending location"];
  const known = positions.flatMap((word) => positionOf(words.get(word)) ?? []);
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  return {
    timeline: Math.max(...timelines.map((word) => Number(words.get(word) ?? "0"))),
    wasPrimary: primaryStates.includes(words.get("Database cluster state") ?? ""),
    position: others.reduce((a, b) => (b > a ? b : a), first),
  };
}

/** `0/3000028` */
function positionOf(text: string | undefined): bigint | undefined {
  const [, high, low] = /^([0-9A-F]+)\/([0-9A-F]+)$/u.exec(text ?? "") ?? [];
  if (high === undefined || low === undefined) return undefined;
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

function compare(a: ControlFile, b: ControlFile): number {
  const byState = Number(a.wasPrimary) - Number(b.wasPrimary);
  const byPosition = a.position < b.position ? -1 : Number(a.position > b.position);
  return a.timeline - b.timeline || byState || byPosition;
}
