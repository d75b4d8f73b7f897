/**
 * `vip-agent run`: puts the parts together and lives until it is told to go.
 *
 * One keeper per VIP, one watch per leader key, one resident `ip`, one `nft`, one monitor for all.
 * Each keeper feels the pulse before it decides, so that nothing from before a stall is taken for
 * fresh.
 *
 * A stop releases and then ends; a hand-over ends without releasing, for a successor that adopts
 * the VIP.
 */
import { type ConsulClient, connectConsul } from "../clients/consul.ts";
import { defaultTimings, longestWaitMs } from "../policy/lease.ts";
import type { Sighting } from "../policy/sightings.ts";
import { announcingTool } from "../vip/announcement.ts";
import { IpBatch } from "../vip/ip-batch.ts";
import { KernelMonitor } from "../vip/monitor.ts";
import { findTools } from "../vip/tools.ts";
import { systemClock } from "./clock.ts";
import type { Settings, VipSettings } from "./config/settings.ts";
import { prepareCourtesy } from "./courtesy.ts";
import type { Keeper } from "./keeper.ts";
import { Pulse } from "./pulse.ts";
import { Repeats, createLog } from "./reports/log.ts";
import { createWatchReport } from "./reports/watch-report.ts";
import { type StopWish, firstStopWish } from "./signals.ts";
import type { KeyWatch } from "./sources/key-watch.ts";
import { kernelSource } from "./sources/kernel.ts";
import { watchLeader } from "./sources/leader.ts";
import { configKeyOf, watchTimings } from "./sources/timings.ts";
import { type Shared, createKeeper } from "./wiring.ts";

/** A release takes milliseconds; the deadlines of its steps add up to about a second. */
const stopDeadlineMs = 5_000;

/** Runs until a signal says to stop; resolves to the exit code. */
export async function runDaemon(settings: Settings, warnings: readonly string[]): Promise<number> {
  const stopWish = firstStopWish();
  const log = createLog(settings.logLevel);
  for (const warning of warnings) log.warn("warning", warning);
  const tools = await findTools();
  if (!tools.ip.ok) {
    log.error("tool-missing", `${tools.ip.problem}; ${tools.ip.consequence}`, { part: "ip" });
    return 1;
  }
  if (settings.announce) {
    for (const part of new Set(settings.vips.map(announcingTool))) {
      const tool = tools[part];
      if (!tool.ok) log.warn("tool-missing", `${tool.problem}; ${tool.consequence}`, { part });
    }
  }
  const clock = systemClock();
  const daemon = new Daemon(tools.ip.path, {
    settings,
    ip: new IpBatch(tools.ip.path),
    tools,
    courtesy: await prepareCourtesy(settings, tools, { clock, log }),
    clock,
    log,
  });
  daemon.start();
  return daemon.stop(await stopWish);
}

type Kept = { readonly vip: VipSettings; readonly keeper: Keeper };

class Daemon {
  readonly #shared: Shared;
  readonly #kept: readonly Kept[];
  readonly #clients: readonly ConsulClient[];
  readonly #watches: readonly KeyWatch[];
  readonly #monitor: KernelMonitor;
  readonly #pulse: Pulse;

  constructor(ipPath: string, shared: Shared) {
    const { settings, clock } = shared;
    const { consul, vips } = settings;
    this.#shared = shared;
    this.#clients = consul.endpoints.map((endpoint) => connectConsul(consul, endpoint));
    this.#pulse = new Pulse(clock, (stalledForMs) => this.#onStall(stalledForMs));
    const feelPulse = () => this.#pulse.feel();
    this.#kept = vips.map((vip) => ({ vip, keeper: createKeeper(vip, shared, feelPulse) }));
    const keys = [...new Set(vips.map(({ key }) => key))];
    this.#watches = keys.flatMap((key) => this.#createWatches(key));
    this.#monitor = this.#createMonitor(ipPath);
  }

  start(): void {
    const { ip, log, settings } = this.#shared;
    ip.warmUp();
    this.#pulse.start();
    this.#monitor.start();
    for (const { keeper } of this.#kept) keeper.start();
    for (const watch of this.#watches) void watch.run();
    log.info("started", `keeping ${settings.vips.length} VIP`, { pid: process.pid });
  }

  async stop({ kind, signal }: StopWish): Promise<number> {
    const { log } = this.#shared;
    const isRelease = kind === "release";
    const leaving = this.#kept.map(({ keeper }) => {
      return isRelease ? keeper.release() : keeper.handOver();
    });
    const isInTime = await this.#within(stopDeadlineMs, Promise.all(leaving));
    this.#close();
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

  /** The leader key, and Patroni's timings beside it. */
  #createWatches(key: string): readonly KeyWatch[] {
    const { settings, clock, log } = this.#shared;
    const followers = this.#kept.filter(({ vip }) => vip.key === key);
    const common = {
      clients: this.#clients,
      clock,
      onSighting: (sighting: Sighting) => this.#tell(followers, sighting),
    };
    const report = createWatchReport(log, key);
    let timings = defaultTimings;
    const waitMs = () =>
      Math.min(settings.consul.waitMs, longestWaitMs(timings, settings.leaseMarginMs));
    const leader = watchLeader({ ...common, key, waitMs, report });
    const configKey = configKeyOf(key);
    if (configKey === undefined) return [leader];
    const config = watchTimings({
      ...common,
      configKey,
      report: createWatchReport(log, configKey),
      onSighting: (sighting) => {
        timings = sighting.timings;
        common.onSighting(sighting);
      },
    });
    return [leader, config];
  }

  #createMonitor(ipPath: string): KernelMonitor {
    const repeats = new Repeats();
    const { ip, clock, log } = this.#shared;
    const looks = this.#kept.map((kept) => {
      const onSighting = (sighting: Sighting) => this.#tell([kept], sighting);
      return kernelSource({ vip: kept.vip, ip, clock, onSighting });
    });
    return new KernelMonitor({
      ipPath,
      interfaces: this.#kept.map(({ vip }) => vip.interface),
      onChange: () => {
        for (const look of looks) look();
      },
      onTrouble: (detail) => {
        if (repeats.isNew("monitor", detail)) log.warn("trouble", detail, { topic: "monitor" });
      },
    });
  }

  #tell(kept: readonly Kept[], sighting: Sighting): void {
    for (const { keeper } of kept) keeper.tell(sighting);
  }

  #onStall(stalledForMs: number): void {
    const { clock, log } = this.#shared;
    const atMs = clock.nowMs();
    for (const { keeper } of this.#kept) keeper.tell({ kind: "stall-seen", atMs });
    for (const watch of this.#watches) watch.askNow();
    const fields = { stalledForMs: Math.round(stalledForMs) };
    log.warn("stalled", "the process stood still; the key is read again first", fields);
  }

  async #within(deadlineMs: number, work: Promise<unknown>): Promise<boolean> {
    const { clock } = this.#shared;
    const { promise: deadline, resolve } = Promise.withResolvers<boolean>();
    const cancel = clock.at(clock.nowMs() + deadlineMs, () => resolve(false));
    const isInTime = await Promise.race([work.then(() => true), deadline]);
    cancel();
    return isInTime;
  }

  #close(): void {
    const { ip, courtesy } = this.#shared;
    for (const watch of this.#watches) watch.stop();
    for (const client of this.#clients) client.close();
    this.#pulse.stop();
    this.#monitor.close();
    courtesy.guard?.close();
    courtesy.reset?.close();
    ip.close();
  }
}
