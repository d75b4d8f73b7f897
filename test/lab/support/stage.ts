/**
 * One lab for a whole file, cleared between its tests.
 *
 * Network and Consul take seconds to build, a test often less, so the tests of a file share them.
 * What they must not share is anything that an agent could leave: after each test every agent is
 * killed, the VIPs, guards and kernel settings are removed and the key is deleted. The next test
 * starts on hosts on which no agent has ever been.
 */
import { after, afterEach, before, type SuiteContext, type TestContext } from "node:test";

import type { AgentEvent, LabAgent } from "../../../lab/agent.ts";
import type { ClientOptions, Client } from "../../../lab/client.ts";
import { run } from "../../../lab/command.ts";
import type { ConsulOptions } from "../../../lab/consul.ts";
import type { Happening, Journal, Patience } from "../../../lab/journal.ts";
import { createLab, type Lab } from "../../../lab/lab.ts";
import { inHost, INTERFACE, VIP, VIP6, type HostName } from "../../../lab/network.ts";
import type { LabProcess } from "../../../lab/process.ts";
import type { AddressEvent, Announcement, NeighbourEvent, Watch } from "../../../lab/watch.ts";
import { PingProbe } from "./ping-probe.ts";

// Wide enough for a machine that is busy with everything else: a test that waits this long for
// something has failed, and what it measures it prints.
export const WIDE_MS = 10_000;

const DATABASE_HOSTS: readonly HostName[] = ["db1", "db2", "db3"];

export type Settings = Readonly<Record<string, unknown>>;

export type Holder = { readonly agent: LabAgent; readonly addresses: Journal<AddressEvent> };

export class Stage {
  readonly lab: Lab;
  readonly #agents: LabAgent[] = [];
  readonly #closers: (() => Promise<unknown>)[] = [];

  private constructor(lab: Lab) {
    this.lab = lab;
  }

  // With a server on each database host, which greets whoever comes by the VIP.
  static async open(consul: boolean | ConsulOptions = true): Promise<Stage> {
    const lab = await createLab({ consul });
    await Promise.all(DATABASE_HOSTS.map((host) => lab.startServer(host)));
    return new Stage(lab);
  }

  async agent(host: HostName, settings: Settings = {}): Promise<LabAgent> {
    const agent = await this.lab.startAgent({ host, settings });
    this.#agents.push(agent);
    return agent;
  }

  // An agent that holds the VIP because the key names its member.
  async holder(host: HostName, settings: Settings = {}): Promise<Holder> {
    const addresses = await this.addresses(host);
    await this.lab.leaderKey.move(`test-${host}`);
    const agent = await this.agent(host, settings);
    await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    return { agent, addresses };
  }

  async addresses(host: HostName, vips?: readonly string[]): Promise<Journal<AddressEvent>> {
    return this.#own(await this.lab.watchAddresses(host, vips));
  }

  async announcements(host: HostName = "client"): Promise<Journal<Announcement>> {
    return this.#own(await this.lab.watchAnnouncements(host));
  }

  async neighbours(host: HostName = "client"): Promise<Journal<NeighbourEvent>> {
    return this.#own(await this.lab.watchNeighbours(host));
  }

  // Calls the VIP every 10 ms, as long as it answers.
  caller(options: ClientOptions = {}): Client {
    const client = this.lab.startClient({ pauseMs: 8, ...options });
    this.#closers.push(() => client.close());
    return client;
  }

  ping(address = VIP): PingProbe {
    const probe = new PingProbe(address);
    this.#closers.push(() => probe.close());
    return probe;
  }

  own(process: LabProcess): LabProcess {
    this.#closers.push(() => process.kill());
    return process;
  }

  // To be called after each test. Of a test that failed, it prints what the agents logged.
  async strike(test: TestContext | SuiteContext): Promise<void> {
    const hasFailed = "passed" in test && !test.passed;
    if (hasFailed) for (const line of this.#logs()) test.diagnostic(line);
    await this.#reviveConsul();
    for (const agent of this.#agents.splice(0)) await agent.kill();
    for (const close of this.#closers.splice(0)) await close();
    await Promise.all(DATABASE_HOSTS.map(clear));
    await run([...inHost("client"), "ip", "neighbour", "flush", "all"]);
    await this.lab.consul.call("kv/db/test/?recurse", { method: "DELETE" });
  }

  async close(): Promise<void> {
    await this.lab.close();
  }

  // A test that failed half way may have left it killed or frozen.
  async #reviveConsul(): Promise<void> {
    const { consul } = this.lab;
    consul.thaw();
    const isRunning = await consul.call("status/leader").catch(() => undefined);
    if (isRunning === undefined) await consul.start();
  }

  #logs(): readonly string[] {
    return this.#agents.flatMap(({ member, events, complaints }) => [
      ...events.entries.map(({ fields }) => `${member}: ${JSON.stringify(fields)}`),
      ...complaints.map((line) => `${member}: ${line}`),
    ]);
  }

  #own<E extends Happening>({ events, close }: Watch<E>): Journal<E> {
    this.#closers.push(close);
    return events;
  }
}

/**
 * Gives the suite in which it is called one stage: opened before the first test, cleared after each,
 * closed after the last.
 */
export function withStage(open: () => Promise<Pick<Stage, "strike" | "close">>): void {
  let stage: Pick<Stage, "strike" | "close"> | undefined;
  before(async () => {
    stage = await open();
  });
  afterEach(async (test) => {
    await stage?.strike(test);
  });
  after(async () => {
    await stage?.close();
  });
}

export async function ip(host: HostName, command: string): Promise<string> {
  return await run([...inHost(host), "ip", ...command.split(" ")]);
}

// Waits until the agent has come to this verdict for this reason.
export async function verdict(
  { events }: LabAgent,
  reason: string,
  patience: Patience = {},
): Promise<AgentEvent> {
  const matches = (seen: AgentEvent): boolean => seen.event === "verdict" && seen.reason === reason;
  return await events.next(`verdict ${reason}`, matches, { timeoutMs: WIDE_MS, ...patience });
}

// Every verdict so far, in order.
export function reasonsOf({ events }: LabAgent): readonly (string | undefined)[] {
  return events.entries.flatMap(({ event, reason }) => (event === "verdict" ? [reason] : []));
}

export function isAdded({ kind }: AddressEvent): boolean {
  return kind === "added";
}

export function isDeleted({ kind }: AddressEvent): boolean {
  return kind === "deleted";
}

/** Each removal of a VIP up to now. */
export async function deletionsOf(
  addresses: Journal<AddressEvent>,
  sinceMs?: number,
): Promise<readonly AddressEvent[]> {
  return (await addresses.upToNow(sinceMs)).filter(isDeleted);
}

export function isRefreshed({ kind }: AddressEvent): boolean {
  return kind === "refreshed";
}

export function ms(durationMs: number): string {
  return `${durationMs.toFixed(1)} ms`;
}

// All at once in one shell: it runs after every test. What is not there to be removed is no fault.
async function clear(host: HostName): Promise<void> {
  const script = `
    for address in $(ip -o address show dev ${INTERFACE} | awk '{ print $4 }'); do
      case $address in ${VIP}/*|${VIP6}/*) ip address delete $address dev ${INTERFACE} ;; esac
    done
    nft delete table inet vip_agent
    for name in all default ${INTERFACE}; do
      echo 0 > /proc/sys/net/ipv4/conf/$name/promote_secondaries
      echo 0 > /proc/sys/net/ipv6/conf/$name/ndisc_notify
    done
    exit 0`;
  await run([...inHost(host), "sh", "-c", script]);
}
