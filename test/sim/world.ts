/**
 * One simulated cluster: Consul, the hosts, and what an operator may be doing.
 *
 * It knows the truth that no agent knows, and keeps the newest events for whoever has to understand
 * a failure.
 */
import { ConsulCluster } from "./consul/cluster.ts";
import type { Entry } from "./consul/store.ts";
import { Engine } from "./engine.ts";
import { Host } from "./host.ts";
import { configKey, leaderKey } from "./keys.ts";
import type { AgentWitness } from "./outside.ts";
import type { PatroniConfig } from "./patroni/dcs.ts";
import type { Random } from "./random.ts";
import { type Scenario, settingsOf } from "./scenario.ts";

/** How many of the newest events a failure shows. */
const remembered = 60;

export type WorldOptions = {
  readonly random: Random;
  readonly scenario: Scenario;
  readonly witnessOf: (member: string) => AgentWitness;
};

export class World {
  readonly engine = new Engine();
  readonly consul: ConsulCluster;
  readonly scenario: Scenario;
  readonly hosts: readonly Host[];
  /** Who is to lead next, while a switchover is under way. */
  candidate: string | undefined;
  config: PatroniConfig;
  readonly #history: string[] = [];
  onLeaderKey: (entry: Entry | undefined) => void = () => undefined;
  /** Told when the cluster has begun or ceased to follow another. */
  onStandby: () => void = () => undefined;

  constructor({ random, scenario, witnessOf }: WorldOptions) {
    this.scenario = scenario;
    this.config = scenario.patroni;
    const { engine } = this;
    const consul = new ConsulCluster(engine, random.fork());
    this.consul = consul;
    this.hosts = scenario.members.map((member, place): Host => {
      return new Host({
        engine,
        random: random.fork(),
        consul,
        number: place + 1,
        member,
        settings: settingsOf(scenario, member),
        endpoints: scenario.endpoints,
        isConfigReadable: scenario.isConfigReadable,
        rate: 1 + random.between(-scenario.drift, scenario.drift),
        primaryWord: scenario.primaryWord,
        witness: witnessOf(member),
        otherHolder: (address) => this.#otherHolder(member, address),
        peers: {
          isPrimaryVisible: (asker) => this.#isPrimaryVisible(asker),
          candidate: () => this.candidate,
          promise: (asker, ttlMs) => this.#promise(asker, ttlMs),
        },
      });
    });
    consul.onChange = (key, entry) => this.#onChange(key, entry);
    this.setConfig(scenario.patroni);
  }

  get leader(): Entry | undefined {
    return this.consul.store.read(leaderKey);
  }

  /** The host that the key names, if any. */
  get named(): Host | undefined {
    const { leader } = this;
    return this.hosts.find(({ member }) => member === leader?.value);
  }

  /** Everything starts, one after the other as at a boot of the cluster. */
  start(random: Random): void {
    for (const host of this.hosts) {
      this.engine.after(random.between(0, 2_000), () => host.patroni.start());
      this.engine.after(random.between(0, 4_000), () => host.agent.start());
    }
  }

  /** `patronictl edit-config`. */
  setConfig(config: PatroniConfig): void {
    const isTurned = this.config.standby_cluster !== config.standby_cluster;
    this.config = config;
    this.note(`config: ${JSON.stringify(config)}`);
    this.consul.store.put(configKey, JSON.stringify(config), this.engine.nowMs);
    if (isTurned) this.onStandby();
  }

  note(text: string): void {
    const atS = (this.engine.nowMs / 1_000).toFixed(4);
    this.#history.push(`${atS.padStart(10)} s  ${text}`);
    if (this.#history.length > remembered) this.#history.shift();
  }

  get history(): readonly string[] {
    return this.#history;
  }

  #onChange(key: string, entry: Entry | undefined): void {
    if (key !== leaderKey) return;
    const lock = entry?.session === undefined ? "without a session" : entry.session;
    this.note(entry === undefined ? "key: gone" : `key: ${entry.value}, ${lock}`);
    this.onLeaderKey(entry);
    for (const { patroni, patroniLink } of this.hosts) {
      if (patroniLink.isSound) this.engine.after(20, () => patroni.onKeyChanged());
    }
  }

  #isPrimaryVisible(asker: string): boolean {
    const self = this.hosts.find(({ member }) => member === asker);
    if (self?.isIsolated === true) return false;
    return this.hosts.some((host) => host !== self && host.isSeenAsPrimary);
  }

  /** Every other member must be there, and none of them be a primary itself. */
  #promise(asker: string, ttlMs: number): boolean {
    const self = this.hosts.find(({ member }) => member === asker);
    if (self?.isIsolated === true) return false;
    const others = this.hosts.filter((host) => host !== self);
    return others.every(({ isIsolated, postgres, patroni }) => {
      return !isIsolated && !postgres.isWritable && patroni.promise(ttlMs);
    });
  }

  #otherHolder(asker: string, address: string): string | undefined {
    return this.hosts.find(({ member, kernel }) => member !== asker && kernel.answersFor(address))
      ?.mac;
  }
}
