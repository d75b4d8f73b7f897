/**
 * `vip-agent provision status`: how the cluster is, in a few lines: Consul's servers and members,
 * Patroni's members, and who has the VIP.
 *
 * It says what it finds and judges nothing: `verify` does.
 */
import { jsonLine } from "../../printable.ts";
import type { ConsulHttp, RaftServer } from "../../provision/acl/consul-http.ts";
import { consulServers } from "../../provision/cluster/hosts.ts";
import { type Member, patroniMembers } from "../../provision/phases/patroni-state.ts";
import type { Ports } from "../../provision/phases/ports.ts";
import { vipHolders } from "../../provision/phases/vip-state.ts";
import type { World } from "../../provision/phases/world.ts";
import { provisionExit } from "./exit-codes.ts";
import { writeFindings } from "./findings.ts";
import type { ProvisionFlags } from "./flags.ts";
import { appliedSecrets } from "./secrets-file.ts";
import { withHosts } from "./with-hosts.ts";

type Servers = readonly RaftServer[] | string;

type State = {
  /** A sentence where they cannot be asked. */
  readonly consul: Servers;
  readonly patroni: readonly Member[] | string;
  /** The hosts that have the VIP. */
  readonly vip: readonly string[];
};

export async function status(flags: ProvisionFlags): Promise<number> {
  return withHosts(flags, appliedSecrets, async ({ world, findings }, { ports }) => {
    if (world === undefined) {
      writeFindings(findings, flags);
      return provisionExit.failed;
    }
    const state = await stateOf(world, ports);
    process.stdout.write(flags.isJson ? `${jsonLine(state)}\n` : stateText(world, state));
    return provisionExit.fine;
  });
}

async function stateOf(world: World, ports: Ports): Promise<State> {
  const told = await patroniMembers(world, ports);
  const holders = await vipHolders(world, ports);
  return {
    consul: await serversBy(world, ports),
    patroni: told.ok ? told.value.members : told.detail,
    vip: holders.map(({ name }) => name),
  };
}

/** By the first server that answers. */
async function serversBy(world: World, ports: Ports): Promise<Servers> {
  const heard: string[] = [];
  for (const host of consulServers(world.cluster)) {
    const consul = await ports.consul(host);
    const raft = consul.ok ? await raftBy(consul.value, world) : consul;
    if (raft.ok) return raft.value;
    heard.push(`${host.name}: ${raft.detail}`);
  }
  return heard.join("; ");
}

async function raftBy(consul: ConsulHttp, { secrets }: World) {
  return consul.raft(secrets.managementToken.secret);
}

function stateText({ cluster }: World, { consul, patroni, vip }: State): string {
  const servers =
    typeof consul === "string"
      ? [`  ${consul}`]
      : consul.map(({ name, isLeader, isVoter }) => {
          return `  ${name}  ${isLeader ? "leader" : "follower"}${isVoter ? "" : ", no vote"}`;
        });
  const members =
    typeof patroni === "string"
      ? [`  ${patroni}`]
      : patroni.map(({ name, role, state, timeline, lagBytes }) => {
          const lag = lagBytes === undefined ? "" : `, ${lagBytes} bytes behind`;
          return `  ${name}  ${role}, ${state}, timeline ${timeline ?? "unknown"}${lag}`;
        });
  const holders = vip.length === 0 ? "nobody" : vip.join(", ");
  const lines = [
    `Consul, datacenter ${cluster.consul.datacenter}`,
    ...servers,
    `Patroni, scope ${cluster.scope}`,
    ...members,
    `VIP ${cluster.vip.address}: ${holders}`,
  ];
  return `${lines.join("\n")}\n`;
}
