/**
 * What the cluster on a stage is doing, asked as an operator would.
 */
import { waitUntil } from "../../../../lab/clock.ts";
import type { HostName } from "../../../../lab/network.ts";
import { secretsOf } from "./provision.ts";
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

export type RaftPeers = { readonly voters: readonly HostName[] };

const PEERS = "CONSUL_HTTP_TOKEN=$(cat) consul operator raft list-peers";

/** By the word of one server; undefined while there is no leader who knows. */
export async function raftPeersBy(
  stage: ProvisionStage,
  host: HostName,
  clusterFile: string,
): Promise<RaftPeers | undefined> {
  const token = (await secretsOf(clusterFile)).get("management-token.secret");
  if (token === undefined) throw new Error("there is no management token");
  const { exitCode, stdout } = await stage.ssh(host, PEERS, { input: token });
  if (exitCode !== 0) return undefined;
  // Node, ID, Address, State, Voter, …
  const rows = stdout
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/u));
  const voters = rows.filter(([, , , , voter]) => voter === "true").map(([node = ""]) => node);
  return { voters: voters.toSorted() };
}
