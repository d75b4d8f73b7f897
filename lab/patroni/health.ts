/**
 * Whether a Patroni cluster is well, by what its members say of themselves. Patroni 3 calls a primary
 * `master`.
 */
import type { PatroniNode } from "./node.ts";

const LEADING_ROLES: readonly string[] = ["primary", "master"];

/** Whether it runs as a primary; a Patroni that has ended never will, and that is an error. */
export async function isPrimary(node: PatroniNode): Promise<boolean> {
  if (!node.isPatroniRunning) throw new Error(`Patroni on ${node.host} has ended`);
  const status = await node.status().catch(() => undefined);
  return status?.state === "running" && LEADING_ROLES.includes(status.role);
}

/** Whether the leader runs as a primary and all others stream from it. */
export async function isWhole(
  leader: PatroniNode,
  nodes: readonly PatroniNode[],
): Promise<boolean> {
  const statuses = await Promise.all(nodes.map((node) => node.status()));
  return statuses.every(({ state, role, replication_state: replication }, index) => {
    if (state !== "running") return false;
    return nodes[index] === leader ? LEADING_ROLES.includes(role) : replication === "streaming";
  });
}
