/**
 * Who leads, where no DCS can be asked (`source: patroni`): this host's Patroni is the only one who
 * says it.
 *
 * Its word is worth less than the key: for up to a loop it believes in a lock that another has taken
 * meanwhile. So it is written down as what it is, a key without a session, and counts for one lease
 * from the moment at which it was asked. A PostgreSQL that has stopped leads nothing, whatever the
 * REST API says: in pause it goes by the role alone.
 *
 * Patroni's timings and modes come from the same place, since they are in the DCS too. Where its
 * answer to the one question contradicts the other, the configuration is read again.
 */
import type { PatroniClient, PatroniCode } from "../../clients/patroni.ts";
import type { Clock } from "../../clock.ts";
import type {
  ClusterMode,
  ConfigSeen,
  LeaderSeen,
  PatroniSeen,
  PatroniState,
  WatchFailed,
} from "../../policy/sightings.ts";
import { parseConfig } from "./cluster-config.ts";

export type PatroniLeaderOptions = {
  readonly client: Pick<PatroniClient, "readConfig">;
  readonly clock: Clock;
  /** What the leader key holds when this host leads, of each VIP. */
  readonly members: readonly string[];
  /** A sighting with a member concerns the VIPs of that member only. */
  readonly onSighting: (sighting: LeaderSeen | WatchFailed | ConfigSeen, member?: string) => void;
};

const configEveryMs = 60_000;

const deadlineMs = 2_000;

/** What could not be read is asked for again after this. */
const retryMs = 5_000;

export class PatroniLeaderWatch {
  readonly #options: PatroniLeaderOptions;
  readonly #members: ReadonlySet<string>;
  #isReading = false;
  #isClosed = false;
  #cancelRead: () => void = () => undefined;
  /** What the configuration said when it was last read. */
  #mode: ClusterMode | undefined;

  constructor(options: PatroniLeaderOptions) {
    this.#options = options;
    this.#members = new Set(options.members);
  }

  start(): void {
    void this.#readConfig();
  }

  /** Takes one answer of Patroni. */
  learn({ askedAtMs, patroni }: PatroniSeen): void {
    const { clock, onSighting } = this.#options;
    const isLeading = patroni.hasLock && patroni.postgres !== "stopped";
    const answeredAtMs = clock.nowMs();
    for (const member of this.#members) {
      const leader = { member: isLeading ? member : "", session: undefined, createIndex: 0 };
      onSighting({ kind: "leader-seen", askedAtMs, answeredAtMs, leader }, member);
    }
    if (this.#mode !== undefined && isContradicted(this.#mode, patroni)) this.readConfigNow();
  }

  failed(cause: PatroniCode, atMs: number): void {
    this.#options.onSighting({ kind: "watch-failed", atMs, cause });
  }

  /** After a callback: a change of the role may come from a change of the configuration. */
  readConfigNow(): void {
    if (this.#isReading || this.#isClosed) return;
    this.#cancelRead();
    void this.#readConfig();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRead();
  }

  async #readConfig(): Promise<void> {
    const { client, clock, onSighting } = this.#options;
    this.#isReading = true;
    const answer = await client.readConfig(deadlineMs);
    this.#isReading = false;
    if (this.#isClosed) return;
    const config = answer.ok ? parseConfig(answer.value) : undefined;
    if (config !== undefined) {
      this.#mode = config.mode;
      onSighting({ kind: "config-seen", ...config });
    }
    const pauseMs = config === undefined ? retryMs : configEveryMs;
    this.#cancelRead = clock.at(clock.nowMs() + pauseMs, () => void this.#readConfig());
  }
}

/** Whether Patroni's own state cannot follow from the configuration that was read. */
function isContradicted({ isPaused, isStandby }: ClusterMode, patroni: PatroniState): boolean {
  if (isPaused !== patroni.isPaused) return true;
  return patroni.role === (isStandby ? "primary" : "standby_leader");
}
