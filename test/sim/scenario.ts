/**
 * What one simulated hour is played with: how many hosts, how the agents are set, Patroni's timings.
 *
 * Most draws are the defaults or close to them; the rest goes to the edges of what is legal, and a
 * little beyond it (timings of old Patronis, clocks that drift more than clocks do).
 */
import type { Settings } from "../../src/agent/config/settings.ts";
import { endpointName } from "../../src/clients/endpoint.ts";
import { type IpAddress, hostPrefixLength, parseAddress } from "../../src/vip/address.ts";
import { interfaceName } from "./kernel.ts";
import { leaderKey } from "./keys.ts";
import type { PatroniConfig } from "./patroni/dcs.ts";
import type { Random } from "./random.ts";

/** `harmless`: only faults that must never cost the VIP. `rough`: everything. */
export type Temper = "harmless" | "rough";

export type Scenario = {
  readonly temper: Temper;
  readonly members: readonly string[];
  readonly vips: readonly string[];
  readonly endpoints: readonly string[];
  readonly patroni: PatroniConfig;
  /** What this release of Patroni calls a primary in its callbacks. */
  readonly primaryWord: "primary" | "master";
  /** Whether the agents' token may read Patroni's timings. */
  readonly isConfigReadable: boolean;
  /** How much the clocks of this hour differ in pace, as a part of 1. */
  readonly drift: number;
  readonly settings: Omit<Settings, "vips">;
};

export function drawScenario(random: Random): Scenario {
  const temper = random.chance(0.25) ? "harmless" : "rough";
  const timings = drawTimings(random, temper);
  const isDefault = timings.ttl === 30 && timings.loop_wait === 10;
  const settings = drawSettings(random, temper);
  const local = drawLocal(random, temper);
  return {
    temper,
    members: ["test-db1", "test-db2", "test-db3"].slice(0, random.chance(0.8) ? 2 : 3),
    vips: random.weighted<readonly string[]>([
      [8, ["192.168.1.140"]],
      [1, ["192.168.1.140", "192.168.1.141"]],
      [1, ["192.168.1.140", "fd00:1::140"]],
    ]),
    endpoints: endpoints.slice(0, random.chance(0.5) ? 1 : 2).map(endpointName),
    patroni: { ...timings, ...(random.chance(0.4) && { failsafe_mode: true }) },
    primaryWord: random.chance(0.2) ? "master" : "primary",
    // Unread, the defaults count: with shorter ones they would be a known hazard (README).
    isConfigReadable: !isDefault || random.chance(0.8),
    drift: random.chance(0.95) ? 200e-6 : 0.01,
    settings: {
      ...settings,
      ...local,
      requireSession: settings.requireSession || local.source === "patroni",
    },
  };
}

const endpoints = [
  { kind: "tcp", isSecure: false, host: "127.0.0.1", port: 8500 },
  { kind: "tcp", isSecure: false, host: "10.0.0.9", port: 8500 },
] as const;

function drawTimings(random: Random, temper: Temper): PatroniConfig {
  const usual = [
    [6, { ttl: 30, loop_wait: 10, retry_timeout: 10 }],
    [1, { ttl: 30, loop_wait: 5, retry_timeout: 10 }],
    [1, { ttl: 60, loop_wait: 20, retry_timeout: 20 }],
  ] as const;
  if (temper === "harmless") return random.weighted<PatroniConfig>(usual);
  return random.weighted<PatroniConfig>([
    ...usual,
    [1, { ttl: 20, loop_wait: 5, retry_timeout: 7 }],
    [1, { ttl: 20, loop_wait: 3, retry_timeout: 8 }],
    // These leave little or no time to hold safely; the last two are of Patronis before 3.2.
    [1, { ttl: 20, loop_wait: 10, retry_timeout: 5 }],
    [0.5, { ttl: 20, loop_wait: 10, retry_timeout: 10 }],
    [0.7, { ttl: 20, loop_wait: 15, retry_timeout: 10 }],
  ]);
}

/** The settings about this host's Patroni. */
type Local = Pick<
  Settings,
  | "source"
  | "patroni"
  | "dataDirectory"
  | "callbacks"
  | "wake"
  | "gate"
  | "gateDeadlineMs"
  | "standbyVip"
>;

const keyOnly: Local = {
  source: "consul",
  patroni: undefined,
  dataDirectory: undefined,
  callbacks: undefined,
  wake: false,
  gate: "lock",
  gateDeadlineMs: 30_000,
  standbyVip: false,
};

/** Most agents of today follow the key alone, and asking Patroni each second is dear to simulate. */
const askingShare = 0.22;

function drawLocal(random: Random, temper: Temper): Local {
  const isAsking = random.chance(askingShare);
  // Callbacks alone are allowed too.
  const callbacks = random.chance(isAsking ? 0.85 : 0.1) ? "/run/vip-agent/callbacks" : undefined;
  if (!isAsking) return { ...keyOnly, callbacks };
  return {
    // Without Consul a fault of Patroni costs the VIP, so there is nothing that must be harmless.
    source: temper === "rough" && random.chance(0.2) ? "patroni" : "consul",
    patroni: { isSecure: false, host: "127.0.0.1", port: 8008, tls: {}, isUnchecked: false },
    dataDirectory: "/var/lib/postgresql/15/test",
    callbacks,
    wake: random.chance(0.85),
    gate: random.chance(0.3) ? "writable" : "lock",
    gateDeadlineMs: random.pick([5_000, 15_000, 30_000]),
    standbyVip: random.chance(0.2),
  };
}

function drawSettings(random: Random, temper: Temper): Omit<Settings, "vips" | keyof Local> {
  const isRough = temper === "rough";
  return {
    consul: {
      endpoints,
      tls: {},
      waitMs: random.weighted([
        [4, 3_000],
        [1, 2_000],
        [1, 5_000],
      ]),
    },
    requireSession: !isRough || random.chance(0.85),
    lifetimeS: random.weighted([
      [6, 5],
      [1, 2],
      [1, 3],
      [1, 10],
      [1, 60],
      [isRough ? 0.3 : 0, 0],
    ]),
    onDcsLoss: isRough && random.chance(0.2) ? "release" : "lease",
    onConflict: random.weighted([
      [4, "warn"],
      [2, "wait"],
      [1, "ignore"],
    ]),
    leaseMarginMs: random.weighted([
      [6, 4_000],
      [1, 3_000],
      [isRough ? 1 : 0, 1_000],
      [isRough ? 1 : 0, 10_000],
    ]),
    guard: random.chance(0.9),
    reset: random.chance(0.9),
    announce: random.chance(0.9),
    logLevel: "info",
    listener: undefined,
    statusSocket: undefined,
    hooks: { onAcquire: undefined, onRelease: undefined, deadlineMs: 10_000 },
  };
}

/** The settings of the agent on one host. */
export function settingsOf(
  { vips, settings, endpoints: names }: Scenario,
  member: string,
): Settings {
  const used = settings.consul.endpoints.filter((endpoint) =>
    names.includes(endpointName(endpoint)),
  );
  return {
    ...settings,
    consul: { ...settings.consul, endpoints: used },
    vips: vips.map((text) => {
      const address = knownAddress(text);
      const prefixLength = hostPrefixLength[address.family];
      return { address, prefixLength, interface: interfaceName, key: leaderKey, member };
    }),
  };
}

function knownAddress(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`expected an IP address, found "${text}"`);
  return address;
}
