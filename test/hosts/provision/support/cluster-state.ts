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

export type RaftPeer = {
  readonly name: HostName;
  readonly id: string;
  readonly isLeader: boolean;
  readonly isVoter: boolean;
};

/** `peers`: none while there is no leader who knows. */
export type RaftSight = {
  readonly peers: readonly RaftPeer[] | undefined;
  /** What was said instead. */
  readonly words: string;
};

/** By the word of one server. */
export async function raftBy(
  stage: ProvisionStage,
  host: HostName,
  clusterFile: string,
): Promise<RaftSight> {
  const { exitCode, stdout, stderr } = await raft(stage, {
    host,
    clusterFile,
    words: "list-peers",
  });
  if (exitCode !== 0) return { peers: undefined, words: stderr.trim() || `exit code ${exitCode}` };
  const rows = stdout.trim().split("\n").slice(1);
  const peers = rows.map((row) => {
    const [name = "", id = "", , state, voter] = row.split(/\s+/u);
    return { name, id, isLeader: state === "leader", isVoter: voter === "true" };
  });
  return { peers, words: "" };
}

/** Makes the server of that host the Raft leader. */
export async function makeRaftLeader(
  stage: ProvisionStage,
  host: HostName,
  clusterFile: string,
): Promise<void> {
  const isLeader = async () => {
    const { peers = [] } = await raftBy(stage, host, clusterFile);
    const own = peers.find(({ name }) => name === host);
    if (own === undefined || own.isLeader) return own !== undefined;
    await raft(stage, { host, clusterFile, words: `transfer-leader -id=${own.id}` });
    return false;
  };
  await waitUntil(`${host} is the Raft leader`, isLeader, { timeoutMs: 30_000, everyMs: 1_000 });
}

type RaftQuestion = {
  readonly host: HostName;
  readonly clusterFile: string;
  readonly words: string;
};

// A server waits for the leader that it has sent a question to, long after that one is gone.
async function raft(stage: ProvisionStage, { host, clusterFile, words }: RaftQuestion) {
  const token = (await secretsOf(clusterFile)).get("management-token.secret");
  if (token === undefined) throw new Error("there is no management token");
  const command = `CONSUL_HTTP_TOKEN=$(cat) timeout 3 consul operator raft ${words}`;
  return await stage.ssh(host, command, { input: token });
}
