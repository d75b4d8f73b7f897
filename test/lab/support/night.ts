/**
 * VIPs as an agent tells of them in the course of a night, for the status page to show.
 */
import type { Status, VipStatus } from "../../../src/agent/reports/status.ts";
import { aStatus, aVipStatus } from "../../agent/reports/a-status.ts";

export function now(vips: readonly VipStatus[]): Status {
  return { ...aStatus(vips), at: new Date().toISOString() };
}

function agoText(ms: number): string {
  return new Date(Date.now() - ms).toISOString();
}

// A night: taken over ten minutes ago, and something was odd an hour before.
export function holding(): VipStatus {
  const transitions: VipStatus["transitions"] = [
    { at: agoText(600_000), verdict: "hold", reason: "leader", leader: "test-db1" },
    { at: agoText(612_000), verdict: "yield", reason: "no-leader", leader: null },
    { at: agoText(4_000_000), verdict: "yield", reason: "other-leader", leader: "test-db2" },
    { at: agoText(4_020_000), verdict: "hold", reason: "lease-running", leader: "test-db1" },
    { at: agoText(90_000_000), verdict: "hold", reason: "leader", leader: "test-db1" },
  ];
  return aVipStatus({ transitions, since: agoText(600_000) });
}

export function standby(changed: Partial<VipStatus> = {}): VipStatus {
  return aVipStatus({
    state: "standby",
    verdict: "yield",
    reason: "other-leader",
    explanation: "the key names another member",
    isHeld: false,
    reachableSince: null,
    announcedAt: null,
    leader: { ...aVipStatus().leader, member: "test-db2", isMe: false },
    lease: { lengthMs: 16_000, until: null, remainingMs: null, isOpenEnded: false },
    next: "bound when the key names test-db1",
    ...changed,
  });
}

export function troubled(): VipStatus {
  return aVipStatus({
    reason: "lease-running",
    explanation: "Consul gives no answer, but the last proof still counts",
    attention: ["Consul gives no answer, but the last proof still counts"],
    trouble: { cause: "timeout", since: agoText(9_000) },
    lease: { lengthMs: 16_000, until: null, remainingMs: 4_200, isOpenEnded: false },
    next: "released in 5 s unless Consul answers before",
  });
}
