/**
 * Verify: proves, without changing anything, that the cluster is what its file wants.
 */
import type { Finding } from "../phases/events.ts";
import type { Ports } from "../phases/ports.ts";
import type { World } from "../phases/world.ts";
import { dynamicConfig } from "../render/patroni.ts";
import { askEverything } from "./ask.ts";
import { judgeVerify } from "./judge.ts";

/** Never rejects. */
export async function verify(world: World, ports: Ports): Promise<readonly Finding[]> {
  const sights = await askEverything(world, ports);
  return judgeVerify(world.cluster, sights, dynamicConfig(world.cluster, world.parameters));
}
