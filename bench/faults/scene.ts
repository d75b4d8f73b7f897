/**
 * One lab for one run: a candidate on both database hosts, holding on the first, and a client whose
 * probes are answered.
 *
 * A lab of its own for each run costs some seconds, and nobody inherits an address, a guard, a session
 * or a warm neighbour entry from the run before. Patroni's timings 30/10/10 are written where Patroni
 * keeps them; the harness keeps the sessions alive as Patroni would.
 */
import { LabAgent, memberOf } from "../../lab/agent.ts";
import { monotonicMs, sleepMs, waitUntil } from "../../lab/clock.ts";
import { run } from "../../lab/command.ts";
import { CONSUL_CLUSTER_HOSTS } from "../../lab/consul-cluster.ts";
import { createToken, type ConsulToken } from "../../lab/consul-node.ts";
import { type Lab, createLab } from "../../lab/lab.ts";
import { addressesOf, inHost, INTERFACE, VIP } from "../../lab/network.ts";
import type { AddressEvent } from "../../lab/watch.ts";
import type { Journal } from "../../lab/journal.ts";
import type { Candidate } from "../candidates.ts";
import { type Door, openDoor } from "./door.ts";
import { figuresOf, type Figures, type Leadership } from "./figures.ts";
import { callTimeoutMs, Probes } from "./probes.ts";

export type Host = "db1" | "db2";

export const hosts: readonly Host[] = ["db1", "db2"];

export type Note = { readonly what: string; readonly valueMs: number };

type LoggedEvent = { readonly atMs: number; readonly host: Host; readonly text: string };

type Agents = Readonly<Record<Host, LabAgent>>;
type Addresses = Readonly<Record<Host, Journal<AddressEvent>>>;

/** Who plays, and what its agents are told. */
type Cast = {
  readonly lab: Lab;
  readonly candidate: Candidate;
  readonly fault: Staging;
  readonly endpoints: readonly string[];
  readonly token: ConsulToken | undefined;
};

const patroniTimings = { ttl: 30, loop_wait: 10, retry_timeout: 10 };

/** A peer may need many seconds after a start; one that needs longer is broken. */
const enterDeadlineMs = 30_000;

/** The bind's own announcements are over; then a random part, so that no phase of a daemon is met always. */
const settleMs = 2_500;
const phaseMs = 3_200;

const tokenRules = 'key_prefix "db/test/" { policy = "read" }';

/** What a fault wants of its lab. */
export type Staging = {
  /** For `--only`, and for docs/failure-modes.md. */
  readonly id: string;
  /**
   * lone: one server, asked directly; cluster: three servers and a client agent on each host; token:
   * one server that denies by default; door: one server behind a door; door-first: the door is the
   * first of two endpoints.
   */
  readonly consul?: "lone" | "cluster" | "token" | "door" | "door-first";
  /** Of vip-agent; left out, it runs with its defaults. */
  readonly settings?: Readonly<Record<string, unknown>>;
};

export class Scene {
  readonly door: Door | undefined;
  readonly probes = new Probes();
  readonly notes: Note[] = [];
  agents: Agents;
  readonly #cast: Cast;
  readonly #addresses: Addresses;
  readonly #leaders: Leadership[] = [{ atMs: -Infinity, host: "db1" }];
  readonly #log: LoggedEvent[] = [];
  #faultAtMs: number | undefined;

  private constructor(cast: Cast, addresses: Addresses, door: Door | undefined, agents: Agents) {
    this.#cast = cast;
    this.#addresses = addresses;
    this.door = door;
    this.agents = agents;
    for (const host of hosts) this.#listen(host);
  }

  static async open(candidate: Candidate, fault: Staging): Promise<Scene> {
    const { consul = "lone" } = fault;
    const lab = await createLab(
      consul === "cluster"
        ? { hosts: CONSUL_CLUSTER_HOSTS, consulCluster: true }
        : { hosts: ["dcs", ...hosts, "client"], consul: { acl: consul === "token" } },
    );
    let door: Door | undefined;
    try {
      await lab.leaderKey.writeSibling("config", patroniTimings);
      await lab.leaderKey.acquire(memberOf("db1"));
      for (const host of hosts) await lab.startServer(host);
      const addresses = { db1: await viewOf(lab, "db1"), db2: await viewOf(lab, "db2") };
      if (consul === "door" || consul === "door-first") door = await openDoor(lab.consul.endpoint);
      const own = consul === "cluster" ? lab.consulCluster.endpoint : lab.consul.endpoint;
      const second = consul === "door-first" ? [own] : [];
      const endpoints = door === undefined ? [own] : [door.endpoint, ...second];
      const token = consul === "token" ? await createToken(lab.consul, tokenRules) : undefined;
      const cast = { lab, candidate, fault, endpoints, token };
      const agents = { db1: await startAgent(cast, "db1"), db2: await startAgent(cast, "db2") };
      const scene = new Scene(cast, addresses, door, agents);
      await scene.#settle();
      return scene;
    } catch (error) {
      await door?.close();
      await lab.close().catch(() => undefined);
      throw error;
    }
  }

  get lab(): Lab {
    return this.#cast.lab;
  }

  get candidate(): Candidate {
    return this.#cast.candidate;
  }

  get fault(): Staging {
    return this.#cast.fault;
  }

  get token(): ConsulToken | undefined {
    return this.#cast.token;
  }

  /** From now on whatever is lost counts. */
  strike(): void {
    this.#faultAtMs = monotonicMs();
  }

  get faultAtMs(): number {
    if (this.#faultAtMs === undefined) throw new Error(`${this.fault.id} never struck`);
    return this.#faultAtMs;
  }

  sinceFaultMs(): number {
    return monotonicMs() - this.faultAtMs;
  }

  /** A figure that only this fault has; it goes into the results. */
  note(what: string, valueMs: number): void {
    this.notes.push({ what, valueMs });
  }

  /** What the agents of both hosts logged since the fault, each kind of line once, in order. */
  get log(): readonly string[] {
    const lines = this.#log
      .filter(({ atMs }) => atMs >= this.faultAtMs)
      .map(({ host, text }) => `${host} ${text}`);
    return [...new Set(lines)];
  }

  /** Waits until so long after the fault. */
  async after(durationMs: number): Promise<void> {
    await sleepMs(Math.max(0, this.faultAtMs + durationMs - monotonicMs()));
  }

  /** The key names another host from now on; with the gap of an ordinary switchover. */
  async lead(host: Host): Promise<void> {
    const { acquired } = await this.lab.leaderKey.move(memberOf(host));
    this.#leaders.push({ atMs: acquired.answeredAtMs, host });
  }

  async restart(host: Host): Promise<void> {
    const agent = await startAgent(this.#cast, host);
    this.agents = { ...this.agents, [host]: agent };
    this.note(`new process on ${host} after`, agent.process.startedAtMs - this.faultAtMs);
    this.#listen(host);
  }

  async ip(host: Host, command: string): Promise<string> {
    return await run([...inHost(host), "ip", ...command.split(" ")]);
  }

  /** The VIP as the kernel of the host lists it, with its prefixes. */
  async vipsOf(host: Host): Promise<readonly string[]> {
    return (await addressesOf(host)).filter((address) => address.startsWith(`${VIP}/`));
  }

  async removeVip(host: Host): Promise<readonly string[]> {
    const vips = await this.vipsOf(host);
    for (const vip of vips) await this.ip(host, `address delete ${vip} dev ${INTERFACE}`);
    return vips;
  }

  /** What happened in the span; every call that began in it has ended, or is given up. */
  async figures(fromMs: number, toMs: number): Promise<Figures> {
    await sleepMs(Math.max(0, toMs + callTimeoutMs + 200 - monotonicMs()));
    const changes = hosts.map(async (host) => {
      return (await this.#addresses[host].upToNow()).map((event) => ({ ...event, host }));
    });
    return figuresOf({
      faultAtMs: fromMs,
      endMs: toMs,
      echoes: this.probes.echoes,
      calls: this.probes.calls.entries,
      changes: (await Promise.all(changes)).flat(),
      leaders: this.#leaders,
      heard: this.probes.heard.entries,
    });
  }

  async close(): Promise<void> {
    await this.probes.close();
    await this.door?.close();
    await this.lab.close();
  }

  #listen(host: Host): void {
    this.agents[host].events.onEach(({ atMs, event, reason }) => {
      this.#log.push({ atMs, host, text: reason === undefined ? event : `${event} ${reason}` });
    });
  }

  async #settle(): Promise<void> {
    const what = `${this.candidate.name} on db1 with the VIP, and its client served`;
    const patience = { timeoutMs: enterDeadlineMs, everyMs: 50 };
    await waitUntil(what, async () => (await this.vipsOf("db1")).length > 0, patience);
    await this.probes.calls.next(what, ({ host }) => host === "db1", patience);
    await this.probes.heard.next("greeting", ({ heard }) => heard === "greeted", patience);
    await sleepMs(settleMs + Math.random() * phaseMs);
  }
}

/** Both take the token from the same variable; the peer's template names its endpoints. */
async function startAgent(cast: Cast, host: Host): Promise<LabAgent> {
  const { lab, candidate, fault, endpoints, token } = cast;
  const env = token === undefined ? {} : { VIP_CONSUL_TOKEN: token.secret };
  if (candidate.command !== undefined) {
    const command = candidate.command.replaceAll("{consul}", endpoints.join(","));
    return await lab.startAgent({ host, command, env });
  }
  const settings = { "dcs-endpoints": endpoints, ...fault.settings };
  return await lab.startAgent({ host, settings, env });
}

async function viewOf(lab: Lab, host: Host): Promise<Journal<AddressEvent>> {
  return (await lab.watchAddresses(host, [VIP])).events;
}
