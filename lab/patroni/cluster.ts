/**
 * A real Patroni cluster: PostgreSQL and Patroni on three database hosts, over the Consul cluster.
 *
 *     const lab = await createLab({ hosts: CONSUL_CLUSTER_HOSTS, consulCluster: { acl: true } })
 *     const cluster = await lab.startPatroni()
 *     await cluster.switchover("db2")
 *     await cluster.node("db2").killPostmaster()
 *
 * It is ready when the first host leads and both others stream from it. It comes up with a short
 * `loop_wait`, since each step of a bootstrap waits for somebody's next loop, and gets its real timings
 * when it stands. Names are those of the reference cluster: scope test, members test-db1 and so on.
 */
import * as v from "valibot";

import { monotonicMs, waitUntil } from "../clock.ts";
import type { ConsulCluster } from "../consul-cluster.ts";
import { LeaderKey, type Commit, type KeyEntry } from "../leader-key.ts";
import { endProcessesIn, plugIn, unplug, type HostName } from "../network.ts";
import { isPrimary, isWhole } from "./health.ts";
import { KeyTimeline } from "./key-timeline.ts";
import type { PatroniNode } from "./node.ts";
import { layOutNodes } from "./nodes.ts";
import { findParts, type PatroniVersion } from "./parts.ts";
import type { RestAnswer } from "./rest.ts";
import {
  DEFAULT_TIMINGS,
  memberKey,
  WRITER,
  type Callbacks,
  type DynamicConfig,
} from "./settings.ts";
import type { Write, Writer } from "./writer.ts";

const BOOTSTRAP_LOOP_WAIT_S = 1;
const READY_DEADLINE_MS = 60_000;
/** It ends when the new leader is there, or when Patroni gives up. */
const SWITCHOVER_DEADLINE_MS = 60_000;

const memberBody = v.looseObject({ pause: v.optional(v.boolean(), false) });

const WRITES_TABLE = `
  CREATE ROLE ${WRITER} LOGIN;
  CREATE TABLE writes (
    writer text NOT NULL,
    attempt bigint NOT NULL,
    host text NOT NULL DEFAULT current_setting('lab.host'),
    PRIMARY KEY (writer, attempt)
  );
  GRANT SELECT, INSERT ON writes TO ${WRITER};
`;

export type PatroniOptions = {
  readonly version?: PatroniVersion;
  /** Beside ttl 30, loop_wait 10, retry_timeout 10, which it may replace. */
  readonly dynamic?: DynamicConfig;
  /** A command per action, given what Patroni appends; all hosts share one /run. */
  readonly callbacks?: (host: HostName) => Callbacks;
};

export class PatroniCluster {
  readonly nodes: readonly PatroniNode[];
  /** Of the environment that Patroni runs in, for the lab's own programs. */
  readonly python: string;
  readonly key: KeyTimeline;
  /** May read the keys of the scope, and nothing else: for the agents. */
  readonly agentToken: string;
  readonly #consul: ConsulCluster;
  readonly #leaderKey: LeaderKey;

  private constructor(
    consul: ConsulCluster,
    parts: Pick<PatroniCluster, "nodes" | "python" | "agentToken">,
  ) {
    this.#consul = consul;
    this.#leaderKey = new LeaderKey(consul);
    this.nodes = parts.nodes;
    this.python = parts.python;
    this.agentToken = parts.agentToken;
    this.key = new KeyTimeline(consul.servers);
  }

  static async start(
    consul: ConsulCluster,
    { version, dynamic = {}, callbacks = () => ({}) }: PatroniOptions = {},
  ): Promise<PatroniCluster> {
    const parts = await findParts(version);
    const config = { ...DEFAULT_TIMINGS, ...dynamic };
    const laidOut = await layOutNodes(consul, parts, {
      callbacks,
      dynamic: { ...config, loop_wait: BOOTSTRAP_LOOP_WAIT_S },
    });
    const cluster = new PatroniCluster(consul, { ...laidOut, python: parts.python });
    try {
      await cluster.#bringUp(config);
    } catch (error) {
      const logs = await Promise.all(
        cluster.nodes.map(async (node) => [node.member, ...(await node.log())]),
      );
      await cluster.close();
      throw new Error(`${String(error)}\n${logs.flat().join("\n")}`, { cause: error });
    }
    return cluster;
  }

  node(host: HostName): PatroniNode {
    const found = this.nodes.find((node) => node.host === host);
    if (found !== undefined) return found;
    const known = this.nodes.map((node) => node.host).join(", ");
    throw new Error(`no Patroni was set up on ${host}; expected one of ${known}`);
  }

  /** The host whose member the leader key names, as Consul has it now. */
  async leader(): Promise<PatroniNode> {
    const { Value } = await this.#entry();
    const member = Buffer.from(Value ?? "", "base64").toString();
    const found = this.nodes.find((node) => node.member === member);
    if (found !== undefined) return found;
    throw new Error(`the leader key names ${member}, which is none of the cluster's members`);
  }

  /** The hosts that do not lead. */
  async replicas(): Promise<readonly PatroniNode[]> {
    const leader = await this.leader();
    return this.nodes.filter((node) => node !== leader);
  }

  /** A leader that runs as a primary, and both others streaming from it. */
  async ready(timeoutMs = READY_DEADLINE_MS): Promise<PatroniNode> {
    const question = async (): Promise<PatroniNode | undefined> =>
      await this.#readyNow().catch(() => undefined);
    return await waitUntil("a leader and two streaming replicas", question, {
      timeoutMs,
      everyMs: 100,
    });
  }

  /** By the leader's own REST API, as its answer is the quickest; undefined: whoever Patroni takes. */
  async switchover(to?: HostName): Promise<RestAnswer> {
    const leader = await this.leader();
    const candidate = to === undefined ? {} : { candidate: this.node(to).member };
    return await leader.rest.order("/switchover", {
      method: "POST",
      body: { leader: leader.member, ...candidate },
      timeoutMs: SWITCHOVER_DEADLINE_MS,
    });
  }

  /** Merged into the dynamic configuration; null removes a key. Wakes the Patroni that is asked. */
  async patchConfig(config: DynamicConfig, at?: HostName): Promise<void> {
    const node = at === undefined ? await this.leader() : this.node(at);
    await node.rest.order("/config", { method: "PATCH", body: config });
  }

  /**
   * The same, done when the loop of every Patroni has read it. A replica cannot be woken for that: while
   * there is a leader it sits in a blocking query.
   */
  async changeConfig(config: DynamicConfig): Promise<void> {
    await this.patchConfig(config);
    const patchedAtS = Date.now() / 1_000;
    const haveRead = async (): Promise<boolean> => {
      const statuses = await Promise.all(this.nodes.map((node) => node.status()));
      return statuses.every(({ dcs_last_seen: seenAtS }) => seenAtS > patchedAtS);
    };
    const patience = { timeoutMs: READY_DEADLINE_MS, everyMs: 200 };
    await waitUntil("loop of every Patroni", haveRead, patience);
  }

  /** Consul ends the leader's session at once, and with it the key; Patroni is told nothing. */
  async destroyLeaderSession(): Promise<Commit> {
    const { Session: session } = await this.#entry();
    const path = `session/destroy/${session}`;
    const { sentAtMs, answeredAtMs } = await this.#consul.call(path, { method: "PUT" });
    return { sentAtMs, answeredAtMs };
  }

  /**
   * Done when every REST API says so and the leader's own loop heeds it, which comes later and is told by
   * its member key. The others heed it before they do anything next.
   */
  async pause(): Promise<void> {
    const { member } = await this.leader();
    await this.patchConfig({ pause: true });
    for (const node of this.nodes) await node.wake();
    const path = `kv/${memberKey(member)}?raw`;
    const isHeeded = async (): Promise<boolean> => {
      const { body } = await this.#consul.call(path);
      return v.parse(memberBody, JSON.parse(body)).pause;
    };
    await waitUntil(`pause at ${member}`, isHeeded, { timeoutMs: READY_DEADLINE_MS });
  }

  /** Whether there is a leader or not: in pause there may be none. */
  async resume(): Promise<void> {
    const [first] = this.nodes;
    await this.patchConfig({ pause: null }, first?.host);
    for (const node of this.nodes) await node.wake();
  }

  /** Pulls the host's plug and ends all that runs in it, as when its power goes. */
  async crashHost(host: HostName): Promise<number> {
    await unplug(host);
    await endProcessesIn(host);
    const atMs = monotonicMs();
    // The end of Patroni is heard of later than it happens.
    await waitUntil(`end of Patroni on ${host}`, () => !this.node(host).isPatroniRunning);
    return atMs;
  }

  /** Power is back: Consul's client and Patroni come up as they would at a boot. */
  async reviveHost(host: HostName): Promise<void> {
    await plugIn(host);
    this.#consul.restart(host);
    await this.#consul.node(host).ready();
    await this.node(host).start();
  }

  /** Writes that a client was told were committed since then and that the leader does not have. */
  async lost(writer: Writer, sinceMs = -Infinity): Promise<readonly Write[]> {
    const committed = writer.committed().filter(({ atMs }) => atMs >= sinceMs);
    const leader = await this.leader();
    const numbers = await leader.sql(`SELECT attempt FROM writes WHERE writer = '${writer.name}';`);
    const present = new Set(numbers.split("\n").map(Number));
    return committed.filter(({ attempt }) => !present.has(attempt));
  }

  async close(): Promise<void> {
    this.key.close();
    await Promise.all(this.nodes.map((node) => node.close()));
    await Promise.all(this.nodes.map((node) => endProcessesIn(node.host)));
    await Promise.all(this.nodes.map((node) => node.remove()));
  }

  async #bringUp(config: DynamicConfig): Promise<void> {
    const [first, ...others] = this.nodes;
    if (first === undefined) throw new Error("a Patroni cluster needs hosts");
    await first.start();
    await waitUntil(`${first.member} running as primary`, () => isPrimary(first), {
      timeoutMs: READY_DEADLINE_MS,
      everyMs: 50,
    });
    await Promise.all(others.map((node) => node.start()));
    await first.sql(WRITES_TABLE);
    await this.ready();
    await this.patchConfig(config);
  }

  async #entry(): Promise<KeyEntry> {
    const entry = await this.#leaderKey.read();
    if (entry === undefined) throw new Error("the leader key is missing");
    return entry;
  }

  async #readyNow(): Promise<PatroniNode | undefined> {
    const leader = await this.leader();
    return (await isWhole(leader, this.nodes)) ? leader : undefined;
  }
}
