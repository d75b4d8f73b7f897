/**
 * What the cluster on a stage is doing, asked as an operator would.
 */
import { waitUntil } from "../../../../lab/clock.ts";
import type { HostName } from "../../../../lab/network.ts";
import type { ProvisionStage } from "./stage.ts";

const LIST = "patronictl -c /etc/patroni/patroni.yml list --format json";

export type Member = { readonly name: string; readonly role: string; readonly state: string };

/** By the word of one of them. */
export async function membersBy(stage: ProvisionStage, host: HostName): Promise<readonly Member[]> {
  const { exitCode, stdout, stderr } = await stage.ssh(host, LIST);
  if (exitCode !== 0) throw new Error(`patronictl on ${host}: ${stderr}`);
  const rows = JSON.parse(stdout) as readonly Readonly<Record<string, string>>[];
  return rows.map(({ Member: name = "", Role: role = "", State: state = "" }) => {
    return { name, role, state };
  });
}

export async function leaderBy(
  stage: ProvisionStage,
  host: HostName,
): Promise<HostName | undefined> {
  return (await membersBy(stage, host)).find(({ role }) => role === "Leader")?.name;
}

/** One leader, and all others stream from it. */
export async function untilWhole(
  stage: ProvisionStage,
  hosts: readonly HostName[],
  timeoutMs: number,
): Promise<void> {
  const [asked = ""] = hosts;
  const isWhole = async () => {
    const members = await membersBy(stage, asked).catch(() => []);
    const leaders = members.filter(({ role, state }) => role === "Leader" && state === "running");
    const streaming = members.filter(({ state }) => state === "streaming");
    return leaders.length === 1 && streaming.length === hosts.length - 1;
  };
  await waitUntil("a leader, and replicas that stream", isWhole, { timeoutMs, everyMs: 500 });
}
