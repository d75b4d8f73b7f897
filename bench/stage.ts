/**
 * The stage on which the candidates appear: two database hosts, a client, a real Consul, and the
 * observers, which look from outside and are the same for all.
 *
 * One candidate at a time: `enter` starts it on both hosts with the key already naming the first,
 * and waits until the client is served; `leave` ends it and removes all that it left behind, so that
 * nobody inherits an address, a guard or a warm neighbour entry.
 */
import { type LabAgent, memberOf, type Settings } from "../lab/agent.ts";
import { Client } from "../lab/client.ts";
import { monotonicMs, sleepMs, waitUntil } from "../lab/clock.ts";
import { attempt, run } from "../lab/command.ts";
import type { Journal } from "../lab/journal.ts";
import { type Lab, createLab } from "../lab/lab.ts";
import { addressesOf, inHost, INTERFACE, VIP } from "../lab/network.ts";
import type { LabProcess } from "../lab/process.ts";
import type { AddressEvent, Announcement, GuardEvent } from "../lab/watch.ts";
import type { Candidate } from "./candidates.ts";
import { type Packet, type PacketWatch, watchConsulAnswers, watchResets } from "./packets.ts";

export type Host = "db1" | "db2";

export const hosts: readonly Host[] = ["db1", "db2"];

/** A peer may need many seconds after a start; one that needs longer is broken. */
const enterDeadlineMs = 30_000;

/** A daemon that polls does so from its start on: two in step would look better than they are. */
const startApartMinMs = 500;
const startApartMaxMs = 1_500;

const leaveDeadlineMs = 3_000;

export type HostView = {
  readonly addresses: Journal<AddressEvent>;
  readonly guard: Journal<GuardEvent>;
};

export type Cast = {
  readonly candidate: Candidate;
  readonly agents: Readonly<Record<Host, LabAgent>>;
  readonly client: Client;
  /** Whom the key names now. */
  leader: Host;
};

type Observers = {
  readonly views: Readonly<Record<Host, HostView>>;
  readonly announcements: Journal<Announcement>;
  readonly consulAnswers: PacketWatch;
  readonly resets: PacketWatch;
};

export class Stage {
  readonly lab: Lab;
  readonly views: Readonly<Record<Host, HostView>>;
  /** As the client hears them. */
  readonly announcements: Journal<Announcement>;
  readonly resets: Journal<Packet>;
  /** As they leave Consul's host. */
  readonly consulAnswers: Journal<Packet>;
  readonly #observers: Observers;
  readonly #servers: Map<Host, LabProcess>;

  private constructor(lab: Lab, servers: Map<Host, LabProcess>, observers: Observers) {
    this.lab = lab;
    this.#servers = servers;
    this.views = observers.views;
    this.announcements = observers.announcements;
    this.resets = observers.resets.packets;
    this.consulAnswers = observers.consulAnswers.packets;
    this.#observers = observers;
  }

  static async open(): Promise<Stage> {
    const lab = await createLab({ hosts: ["dcs", ...hosts, "client"], consul: true });
    try {
      const servers = new Map<Host, LabProcess>();
      for (const host of hosts) servers.set(host, await lab.startServer(host));
      const { events: announcements } = await lab.watchAnnouncements("client");
      return new Stage(lab, servers, {
        views: { db1: await viewOf(lab, "db1"), db2: await viewOf(lab, "db2") },
        announcements,
        consulAnswers: await watchConsulAnswers(),
        resets: await watchResets(),
      });
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  /** Ends the "PostgreSQL" of a host, as Patroni does before it gives its key away. */
  async stopServer(host: Host): Promise<void> {
    await this.#servers.get(host)?.kill();
    this.#servers.delete(host);
  }

  /** Starts it where it is not running. */
  async startServer(host: Host): Promise<void> {
    if (!this.#servers.has(host)) this.#servers.set(host, await this.lab.startServer(host));
  }

  /** `settingsOf` adds to the configuration of vip-agent; a peer has its own. */
  async enter(
    candidate: Candidate,
    settingsOf: (host: Host) => Settings = () => ({}),
  ): Promise<Cast> {
    const { leaderKey } = this.lab;
    await leaderKey.remove();
    await leaderKey.acquire(memberOf("db1"));
    const agents = {
      db1: await this.#start(candidate, "db1", settingsOf("db1")),
      db2: await this.#start(candidate, "db2", settingsOf("db2")),
    };
    const what = `${candidate.name} on db1 with the VIP`;
    await waitUntil(what, () => isHeldOn("db1"), { timeoutMs: enterDeadlineMs, everyMs: 50 });
    const client = new Client();
    await client.answerFrom("db1", { timeoutMs: enterDeadlineMs });
    return { candidate, agents, client, leader: "db1" };
  }

  async leave({ agents, client }: Pick<Cast, "agents" | "client">): Promise<void> {
    await client.close();
    await Promise.all(hosts.map((host) => end(agents[host])));
    await this.lab.leaderKey.remove();
    for (const host of hosts) {
      for (const address of await addressesOf(host)) {
        if (!address.startsWith(`${VIP}/`)) continue;
        await run([...inHost(host), "ip", "address", "delete", address, "dev", INTERFACE]);
      }
      await attempt([...inHost(host), "nft", "flush", "ruleset"]);
    }
    await run([...inHost("client"), "ip", "neighbour", "flush", "dev", INTERFACE]);
  }

  async close(): Promise<void> {
    await this.#observers.consulAnswers.close();
    await this.#observers.resets.close();
    await this.lab.close();
  }

  async #start({ command }: Candidate, host: Host, settings: Settings): Promise<LabAgent> {
    const how = command === undefined ? { settings } : { command };
    const agent = await this.lab.startAgent({ host, ...how });
    // Hosts do not start at the same moment, nor share their processors as they do here.
    await sleepMs(startApartMinMs + Math.random() * (startApartMaxMs - startApartMinMs));
    return agent;
  }
}

async function viewOf(lab: Lab, host: Host): Promise<HostView> {
  const { events: addresses } = await lab.watchAddresses(host, [VIP]);
  const { events: guard } = await lab.watchGuard(host);
  return { addresses, guard };
}

async function isHeldOn(host: Host): Promise<boolean> {
  return (await addressesOf(host)).some((address) => address.startsWith(`${VIP}/`));
}

/** Asked first; a daemon that does not listen is killed, and its VIP removed by `leave`. */
async function end({ process }: LabAgent): Promise<void> {
  process.signal("SIGTERM");
  const giveUpAtMs = monotonicMs() + leaveDeadlineMs;
  await waitUntil("end", () => !process.isRunning || monotonicMs() > giveUpAtMs, {
    timeoutMs: leaveDeadlineMs * 2,
  });
  if (process.isRunning) await process.kill();
}
