/**
 * The daemon: puts the parts together, and takes them apart.
 *
 * One keeper per VIP, one watch per leader key, one resident `ip`, one `nft`, one monitor for all.
 * Each keeper feels the pulse before it decides, so that nothing from before a stall is taken for
 * fresh.
 *
 * A stop releases and then ends; a hand-over ends without releasing, for a process that adopts the
 * VIP. A daemon whose settings have changed is succeeded by another in the same process, which is
 * told what is known.
 */
import type { ConsulClient } from "../clients/consul.ts";
import type { Sighting } from "../policy/sightings.ts";
import type { KernelMonitor } from "../vip/monitor.ts";
import type { Settings } from "./config/settings.ts";
import { type ConsulWatches, createConsulWatches } from "./consul-watches.ts";
import { LocalPatroni } from "./local-patroni.ts";
import type { Outside } from "./outside.ts";
import { Pulse } from "./pulse.ts";
import { Repeats } from "./reports/log.ts";
import type { DaemonView } from "./reports/status-of.ts";
import type { StopWish } from "./signals.ts";
import { type KeyWatch, blockingDeadlineMs } from "./sources/key-watch.ts";
import { kernelSource } from "./sources/kernel.ts";
import { type Heritage, type Kept, createKeeper, identityOf } from "./wiring.ts";

/** A release takes milliseconds; the deadlines of its steps add up to about a second. */
const stopDeadlineMs = 5_000;

/** The VIP is gone by then; systemd waits for ten seconds in all. */
const hooksDeadlineMs = 4_500;

/** What takes longer than this, although each of its steps has a deadline, will never end. */
const stuckMs = 5_000;

/** By the identity of its VIP. */
type Heritages = ReadonlyMap<string, Heritage>;

export class Daemon {
  readonly #settings: Settings;
  readonly #outside: Outside;
  readonly #kept: readonly Kept[];
  readonly #clients: readonly ConsulClient[];
  readonly #leaders: readonly KeyWatch[];
  /** These and what is watched beside them. */
  readonly #watches: readonly KeyWatch[];
  readonly #monitor: Pick<KernelMonitor, "start" | "close">;
  readonly #patroni: LocalPatroni;
  readonly #pulse: Pulse;
  /** When the source that decides was last heard, an answer or a failure. */
  #lastHeardAtMs = 0;

  constructor(settings: Settings, outside: Outside, heritages: Heritages = new Map()) {
    const { consul, vips } = settings;
    this.#settings = settings;
    this.#outside = outside;
    this.#clients = consul.endpoints.map((endpoint) => outside.connect(consul, endpoint));
    this.#pulse = new Pulse(outside.clock, (stalledForMs) => this.#onStall(stalledForMs));
    this.#patroni = this.#createPatroni();
    const wakePatroni = this.#patroni.wake;
    const parts = { settings, outside, feelPulse: () => this.#pulse.feel(), wakePatroni };
    this.#kept = vips.map((vip) => {
      return createKeeper(vip, { ...parts, heritage: heritages.get(identityOf(vip)) });
    });
    outside.metrics.follow(vips.map(({ address }) => address.text));
    // Without Consul this host's Patroni is the only one who knows.
    const keys = settings.source === "consul" ? new Set(vips.map(({ key }) => key)) : [];
    const watches = [...keys].map((key) => this.#createWatches(key));
    this.#leaders = watches.map(({ leader }) => leader);
    const configs = watches.flatMap(({ config }) => config ?? []);
    this.#watches = [...this.#leaders, ...configs];
    this.#monitor = this.#createMonitor();
  }

  start(): void {
    const { log, systemd } = this.#outside;
    this.#begin();
    log.info("started", `keeping ${this.#kept.length} VIP`, { pid: process.pid });
    systemd.ready();
  }

  #begin(): void {
    const { ip, clock, systemd } = this.#outside;
    this.#lastHeardAtMs = clock.nowMs();
    ip.warmUp();
    this.#pulse.start();
    this.#monitor.start();
    for (const { keeper } of this.#kept) keeper.start();
    for (const watch of this.#watches) void watch.run();
    this.#patroni.start();
    systemd.watch(() => this.isProgressing());
  }

  /** What is known now, for whoever asks. */
  view(): DaemonView {
    const kept = this.#kept.map(({ vip, keeper, report }) => {
      return { vip, ...keeper.present(), transitions: report.transitions() };
    });
    return { nowMs: this.#outside.clock.nowMs(), kept };
  }

  /** Resolves to the exit code. */
  async stop({ kind, signal }: StopWish): Promise<number> {
    const { log, systemd } = this.#outside;
    const isRelease = kind === "release";
    const leaving = this.#kept.map(({ keeper }) => {
      return isRelease ? keeper.release() : keeper.handOver();
    });
    const isInTime = await this.#within(stopDeadlineMs, Promise.all(leaving));
    // A successor would only have to make it again.
    if (isRelease) await this.#outside.guard?.retire();
    systemd.close();
    this.#close();
    systemd.stopping();
    if (isRelease && isInTime) await this.#within(hooksDeadlineMs, this.#hooksIdle());
    for (const { hooks } of this.#kept) hooks.close();
    const fields = { signal };
    if (!isInTime) {
      // Nothing may go on trying: the process is to end, and the lifetimes do the rest.
      for (const { keeper } of this.#kept) keeper.close();
      log.error("stopped", "not every VIP has left in time; their lifetimes end them", fields);
      return 1;
    }
    if (isRelease) log.info("stopped", "no VIP is held here", fields);
    else log.info("handed-over", "the next agent on this host adopts what is held", fields);
    return 0;
  }

  /**
   * Ends, and starts a daemon with these settings in its place, in that outside. A VIP that they do
   * not name is released; what is known of the others is handed on, and nothing is done to them.
   */
  async succeed(next: Settings, outside: Outside): Promise<Daemon> {
    const { log, guard, systemd } = this.#outside;
    const named = new Set(next.vips.map(identityOf));
    const staying = this.#kept.filter(({ vip }) => named.has(identityOf(vip)));
    const leaving = this.#kept.filter(({ vip }) => !named.has(identityOf(vip)));
    const released = Promise.all(leaving.map(async ({ keeper }) => keeper.release()));
    if (!(await this.#within(stopDeadlineMs, released))) {
      for (const { keeper } of leaving) keeper.close();
      log.error("trouble", "not every VIP has left in time; their lifetimes end them");
    }
    for (const { vip } of leaving) systemd.forget(vip.address.text);
    const heritages = await Promise.all(
      staying.map(async ({ vip, keeper, report, hooks }) => {
        return [identityOf(vip), { world: await keeper.retire(), report, hooks }] as const;
      }),
    );
    if (!next.guard) await guard?.retire();
    this.#close();
    const daemon = new Daemon(next, outside, new Map(heritages));
    daemon.#begin();
    return daemon;
  }

  #createWatches(key: string): ConsulWatches {
    const followers = this.#kept.filter(({ vip }) => vip.key === key);
    return createConsulWatches({
      key,
      clients: this.#clients,
      settings: this.#settings,
      outside: this.#outside,
      onSighting: (sighting) => {
        this.#lastHeardAtMs = this.#outside.clock.nowMs();
        this.#tell(followers, sighting);
      },
    });
  }

  #createPatroni(): LocalPatroni {
    const { source } = this.#settings;
    return new LocalPatroni({
      settings: this.#settings,
      outside: this.#outside,
      tell: (isMeant, sighting) => {
        if (source === "patroni") this.#lastHeardAtMs = this.#outside.clock.nowMs();
        const meant = this.#kept.filter(({ vip }) => isMeant(vip));
        this.#tell(meant, sighting);
      },
      readKey: (freshMs) => {
        for (const leader of this.#leaders) leader.askUnlessFresh(freshMs);
      },
    });
  }

  #createMonitor(): Pick<KernelMonitor, "start" | "close"> {
    const repeats = new Repeats();
    const { ip, clock, log, metrics, monitorKernel } = this.#outside;
    const interfaces = [...new Set(this.#kept.map(({ vip }) => vip.interface))];
    const looks = interfaces.map((name) => {
      const there = this.#kept.filter(({ vip }) => vip.interface === name);
      return kernelSource({
        interface: name,
        ip,
        clock,
        onLook: (seen) => {
          for (const kept of there) this.#tell([kept], seen(kept.vip));
        },
      });
    });
    return monitorKernel({
      interfaces,
      onChange: () => {
        for (const look of looks) look();
      },
      isEcho: (line) => this.#kept.some(({ keeper }) => keeper.isEcho(line)),
      onLinkLost: (name) => {
        const there = this.#kept.filter(({ vip }) => vip.interface === name);
        this.#tell(there, { kind: "link-lost" });
      },
      onTrouble: (detail) => {
        metrics.fault("monitor");
        if (repeats.isNew("monitor", detail)) log.warn("trouble", detail, { topic: "monitor" });
      },
    });
  }

  /** Whether news comes in, an answer or a failure, and each action comes to its end. */
  isProgressing(): boolean {
    const sinceMs = this.#outside.clock.nowMs() - this.#lastHeardAtMs;
    const isHeard = sinceMs < blockingDeadlineMs(this.#settings.consul.waitMs) + stuckMs;
    return isHeard && this.#kept.every(({ keeper }) => keeper.busyMs() < stuckMs);
  }

  #tell(kept: readonly Kept[], sighting: Sighting): void {
    for (const { keeper } of kept) keeper.tell(sighting);
  }

  #onStall(stalledForMs: number): void {
    const { clock, log, metrics } = this.#outside;
    metrics.fault("stall");
    const atMs = clock.nowMs();
    for (const { keeper } of this.#kept) keeper.tell({ kind: "stall-seen", atMs });
    for (const watch of this.#watches) watch.askNow();
    this.#patroni.askNow();
    const fields = { stalledForMs: Math.round(stalledForMs) };
    log.warn("stalled", "the process stood still; the key is read again first", fields);
  }

  async #hooksIdle(): Promise<void> {
    await Promise.all(this.#kept.map(async ({ hooks }) => hooks.idle()));
  }

  async #within(deadlineMs: number, work: Promise<unknown>): Promise<boolean> {
    const { clock } = this.#outside;
    const { promise: deadline, resolve } = Promise.withResolvers<boolean>();
    const cancel = clock.at(clock.nowMs() + deadlineMs, () => resolve(false));
    const isInTime = await Promise.race([work.then(() => true), deadline]);
    cancel();
    return isInTime;
  }

  #close(): void {
    const { ip, guard, reset } = this.#outside;
    for (const watch of this.#watches) watch.stop();
    for (const client of this.#clients) client.close();
    this.#patroni.close();
    this.#pulse.stop();
    this.#monitor.close();
    guard?.close();
    reset?.close();
    ip.close();
  }
}
