/**
 * A status of an agent that holds its VIP and is well, for tests that read one.
 */
import type { AgentStatus, Status, VipStatus } from "../../../src/agent/reports/status.ts";

const at = "2026-11-21T03:00:00.000Z";

export function aVipStatus(changed: Partial<VipStatus> = {}): VipStatus {
  return {
    vip: "192.168.1.140/32",
    interface: "eth0",
    link: "up",
    key: "db/test/leader",
    member: "test-db1",
    state: "holding",
    verdict: "hold",
    reason: "leader",
    explanation: "the key names this member and Consul confirms it",
    since: at,
    next: "stays while Consul confirms the key; without an answer released in 15 s",
    attention: [],
    isHeld: true,
    reachableSince: at,
    lease: {
      lengthMs: 16_000,
      until: "2026-11-21T03:00:14.500Z",
      remainingMs: 14_500,
      isOpenEnded: false,
    },
    leader: {
      state: "named",
      member: "test-db1",
      isMe: true,
      session: "8f1d0a52-0000-4000-8000-000000000001",
      createIndex: 42,
      seenAt: at,
      ageMs: 120,
      since: at,
    },
    trouble: null,
    cluster: {
      ttlMs: 30_000,
      loopWaitMs: 10_000,
      retryTimeoutMs: 10_000,
      isPaused: false,
      hasFailsafe: false,
      isStandby: false,
    },
    patroni: {
      role: "primary",
      postgres: "running",
      timeline: 3,
      hasLock: true,
      isPaused: false,
      isFailsafeActive: false,
      ageMs: 300,
    },
    postmaster: "running",
    conflict: null,
    announcedAt: at,
    transitions: [{ at, verdict: "hold", reason: "leader", leader: "test-db1" }],
    ...changed,
  };
}

export function aStatus(
  vips: readonly VipStatus[] = [aVipStatus()],
  changed: Partial<AgentStatus> = {},
): Status {
  return {
    version: 1,
    at,
    agent: {
      version: "0.1.0",
      node: "24.0.0",
      pid: 4_242,
      host: "db1",
      startedAt: at,
      source: "consul",
      configFile: "/etc/vip-agent/vip-agent.yml",
      configHash: "0123456789ab",
      configReadAt: at,
      reloadRefusedAt: null,
      ...changed,
    },
    vips,
  };
}
