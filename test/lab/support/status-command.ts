/**
 * `vip-agent status` and what it answers, for tests that hold it against what is the case.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import * as v from "valibot";

import { waitUntil } from "../../../lab/clock.ts";
import type { CommandResult } from "../../../lab/command.ts";
import type { Lab } from "../../../lab/lab.ts";
import { addressOf, INTERFACE, VIP, type HostName } from "../../../lab/network.ts";
import { configurationFile, vipAgent } from "./command-line.ts";

export const answerSchema = v.object({
  agent: v.object({ pid: v.number(), configFile: v.string() }),
  vips: v.array(
    v.object({
      state: v.string(),
      reason: v.string(),
      isHeld: v.boolean(),
      reachableSince: v.nullable(v.string()),
      attention: v.array(v.string()),
      leader: v.object({ member: v.nullable(v.string()), isMe: v.boolean() }),
      transitions: v.array(v.object({ reason: v.string() })),
    }),
  ),
});

const clusterSchema = v.object({
  clusters: v.array(
    v.object({
      leader: v.nullable(v.string()),
      members: v.array(v.object({ name: v.string(), isLeader: v.boolean() })),
      vips: v.array(
        v.object({
          answering: v.object({
            isHere: v.boolean(),
            mac: v.nullable(v.string()),
            member: v.nullable(v.string()),
            problem: v.nullable(v.string()),
          }),
        }),
      ),
      attention: v.array(v.string()),
    }),
  ),
});

export function freshSocket(): string {
  return `${tmpdir()}/${randomUUID()}.sock`;
}

// The agent binds before it listens.
export async function listening(socket: string): Promise<void> {
  await waitUntil(`socket ${socket}`, async () => existsSync(socket));
}

export async function status(socket: string, ...flags: readonly string[]): Promise<CommandResult> {
  return await vipAgent({ args: ["status", `--status-socket=${socket}`, ...flags] });
}

export async function answerOf(socket: string) {
  await listening(socket);
  const { exitCode, stdout, stderr } = await status(socket, "--json");
  assert.equal(stderr, "");
  return { exitCode, ...v.parse(answerSchema, JSON.parse(stdout)) };
}

// As the Patronis of three hosts write themselves into Consul, db1 being the primary.
export async function writeMembers({ leaderKey }: Lab): Promise<void> {
  for (const host of ["db1", "db2", "db3"]) {
    const role = host === "db1" ? "primary" : "replica";
    const conn_url = `postgres://${addressOf(host)}:5432/postgres`;
    const said = { conn_url, role, state: "running", timeline: 2, xlog_location: 1_000 };
    await leaderKey.writeSibling(`members/test-${host}`, said);
  }
}

// `status --cluster` in a host.
export async function askCluster(lab: Lab, host: HostName, isPowerless = false) {
  const config = await configurationFile({
    ip: VIP,
    interface: INTERFACE,
    "trigger-key": "db/test/leader",
    "trigger-value": `test-${host}`,
    "dcs-endpoints": lab.consul.endpoint,
  });
  const args = ["status", "--cluster", "--json", `--config=${config}`];
  const { exitCode, stdout, stderr } = await vipAgent({ host, args, isPowerless });
  if (stdout === "") return { exitCode, stderr };
  const [cluster] = v.parse(clusterSchema, JSON.parse(stdout)).clusters;
  return { exitCode, stderr, cluster, answering: cluster?.vips[0]?.answering };
}
