/**
 * A whole production in small for a file of tests: a Patroni cluster on three hosts with vip-agent
 * beside each Patroni as docs/patroni.md sets it up, and two clients, one through the VIP, one past it.
 *
 * It takes ten seconds to build, so the tests of a file share it. After each of them it is healed:
 * whatever was killed runs again, whatever was frozen or cut is free, and the next test begins when the
 * cluster is whole and the VIP is served.
 */
import { copyFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { after, afterEach, before, type SuiteContext, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import type { AgentEvent, LabAgent } from "../../../lab/agent.ts";
import { monotonicMs, sleepMs, waitUntil } from "../../../lab/clock.ts";
import {
  CONSUL_CLUSTER_HOSTS,
  CONSUL_SERVER_HOSTS,
  DATABASE_HOSTS,
} from "../../../lab/consul-cluster.ts";
import { cut, mendAll } from "../../../lab/cuts.ts";
import type { Journal, Patience } from "../../../lab/journal.ts";
import { createLab, type Lab } from "../../../lab/lab.ts";
import type { HostName } from "../../../lab/network.ts";
import type { PatroniCluster, PatroniOptions } from "../../../lab/patroni/cluster.ts";
import type { PatroniNode } from "../../../lab/patroni/node.ts";
import type { Callbacks } from "../../../lab/patroni/settings.ts";
import type { Writer } from "../../../lab/patroni/writer.ts";
import type { AddressEvent } from "../../../lab/watch.ts";
import { deletionsOf, isDeleted, WIDE_MS, type Settings } from "../support/stage.ts";

const CALLBACK = fileURLToPath(
  new URL("../../../packaging/callbacks/vip-agent-callback", import.meta.url),
);
/** A copy, since the user of PostgreSQL may not enter the folder that this repository lies in. */
const CALLBACK_COPY = `${tmpdir()}/vip-agent-callback`;
const TOKEN_FILE = `${tmpdir()}/agent.token`;
const LOG_LINES_SHOWN = 60;
/**
 * What a woken Patroni repairs is repaired sooner. A loop that was woken just before begins a new wait of
 * ten seconds, so that nothing is repaired by chance.
 */
export const NEXT_LOOP_MS = 9_000;
const PATIENCE = { timeoutMs: 60_000, everyMs: 50 };

export type StageOptions = Pick<PatroniOptions, "version" | "dynamic"> & {
  /** Of the agents, beside those that docs/patroni.md names. */
  readonly settings?: Settings;
};

export class PatroniStage {
  readonly lab: Lab;
  readonly cluster: PatroniCluster;
  readonly vip: Writer;
  readonly direct: Writer;
  #settings: Settings;
  readonly #agents = new Map<HostName, LabAgent>();
  readonly #addresses = new Map<HostName, Journal<AddressEvent>>();

  private constructor(lab: Lab, cluster: PatroniCluster, settings: Settings) {
    this.lab = lab;
    this.cluster = cluster;
    this.#settings = settings;
    this.direct = lab.startWriter({ route: "direct" });
    this.vip = lab.startWriter({ route: "vip" });
  }

  static async open({ settings = {}, ...options }: StageOptions = {}): Promise<PatroniStage> {
    const lab = await createLab({ hosts: CONSUL_CLUSTER_HOSTS, consulCluster: { acl: true } });
    try {
      await copyFile(CALLBACK, CALLBACK_COPY);
      const cluster = await lab.startPatroni({ ...options, callbacks: callbacksOf });
      await writeFile(TOKEN_FILE, cluster.agentToken, { mode: 0o600 });
      const stage = new PatroniStage(lab, cluster, settings);
      await Promise.all(DATABASE_HOSTS.map((host) => stage.startAgent(host)));
      await stage.vip.commit(undefined, { timeoutMs: PATIENCE.timeoutMs });
      return stage;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  agent(host: HostName): LabAgent {
    const found = this.#agents.get(host);
    if (found === undefined) throw new Error(`no agent runs on ${host}`);
    return found;
  }

  /** What the kernel of a host did to the VIP. */
  addresses(host: HostName): Journal<AddressEvent> {
    const found = this.#addresses.get(host);
    if (found === undefined) throw new Error(`nobody watches ${host}`);
    return found;
  }

  /** The first loss of the VIP by a host since then; undefined when it kept it. */
  async lossOf(host: HostName, sinceMs: number): Promise<AddressEvent | undefined> {
    const [first] = await deletionsOf(this.addresses(host), sinceMs);
    return first;
  }

  /** The same, waited for: the one who has it next need not wait for the one who had it. */
  async loss(host: HostName, sinceMs: number): Promise<AddressEvent> {
    const patience = { sinceMs, timeoutMs: WIDE_MS };
    return await this.addresses(host).next("loss", isDeleted, patience);
  }

  async verdict(host: HostName, reason: string, patience: Patience): Promise<AgentEvent> {
    const { events } = this.agent(host);
    const matches = (seen: AgentEvent): boolean =>
      seen.event === "verdict" && seen.reason === reason;
    return await events.next(`verdict ${reason}`, matches, patience);
  }

  /** Both clients have written since then, so an outage that began after it has ended. */
  async recovered(sinceMs: number, host?: HostName): Promise<number> {
    const patience = { sinceMs, timeoutMs: PATIENCE.timeoutMs };
    await Promise.all([this.direct.commit(host, patience), this.vip.commit(host, patience)]);
    return monotonicMs();
  }

  async freezeConsul(): Promise<number> {
    await Promise.all(CONSUL_SERVER_HOSTS.map((host) => this.lab.consulCluster.freeze(host)));
    return monotonicMs();
  }

  /** Nothing passes between a host and the Consul servers any more, whoever answers its pings. */
  async cutFromConsul(host: HostName): Promise<number> {
    for (const server of CONSUL_SERVER_HOSTS) await cut(host, server);
    return monotonicMs();
  }

  async setFailsafe(isOn: boolean): Promise<void> {
    await this.cluster.changeConfig({ failsafe_mode: isOn });
    // The agents have read it within milliseconds, and say nothing.
    await sleepMs(500);
  }

  thawConsul(): number {
    for (const host of CONSUL_SERVER_HOSTS) this.lab.consulCluster.thaw(host);
    return monotonicMs();
  }

  async strike(test: TestContext | SuiteContext): Promise<void> {
    if ("passed" in test && !test.passed) await this.#tell(test);
    this.thawConsul();
    await mendAll();
    for (const node of this.cluster.nodes) {
      if (node.isPatroniRunning) node.thawPatroni();
      else await node.start();
    }
    await this.lab.consulCluster.ready();
    await waitUntil("an answer of every Patroni", () => this.#doAllAnswer(), PATIENCE);
    await this.cluster.resume();
    const leader = await this.cluster.ready(PATIENCE.timeoutMs);
    await this.recovered(monotonicMs(), leader.host);
  }

  async close(): Promise<void> {
    await this.lab.close();
  }

  /** All agents anew, with other settings than those of this stage; the VIP is served when it is done. */
  async restartAgents(settings: Settings): Promise<void> {
    this.#settings = settings;
    await Promise.all([...this.#agents.values()].map((agent) => agent.term()));
    await Promise.all(DATABASE_HOSTS.map((host) => this.startAgent(host)));
    await this.recovered(monotonicMs());
  }

  /** Again on a host that was dead: all that ran in it is gone, who watched it included. */
  async startAgent(host: HostName): Promise<void> {
    const settings = {
      "trigger-key": undefined,
      "trigger-value": undefined,
      "dcs-type": undefined,
      "dcs-endpoints": undefined,
      patroni: this.cluster.node(host).configFile,
      "consul-token-file": TOKEN_FILE,
      callbacks: callbackFolderOf(host),
      ...this.#settings,
    };
    const { events } = await this.lab.watchAddresses(host);
    this.#addresses.set(host, events);
    this.#agents.set(host, await this.lab.startAgent({ host, settings }));
  }

  async #doAllAnswer(): Promise<boolean> {
    const answers = this.cluster.nodes.map((node) => node.status().catch(() => undefined));
    return (await Promise.all(answers)).every((answer) => answer !== undefined);
  }

  async #tell(test: TestContext | SuiteContext): Promise<void> {
    for (const { atMs, member, session } of this.cluster.key.events.entries.slice(-20)) {
      test.diagnostic(`key ${atMs.toFixed()} ${member ?? "missing"} ${session ?? ""}`);
    }
    for (const { member, events, complaints } of this.#agents.values()) {
      for (const { fields, atMs } of events.entries.slice(-LOG_LINES_SHOWN)) {
        test.diagnostic(`${member} ${atMs.toFixed()}: ${JSON.stringify(fields)}`);
      }
      for (const line of complaints) test.diagnostic(`${member}: ${line}`);
    }
    for (const node of this.cluster.nodes) {
      for (const line of await node.log(LOG_LINES_SHOWN))
        test.diagnostic(`Patroni on ${node.host}: ${line}`);
    }
  }
}

/**
 * Gives the suite in which it is called one stage: opened before the first test, healed after each,
 * closed after the last.
 */
export function withPatroni(options: StageOptions, use: (stage: PatroniStage) => void): void {
  let stage: PatroniStage | undefined;
  before(async () => {
    stage = await PatroniStage.open(options);
    use(stage);
  });
  afterEach(async (test) => {
    await stage?.strike(test);
  });
  after(async () => {
    await stage?.close();
  });
}

/** A leader whose Patroni does nothing of its own for the next `NEXT_LOOP_MS`. */
export async function quietLeader(cluster: PatroniCluster): Promise<PatroniNode> {
  const leader = await cluster.leader();
  await leader.wake();
  await sleepMs(300);
  return leader;
}

/** The one leader, and somebody else. */
export async function castOf(
  cluster: PatroniCluster,
): Promise<{ leader: PatroniNode; other: PatroniNode }> {
  const leader = await cluster.leader();
  const other = cluster.nodes.find((node) => node !== leader);
  if (other === undefined) throw new Error("a Patroni cluster needs more than one host");
  return { leader, other };
}

// The hosts of a lab share one /run.
function callbackFolderOf(host: HostName): string {
  return `${tmpdir()}/callbacks-${host}`;
}

function callbacksOf(host: HostName): Callbacks {
  const command = `${CALLBACK_COPY} --directory ${callbackFolderOf(host)}`;
  return {
    on_start: command,
    on_stop: command,
    on_restart: command,
    on_reload: command,
    on_role_change: command,
  };
}
