/**
 * Which hosts have the VIP, as their kernels tell.
 *
 * A host that cannot be asked is counted as one without it.
 */
import type { Host } from "../cluster/cluster.ts";
import { databaseHosts } from "../cluster/hosts.ts";
import type { Ports } from "./ports.ts";
import type { World } from "./world.ts";

export async function vipHolders({ cluster }: World, ports: Ports): Promise<readonly Host[]> {
  const hosts = databaseHosts(cluster);
  const argv = ["ip", "-oneline", "address", "show", "to", `${cluster.vip.address}/32`];
  const answers = await Promise.all(hosts.map(async (host) => ports.executor(host).ask(argv)));
  return hosts.filter((_, index) => {
    const answer = answers[index];
    return answer?.ok === true && answer.value.stdout.trim() !== "";
  });
}
