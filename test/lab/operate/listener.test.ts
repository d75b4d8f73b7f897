/**
 * Whoever bothers the listener, and whatever is wrong with it: the VIP stays where it is, and moves
 * when it has to.
 */
import assert from "node:assert/strict";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import type { LabAgent } from "../../../lab/agent.ts";
import { monotonicMs } from "../../../lab/clock.ts";
import { attempt, run } from "../../../lab/command.ts";
import { inHost, type HostName } from "../../../lab/network.ts";
import { LabProcess } from "../../../lab/process.ts";
import { LAB, skipWithout } from "../support/capabilities.ts";
import { deletionsOf, isDeleted, ms, Stage, withStage, WIDE_MS } from "../support/stage.ts";

const skip = await skipWithout(...LAB);

const PORT = 9_728;
const program = (name: string) =>
  fileURLToPath(new URL(`../../../lab/programs/${name}.ts`, import.meta.url));

const ASK = `
  const [url] = process.argv.slice(1);
  const answer = await fetch(url);
  console.log(answer.status, await answer.text());`;

describe("the listener of a holder", { skip }, () => {
  let stage: Stage;

  withStage(async () => {
    stage = await Stage.open();
    return stage;
  });

  /** What it answers on loopback of its host: the code and the body. */
  async function ask(host: HostName, path: string): Promise<string> {
    const url = `http://127.0.0.1:${PORT}${path}`;
    const script = ["--input-type=module", "--eval", ASK, url];
    return await run([...inHost(host), process.execPath, ...script], { timeoutMs: WIDE_MS });
  }

  /** Runs it in db1's network until it has ended. */
  async function bother(name: string, ...words: readonly string[]): Promise<string> {
    const argv = [process.execPath, program(name), ...words];
    const botherer = stage.own(new LabProcess({ name, host: "db1", argv }));
    const { text } = await botherer.lines.next("its end", undefined, { timeoutMs: 40_000 });
    return text;
  }

  async function complaint(agent: LabAgent): Promise<string> {
    const isOurs = ({ fields }: { fields: Readonly<Record<string, unknown>> }) =>
      fields["topic"] === "listener";
    const { fields } = await agent.events.next("complaint", isOurs, { timeoutMs: WIDE_MS });
    return String(fields["msg"]);
  }

  it("says who holds the VIP and why, and counts", async () => {
    await stage.holder("db1", { "metrics-port": PORT });
    const status = await ask("db1", "/status");
    assert.match(status, /^200 .*"state":"holding".*"reason":"leader".*"isHeld":true/u);
    assert.match(await ask("db1", "/metrics"), /^vipagent_vip_held\{vip="192\.168\.1\.140"\} 1$/mu);
    assert.match(await ask("db1", "/health/ready"), /^200 well/u);
  });

  it("is not heard of on the host's other addresses", async () => {
    await stage.holder("db1", { "metrics-port": PORT });
    const script = ["--eval", `require("node:net").connect(${PORT}, "192.168.1.141")`];
    const { stderr } = await attempt([...inHost("client"), process.execPath, ...script]);
    assert.match(stderr, /ECONNREFUSED/u);
  });

  it("costs the VIP nothing when ten thousand come who say nothing, or garbage", async (test) => {
    const { addresses } = await stage.holder("db1", { "metrics-port": PORT, lifetime: 2 });
    const other = await stage.agent("db2");
    const garbage = "\u0001\u0002 GET HTTP \r\n\r\n";
    const crowds = Promise.all([
      bother("loiterer", "127.0.0.1", String(PORT), "10000"),
      bother("loiterer", "127.0.0.1", String(PORT), "2000", garbage),
      bother("scraper", `http://127.0.0.1:${PORT}/metrics`, "500", "3"),
    ]);
    await crowds;
    assert.deepEqual(await deletionsOf(addresses), []);
    const sinceMs = monotonicMs();
    const again = bother("loiterer", "127.0.0.1", String(PORT), "4000");
    await stage.lab.leaderKey.move(other.member);
    const { atMs } = await addresses.next("release", isDeleted, { sinceMs, timeoutMs: WIDE_MS });
    test.diagnostic(`released ${ms(atMs - sinceMs)} after the move, in the crowd`);
    assert.ok(atMs - sinceMs < 1_000, ms(atMs - sinceMs));
    await again;
  });

  it("is missing where its port is taken, and the VIP is not", async () => {
    const taken = ["--eval", `require("node:net").createServer().listen(${PORT}, "127.0.0.1")`];
    const argv = [process.execPath, ...taken];
    stage.own(new LabProcess({ name: "whoever has the port", host: "db1", argv }));
    const { agent } = await stage.holder("db1", { "metrics-port": PORT });
    const said = await complaint(agent);
    assert.match(said, /^nobody is answered on 127\.0\.0\.1 port 9728: .*EADDRINUSE/u);
  });

  it("ends cleanly while somebody asks", async () => {
    const { agent } = await stage.holder("db1", { "metrics-port": PORT });
    const scraping = bother("scraper", `http://127.0.0.1:${PORT}/status`, "300", "2");
    const { code } = await agent.term();
    assert.equal(code, 0);
    assert.match(await scraping, /"asked":\d+/u);
  });

  it("opens its socket once what was in the way is gone", async () => {
    const socket = `${await mkdtemp(`${tmpdir()}/vip-agent-`)}/status/vip-agent.sock`;
    const first = await stage.agent("db1", { "status-socket": socket });
    await first.event("started", { timeoutMs: WIDE_MS });
    const second = await stage.agent("db2", { "status-socket": socket });
    assert.match(await complaint(second), /another agent answers there/u);
    await first.term();
    const isAnswering = async () =>
      (await attempt(["stat", "--format=%F", socket])).stdout.trim() === "socket";
    for (let tries = 0; tries < 80 && !(await isAnswering()); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(await isAnswering());
  });

  it("is done without where the socket's path is a directory, and the log names it", async () => {
    const folder = `${await mkdtemp(`${tmpdir()}/vip-agent-`)}/directory`;
    await mkdir(folder);
    const { agent } = await stage.holder("db1", { "status-socket": folder });
    const { fields } = await agent.event("warning");
    assert.match(String(fields["msg"]), /^status-socket .*is a directory/u);
  });
});
