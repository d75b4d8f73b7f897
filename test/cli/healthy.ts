/**
 * A host, a Consul and a Patroni that are in order, for tests that break one thing of them.
 */
import assert from "node:assert/strict";
import type { PatroniFile } from "../../src/agent/config/patroni-file.ts";
import type { Settings } from "../../src/agent/config/settings.ts";
import { checkLive } from "../../src/cli/check-live.ts";
import type { Eyes, Finding } from "../../src/cli/finding.ts";
import { done } from "../../src/outcome.ts";
import { parseAddress } from "../../src/vip/address.ts";
import type { InterfaceState } from "../../src/vip/observe.ts";
import type { Tool } from "../../src/vip/tools.ts";

function address(text: string) {
  const parsed = parseAddress(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

export const vip = {
  address: address("192.168.1.140"),
  prefixLength: 32,
  interface: "eth0",
  key: "db/test/leader",
  member: "pg1",
};

export const settings: Settings = {
  vips: [vip],
  consul: {
    endpoints: [
      { kind: "tcp", isSecure: false, host: "127.0.0.1", port: 8500 },
      { kind: "tcp", isSecure: false, host: "127.0.0.2", port: 8500 },
    ],
    tls: {},
    waitMs: 3000,
  },
  source: "consul",
  patroni: undefined,
  dataDirectory: undefined,
  callbacks: undefined,
  wake: true,
  gate: "lock",
  gateDeadlineMs: 30_000,
  standbyVip: false,
  requireSession: true,
  onDcsLoss: "lease",
  onConflict: "warn",
  lifetimeS: 5,
  leaseMarginMs: 4000,
  guard: true,
  reset: true,
  announce: true,
  logLevel: "info",
  listener: undefined,
  statusSocket: undefined,
  hooks: { onAcquire: undefined, onRelease: undefined, deadlineMs: 10_000 },
};

const found: Tool = { ok: true, path: "/usr/sbin/x", version: "1" };

type Held = Extract<InterfaceState, { kind: "present" }>["addresses"][number];

export function held(
  text: string,
  prefixLength: number,
  expiresInS: Held["expiresInS"] = "endless",
): Held {
  return { address: address(text), prefixLength, expiresInS };
}

export function present(...more: readonly Held[]): InterfaceState {
  return {
    kind: "present",
    isUp: true,
    hasCarrier: true,
    addresses: [held("192.168.1.10", 24), ...more],
  };
}

export const entry = { value: "pg1", session: "a", createIndex: 1, modifyIndex: 2 };

export const patroniState = {
  role: "primary",
  postgres: "running",
  hasLock: true,
  isPaused: false,
  isFailsafeActive: false,
  timeline: 1,
  dcsSeenAgoMs: 0,
  name: "pg1",
  scope: "test",
} as const;

const configText = JSON.stringify({ ttl: 30, loop_wait: 10, retry_timeout: 10 });

/** Settings that name a Patroni, and a place for its callbacks. */
export const withPatroni: Partial<Settings> = {
  patroni: { isSecure: false, host: "127.0.0.1", port: 8008, tls: {}, isUnchecked: false },
  callbacks: "/run/vip-agent/callbacks",
};

/** A host, a Consul and a Patroni that are in order. */
export const goodEyes: Eyes = {
  tools: { ip: found, arping: found, ndptool: found, nft: found, ss: found },
  observe: () => Promise.resolve(done(present())),
  holdersOf: () => [],
  hasVipManager: () => false,
  isPromotingSecondaries: () => false,
  askPatroni: () => Promise.resolve(done(patroniState)),
  wakePatroni: () => Promise.resolve(done(undefined)),
  readPatroniConfig: () => Promise.resolve(configText),
  placeProblem: () => Promise.resolve(undefined),
  readKey: readLeader(() => Promise.resolve(done({ entry, index: 7 }))),
};

/** A Consul that answers like this of the leader key, and well of the configuration beside it. */
export function readLeader(answer: Eyes["readKey"]): Eyes["readKey"] {
  return (endpoint, key) => {
    if (key !== "db/test/config") return answer(endpoint, key);
    return Promise.resolve(done({ entry: { ...entry, value: configText }, index: 7 }));
  };
}

export async function badFindings(
  eyes: Partial<Eyes>,
  changes: Partial<Settings> = {},
  patroniFile?: PatroniFile,
): Promise<readonly Finding[]> {
  const all = { ...settings, ...changes };
  const findings = await checkLive(all, { ...goodEyes, ...eyes }, patroniFile);
  return findings.filter(({ severity }) => severity !== "good");
}
