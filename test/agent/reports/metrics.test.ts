/**
 * What is counted, and that whoever reads it cannot harm.
 */
import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { serveMetrics } from "../../../src/agent/reports/http.ts";
import type { Log } from "../../../src/agent/reports/log.ts";
import { createMetrics, faultNames } from "../../../src/agent/reports/metrics.ts";
import { holdReasons, yieldReasons } from "../../../src/policy/reasons.ts";
import { troubleCauses } from "../../../src/policy/sightings.ts";

const vip = "192.168.1.140";

function recordingLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const write = (event: string, message: string) => void lines.push(`${event}: ${message}`);
  return { log: { info: write, warn: write, error: write }, lines };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is one
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("every reason, cause and fault has its series before it ever happened", async () => {
  const page = await (await createMetrics([vip])).page();
  const wanted = [
    ...Object.keys(holdReasons).map((reason) => `to="hold",reason="${reason}"} 0`),
    ...Object.keys(yieldReasons).map((reason) => `to="yield",reason="${reason}"} 0`),
    ...troubleCauses.map((cause) => `vipagent_consul_requests_total{result="${cause}"} 0`),
    ...faultNames.map((fault) => `vipagent_faults_total{fault="${fault}"} 0`),
  ];
  assert.deepEqual(
    wanted.filter((series) => !page.includes(series)),
    [],
  );
});

test("what happens is counted under its word", async () => {
  const metrics = await createMetrics([vip]);
  metrics.judged(vip, { kind: "yield", reason: "lease-over", untilMs: 0 });
  metrics.asked("consul", "throttled");
  metrics.fault("stall");
  metrics.fault("stall");
  metrics.acted("bind", false);
  metrics.held(vip, true);
  const page = await metrics.page();
  const series = [
    `vipagent_transitions_total{vip="${vip}",to="yield",reason="lease-over"} 1`,
    'vipagent_consul_requests_total{result="throttled"} 1',
    'vipagent_faults_total{fault="stall"} 2',
    'vipagent_actions_total{action="bind",result="failed"} 1',
    `vipagent_vip_held{vip="${vip}"} 1`,
  ];
  assert.deepEqual(
    series.filter((line) => !page.includes(line)),
    [],
  );
});

test("the page is served at /metrics, and nothing else is", async () => {
  const port = await freePort();
  const { log, lines } = recordingLog();
  serveMetrics(await createMetrics([vip]), port, log);
  const page = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /vipagent_vip_held/);
  const other = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(other.status, 404);
  await other.text();
  assert.deepEqual(lines, []);
});

test("a port that is taken is a warning", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is one
  const { port } = taken.address() as AddressInfo;
  const { log, lines } = recordingLog();
  serveMetrics(await createMetrics([vip]), port, log);
  await new Promise((resolve) => setTimeout(resolve, 50));
  taken.close();
  assert.match(lines.join("\n"), /^trouble: no metrics on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
});
