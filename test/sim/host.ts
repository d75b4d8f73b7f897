/**
 * One database host: its kernel, its PostgreSQL, its agent and its Patroni, and its ways to Consul.
 */
import type { Settings } from "../../src/agent/config/settings.ts";
import type { PatroniClient } from "../../src/clients/patroni.ts";
import type { ConsulCluster } from "./consul/cluster.ts";
import { Link } from "./consul/link.ts";
import { configKey, scope } from "./keys.ts";
import type { Engine } from "./engine.ts";
import type { HelperTrouble } from "./helpers.ts";
import { Kernel } from "./kernel.ts";
import { type AgentWitness, type MonitorTrouble, openSimOutside } from "./outside.ts";
import type { Peers } from "./patroni/ha.ts";
import { Postgres } from "./patroni/postgres.ts";
import { type RestTrouble, simPatroniClient } from "./patroni/rest.ts";
import { Spool } from "./patroni/spool.ts";
import type { SimProcess } from "./process.ts";
import type { Random } from "./random.ts";
import { AgentService, PatroniService } from "./services.ts";

export type HostOptions = {
  readonly engine: Engine;
  readonly random: Random;
  readonly consul: ConsulCluster;
  readonly number: number;
  readonly member: string;
  readonly settings: Settings;
  readonly endpoints: readonly string[];
  /** Whether the agent's token allows it to read Patroni's timings. */
  readonly isConfigReadable: boolean;
  readonly rate: number;
  /** What this Patroni's release calls a primary. */
  readonly primaryWord: "primary" | "master";
  readonly peers: Peers;
  readonly witness: AgentWitness;
  readonly otherHolder: (address: string) => string | undefined;
};

export class Host {
  readonly member: string;
  readonly mac: string;
  readonly kernel: Kernel;
  readonly postgres = new Postgres();
  readonly spool: Spool;
  readonly agent: AgentService;
  readonly patroni: PatroniService;
  /** The agent's ways to Consul, by endpoint; Patroni takes the first endpoint, with its own token. */
  readonly links: ReadonlyMap<string, Link>;
  readonly patroniLink: Link;
  helperTrouble: HelperTrouble | undefined;
  monitorTrouble: MonitorTrouble | undefined;
  restTrouble: RestTrouble | undefined;
  /** Whether the other hosts' Patronis can reach this one's REST. */
  isIsolated = false;

  constructor(options: HostOptions) {
    const { engine, random, consul, number, member, settings, rate, peers } = options;
    this.member = member;
    this.mac = `02:00:00:00:00:0${number}`;
    this.kernel = new Kernel({ engine, random: random.fork(), own: `192.168.1.${100 + number}` });
    const link = () => new Link(engine, random.fork(), consul);
    this.links = new Map(options.endpoints.map((name) => [name, link()]));
    if (!options.isConfigReadable) {
      for (const one of this.links.values()) one.forbiddenKey = configKey;
    }
    this.patroniLink = link();
    this.spool = new Spool(engine, random.fork());
    const service = (name: string) => ({ engine, random: random.fork(), rate, name });
    this.agent = new AgentService(service(`the agent of ${member}`), settings, (process) =>
      openSimOutside({
        engine,
        random: random.fork(),
        process,
        kernel: this.kernel,
        links: this.links,
        helperTrouble: () => this.helperTrouble,
        monitorTrouble: () => this.monitorTrouble,
        otherHolder: options.otherHolder,
        witness: options.witness,
        has: settings,
        patroni: settings.patroni && this.#patroniClient(options, process),
        postgres: this.postgres,
        spool: this.spool,
      }),
    );
    this.patroni = new PatroniService(service(`the Patroni of ${member}`), {
      link: this.patroniLink,
      member,
      postgres: this.postgres,
      peers,
      callback: (action, said) => {
        const role = said === "primary" ? options.primaryWord : said;
        this.spool.run({ action, role, scope });
      },
    });
  }

  #patroniClient({ engine, random, witness }: HostOptions, process: SimProcess): PatroniClient {
    return simPatroniClient({
      engine,
      random: random.fork(),
      process,
      server: () => this.patroni.server,
      trouble: () => this.restTrouble,
      witness,
    });
  }

  /** Whether the REST of its Patroni says that this is the primary. */
  get isSeenAsPrimary(): boolean {
    return this.postgres.isWritable && this.patroni.isRunning && !this.isIsolated;
  }

  /**
   * The whole host stands still, its kernel included. Afterwards its clocks have either gone on
   * meanwhile (suspend, as the agent's clock sees it) or stood still with it (a paused virtual
   * machine).
   */
  pause(doClocksGoOn: boolean): () => void {
    const resumes = [this.agent.pause(), this.patroni.pause()];
    this.kernel.pause();
    return () => {
      this.kernel.resume();
      for (const resume of resumes) resume(doClocksGoOn);
    };
  }
}
