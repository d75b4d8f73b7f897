/**
 * All that the daemon touches of the world outside itself, as one value.
 *
 * The loop, the sources and what they decide live above it; below it are processes, sockets and the
 * clock. A simulation puts models in its place and runs the same daemon on virtual time.
 */
import { type ConsulClient, connectConsul } from "../clients/consul.ts";
import type { ConsulEndpoint, ConsulSettings } from "../clients/endpoint.ts";
import type { Clock } from "../clock.ts";
import { CallbackEar, type EarOptions } from "../callbacks/ear.ts";
import { type PatroniClient, connectPatroni } from "../clients/patroni.ts";
import { type Processes, systemProcesses } from "../clients/processes.ts";
import { type ConflictProbe, probeConflict } from "../vip/conflict.ts";
import { IpBatch } from "../vip/ip-batch.ts";
import { KernelMonitor, type MonitorOptions } from "../vip/monitor.ts";
import type { Tools } from "../vip/tools.ts";
import { type Voice, createVoice } from "../vip/voice.ts";
import type { Settings } from "./config/settings.ts";
import { type Courtesy, prepareCourtesy } from "./courtesy.ts";
import type { RunHook } from "./hooks/run-hook.ts";
import type { Log } from "./reports/log.ts";
import type { Metrics } from "./reports/metrics.ts";
import type { Systemd } from "./reports/systemd.ts";

/** What stays while one configuration takes the place of another. */
export type Lasting = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly systemd: Systemd;
  readonly runHook: RunHook;
};

export type Outside = Courtesy &
  Lasting & {
    /** A number from 0 up to, not including, 1. */
    readonly random: () => number;
    readonly ip: Pick<IpBatch, "run" | "warmUp" | "close">;
    readonly connect: (settings: ConsulSettings, endpoint: ConsulEndpoint) => ConsulClient;
    readonly monitorKernel: (
      options: Omit<MonitorOptions, "ipPath">,
    ) => Pick<KernelMonitor, "start" | "close">;
    readonly voice: Voice;
    /** Undefined where this host has no means to look for another holder. */
    readonly probe: ConflictProbe | undefined;
    /** The REST API of this host's Patroni; undefined where it is not to be asked. */
    readonly patroni: PatroniClient | undefined;
    readonly processes: Processes;
    readonly hearCallbacks: (
      options: Omit<EarOptions, "clock" | "wallNowMs">,
    ) => Pick<CallbackEar, "start" | "close">;
  };

/** The real one. `ipPath` is where `ip` was found: without it there is nothing to be done. */
export async function openOutside(
  settings: Settings,
  { ipPath, tools, ...lasting }: Lasting & { readonly ipPath: string; readonly tools: Tools },
): Promise<Outside> {
  const { clock } = lasting;
  return {
    ...(await prepareCourtesy(settings, tools, lasting)),
    ...lasting,
    random: Math.random,
    ip: new IpBatch(ipPath),
    connect: connectConsul,
    monitorKernel: (options) => new KernelMonitor({ ipPath, ...options }),
    voice: createVoice(tools),
    probe: tools.arping.ok ? probeConflict(tools.arping.path) : undefined,
    patroni: settings.patroni && connectPatroni(settings.patroni),
    processes: systemProcesses(),
    hearCallbacks: (options) => new CallbackEar({ ...options, clock, wallNowMs: Date.now }),
  };
}
