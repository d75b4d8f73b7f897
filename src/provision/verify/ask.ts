/**
 * Everything that verify looks at, asked at once.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";

import { type Outcome, done, failed } from "../../outcome.ts";
import type { Host } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";
import { askForwarded } from "../executor/forwarded-http.ts";
import {
  type Member,
  type MembersTold,
  isFarBehind,
  isLeader,
  isOnOtherTimeline,
  patroniMembers,
} from "../phases/patroni-state.ts";
import type { Ports } from "../phases/ports.ts";
import type { World } from "../phases/world.ts";
import { askConsul } from "./ask-consul.ts";
import { hostScript, parseHost } from "./host-script.ts";
import type { HostSight, MetricsSight, PatroniSights, Sights } from "./sights.ts";

const hostDeadlineMs = 30_000;

/** A member tells its position once per loop, and a look into the keys takes a moment. */
const tellSlackMs = 2_000;
const lookEveryMs = 1_000;

/** Metrics of an agent are some ten kilobytes. */
const maxBodyBytes = 4_000_000;

/** Never rejects. */
export async function askEverything(world: World, ports: Ports): Promise<Sights> {
  const { cluster } = world;
  const [hosts, metrics, consul, patroni] = await Promise.all([
    byName(cluster.hosts, (host) => askHost(world, ports, host)),
    byName(databaseHosts(cluster), (host) => askMetrics(world, ports, host)),
    askConsul(world, ports),
    askPatroni(world, ports),
  ]);
  return { hosts, metrics, consul, patroni };
}

async function byName<T>(
  hosts: readonly Host[],
  ask: (host: Host) => Promise<Outcome<T>>,
): Promise<ReadonlyMap<string, Outcome<T>>> {
  return new Map(
    await Promise.all(hosts.map(async (host) => [host.name, await ask(host)] as const)),
  );
}

async function askHost(world: World, ports: Ports, host: Host): Promise<Outcome<HostSight>> {
  const options = { stdin: hostScript(world, host), deadlineMs: hostDeadlineMs };
  const answer = await ports.executor(host).ask(["sh", "-s"], options);
  if (!answer.ok) return answer;
  const sight = parseHost(answer.value.stdout);
  return sight === undefined ? failed("failed", "the answer was cut off") : done(sight);
}

async function askMetrics(
  { cluster: { agent } }: World,
  ports: Ports,
  host: Host,
): Promise<Outcome<MetricsSight>> {
  const address = agent.metricsAddress === "host" ? host.address : "127.0.0.1";
  const executor = ports.executor(host);
  const place = { executor, address, port: agent.metricsPort, maxBodyBytes };
  const answer = await askForwarded(place, { method: "GET", path: "/metrics" });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  return done({ status, isAgent: body.includes("vipagent_build_info") });
}

async function askPatroni(world: World, ports: Ports): Promise<PatroniSights> {
  const told = await settledMembers(world, ports);
  if (!told.ok) return { members: told, config: told };
  const { host, members } = told.value;
  return { members: done(members), config: await askConfig(ports, host) };
}

/**
 * Each member tells of itself once per loop, and the loops are not in step: after a large write the
 * leader is seen ahead of replicas that have it all, and after a fail-over on a timeline of its own. So
 * what a member seems to lack counts only if it still does when every member has told once more.
 */
async function settledMembers(world: World, ports: Ports): Promise<Outcome<MembersTold, "absent">> {
  const { loopWaitS, maximumLagBytes } = world.cluster.patroni;
  const looks = Math.ceil((loopWaitS * 1_000 + tellSlackMs) / lookEveryMs);
  for (let look = 0; ; look += 1) {
    const told = await patroniMembers(world, ports);
    if (!told.ok || hasSettled(told.value.members, maximumLagBytes) || look >= looks) return told;
    await sleep(lookEveryMs);
  }
}

function hasSettled(members: readonly Member[], maximumLagBytes: number): boolean {
  const leader = members.find(isLeader);
  // Nothing to settle on.
  if (leader === undefined) return true;
  return !members.some((member) => {
    const isStarting = !isLeader(member) && member.state === "running";
    const isElsewhere = isOnOtherTimeline(member, leader);
    return isStarting || isElsewhere || isFarBehind(member, maximumLagBytes);
  });
}

async function askConfig(ports: Ports, host: Host): Promise<Outcome<unknown>> {
  const answer = await ports.patroni(host, "/config");
  if (!answer.ok) return answer;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), answer.value.body);
  if (parsed.success && answer.value.status === 200) return done(parsed.output);
  return failed("refused", `Patroni of ${host.name} answered ${answer.value.status} to /config`);
}
