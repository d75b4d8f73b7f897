/**
 * One candidate at work on all three database hosts, and the client that writes through its VIP.
 *
 * Only one candidate is there at a time: `enter` starts it everywhere and waits until its VIP is served,
 * `leave` ends it and removes what it left behind, so that nobody inherits an address, a guard or a warm
 * neighbour entry. vip-agent runs as docs/patroni.md shows it, with a token of its own that can only
 * read.
 */
import type { LabAgent } from "../../lab/agent.ts";
import { sleepMs, waitUntil } from "../../lab/clock.ts";
import { attempt, run } from "../../lab/command.ts";
import { DATABASE_HOSTS } from "../../lab/consul-cluster.ts";
import { addressesOf, inHost, INTERFACE, VIP, type HostName } from "../../lab/network.ts";
import type { LabProcess } from "../../lab/process.ts";
import type { Writer } from "../../lab/patroni/writer.ts";
import type { Random } from "../../test/sim/random.ts";
import type { Candidate } from "../candidates.ts";
import type { Moment } from "./story.ts";
import { callbacksFolderOf, type Scene } from "./scene.ts";

/** A peer may need many seconds after a start; one that needs longer is broken. */
const enterDeadlineMs = 30_000;

/** A daemon that polls does so from its start on: three in step would look better than they are. */
const startApartMaxMs = 1_000;

const leaveDeadlineMs = 3_000;

const lastLines = 5;

/** What the lab would write, and what the setting `patroni` is there for. */
const shownByPatroniYml = {
  "trigger-key": undefined,
  "trigger-value": undefined,
  "dcs-type": undefined,
  "dcs-endpoints": undefined,
};

export class Cast {
  readonly candidate: Candidate;
  readonly writer: Writer;
  readonly #agents: readonly LabAgent[];

  private constructor(candidate: Candidate, agents: readonly LabAgent[], writer: Writer) {
    this.candidate = candidate;
    this.#agents = agents;
    this.writer = writer;
  }

  static async enter(scene: Scene, candidate: Candidate, random: Random): Promise<Cast> {
    const leader = await scene.cluster.leader();
    const delays = DATABASE_HOSTS.map(() => random.between(0, startApartMaxMs));
    const agents = await Promise.all(
      DATABASE_HOSTS.map(async (host, index) => {
        await sleepMs(delays[index] ?? 0);
        return await startAgent(scene, candidate, host);
      }),
    );
    const isHeld = async (): Promise<boolean> => {
      const ended = agents.find(({ process }) => !process.isRunning);
      if (ended !== undefined)
        throw new Error(`${candidate.name} ended: ${lastWordsOf(ended.process)}`);
      return isOnly(await scene.holders(), leader.host);
    };
    const patience = { timeoutMs: enterDeadlineMs, everyMs: 50 };
    await waitUntil(`${candidate.name} with the VIP on ${leader.host}`, isHeld, patience);
    const writer = scene.lab.startWriter({ route: "vip" });
    await writer.commit(leader.host, { timeoutMs: enterDeadlineMs });
    return new Cast(candidate, agents, writer);
  }

  /** What vip-agent logged, on all hosts. */
  logged(): readonly Moment[] {
    return this.#agents.flatMap(({ host, events }) => {
      return events.entries.map(({ atMs, event, reason = "" }) => {
        return { atMs, text: `${host} ${event} ${reason}`.trim() };
      });
    });
  }

  async leave(): Promise<void> {
    await this.writer.close();
    await Promise.all(this.#agents.map(end));
    await Promise.all(DATABASE_HOSTS.map(cleanUp));
    await run([...inHost("client"), "ip", "neighbour", "flush", "dev", INTERFACE]);
  }
}

export function isOnly(holders: readonly HostName[], host: HostName): boolean {
  return holders.length === 1 && holders[0] === host;
}

async function startAgent(scene: Scene, candidate: Candidate, host: HostName): Promise<LabAgent> {
  const { command, source } = candidate;
  if (command !== undefined) {
    const filledIn = command.replaceAll("{config}", scene.peerConfigFile);
    return await scene.lab.startAgent({ host, command: filledIn });
  }
  const settings = {
    ...shownByPatroniYml,
    patroni: scene.cluster.node(host).configFile,
    callbacks: callbacksFolderOf(host),
    ...(source === undefined ? { "consul-token-file": scene.tokenFile } : { source }),
  };
  return await scene.lab.startAgent({ host, settings });
}

/** Asked first; vip-manager does not listen to a SIGTERM, and its VIP is removed afterwards. */
async function end({ process }: LabAgent): Promise<void> {
  process.signal("SIGTERM");
  const isEnded = (): boolean => !process.isRunning;
  await waitUntil("end", isEnded, { timeoutMs: leaveDeadlineMs }).catch(() => undefined);
  if (process.isRunning) await process.kill();
}

async function cleanUp(host: HostName): Promise<void> {
  const left = (await addressesOf(host)).filter((address) => address.startsWith(`${VIP}/`));
  for (const address of left) {
    await run([...inHost(host), "ip", "address", "delete", address, "dev", INTERFACE]);
  }
  await attempt([...inHost(host), "nft", "flush", "ruleset"]);
}

/** Of a process that should not have ended. */
export function lastWordsOf({ lines }: LabProcess): string {
  return lines.entries
    .slice(-lastLines)
    .map(({ text }) => text)
    .join(" / ");
}
