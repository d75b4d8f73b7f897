/**
 * What is counted, what is read from the status, and how often the text is made.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultNames, hookNames, reloadResults } from "../../../src/agent/reports/metrics.ts";
import { createExposition } from "../../../src/agent/reports/prometheus/exposition.ts";
import { holdReasons, yieldReasons } from "../../../src/policy/reasons.ts";
import { troubleCauses } from "../../../src/policy/sightings.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { aStatus, aVipStatus } from "./a-status.ts";

const vip = "192.168.1.140";

async function open() {
  const clock = new FakeClock();
  const { metrics, exposition } = await createExposition(clock);
  metrics.follow([vip]);
  const page = async (status = aStatus()) => (await exposition.text(() => status)).toString();
  return { clock, metrics, page };
}

function missing(page: string, wanted: readonly string[]): readonly string[] {
  const lines = new Set(page.split("\n"));
  return wanted.filter((series) => !lines.has(series));
}

test("every reason, cause, fault and result has its series before it ever happened", async () => {
  const { page } = await open();
  const transitions = (to: string, reasons: object) =>
    Object.keys(reasons).map((reason) => {
      return `vipagent_transitions_total{vip="${vip}",to="${to}",reason="${reason}"} 0`;
    });
  const wanted = [
    ...transitions("hold", holdReasons),
    ...transitions("yield", yieldReasons),
    ...troubleCauses.map((cause) => `vipagent_consul_requests_total{result="${cause}"} 0`),
    ...faultNames.map((fault) => `vipagent_faults_total{fault="${fault}"} 0`),
    ...hookNames.map((hook) => `vipagent_hooks_total{hook="${hook}",result="timeout"} 0`),
    ...reloadResults.map((result) => `vipagent_reloads_total{result="${result}"} 0`),
    `vipagent_conflicts_total{vip="${vip}"} 0`,
    `vipagent_announcements_total{vip="${vip}"} 0`,
    'vipagent_action_duration_seconds_count{action="bind"} 0',
    "vipagent_takeover_duration_seconds_count 0",
  ];
  assert.deepEqual(missing(await page(), wanted), []);
});

test("what happens is counted under its word", async () => {
  const { metrics, page } = await open();
  metrics.judged(vip, { kind: "yield", reason: "lease-over", untilMs: 0 });
  metrics.asked("consul", "throttled");
  metrics.fault("stall");
  metrics.fault("stall");
  metrics.acted("bind", false, 3);
  metrics.tookOver(4);
  metrics.heard("on_stop", "an odd role");
  const series = [
    `vipagent_transitions_total{vip="${vip}",to="yield",reason="lease-over"} 1`,
    'vipagent_consul_requests_total{result="throttled"} 1',
    'vipagent_faults_total{fault="stall"} 2',
    'vipagent_actions_total{action="bind",result="failed"} 1',
    'vipagent_action_duration_seconds_sum{action="bind"} 0.003',
    'vipagent_takeover_duration_seconds_bucket{le="0.005"} 1',
    'vipagent_takeover_duration_seconds_bucket{le="0.0025"} 0',
    'vipagent_callbacks_total{action="on_stop",role="other"} 1',
  ];
  assert.deepEqual(missing(await page(), series), []);
});

test("what is the case comes from the status", async () => {
  const { page } = await open();
  const holding = aStatus([aVipStatus({ conflict: "02:00:00:00:00:09" })]);
  const series = [
    `vipagent_vip_held{vip="${vip}"} 1`,
    `vipagent_vip_desired{vip="${vip}"} 1`,
    `vipagent_leader_is_me{vip="${vip}"} 1`,
    `vipagent_state{vip="${vip}",state="holding"} 1`,
    `vipagent_state{vip="${vip}",state="standby"} 0`,
    `vipagent_lease_remaining_seconds{vip="${vip}"} 14.5`,
    `vipagent_conflict{vip="${vip}"} 1`,
    `vipagent_consul_up{vip="${vip}"} 1`,
    `vipagent_config_info{hash="0123456789ab"} 1`,
  ];
  assert.deepEqual(missing(await page(holding), series), []);
});

test("the last reload is told, refused or not, and when", async () => {
  const { clock, page } = await open();
  const read = "2026-11-21T03:00:00.000Z";
  const refused = "2026-11-21T03:00:09.500Z";
  const later = "2026-11-21T03:01:00.000Z";
  const rows = [
    [{ configReadAt: read }, 1, read],
    [{ configReadAt: read, reloadRefusedAt: refused }, 0, refused],
    [{ configReadAt: later }, 1, later],
  ] as const;
  for (const [agent, isTaken, at] of rows) {
    const series = [
      `vipagent_last_reload_successful ${isTaken}`,
      `vipagent_last_reload_timestamp_seconds ${Date.parse(at) / 1_000}`,
    ];
    assert.deepEqual(missing(await page(aStatus(undefined, agent)), series), []);
    await clock.advance(1_000);
  }
});

test("the text is made at most four times a second", async () => {
  const { clock, page } = await open();
  const standby = aStatus([aVipStatus({ isHeld: false })]);
  const held = /vipagent_vip_held\{[^}]*\} (\d)/u;
  assert.equal(held.exec(await page())?.[1], "1");
  await clock.advance(249);
  assert.equal(held.exec(await page(standby))?.[1], "1");
  await clock.advance(1);
  assert.equal(held.exec(await page(standby))?.[1], "0");
});

test("a VIP that is followed no longer takes its series along, and the others keep theirs", async () => {
  const { metrics, page } = await open();
  metrics.follow([vip, "192.168.1.141"]);
  metrics.announced(vip);
  metrics.announced("192.168.1.141");
  metrics.follow([vip]);
  const text = await page();
  assert.match(text, new RegExp(`vipagent_announcements_total\\{vip="${vip}"\\} 1`, "u"));
  assert.doesNotMatch(text, /192\.168\.1\.141/u);
});
