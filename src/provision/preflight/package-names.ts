/**
 * Which packages must be to be had, by the names that they have on the systems that are known.
 *
 * A host is asked once, before anybody knows what system it has; so it is asked for all of them.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { isObstacle, layoutOf } from "../render/layout.ts";
import type { OsSight } from "./survey.ts";

const anyVersion = { idLike: [], version: "" };

export function packageNames(cluster: Cluster): readonly string[] {
  const names = ["debian", "rhel", "redos"].flatMap((id) => {
    return neededPackages({ id, ...anyVersion }, cluster) ?? [];
  });
  return [...new Set(names)];
}

/** None where the system is unknown. */
export function neededPackages(
  os: Omit<OsSight, "name">,
  cluster: Cluster,
): readonly string[] | undefined {
  const layout = layoutOf(os, cluster);
  return isObstacle(layout) ? undefined : [...layout.packages, ...layout.pythonPackages];
}
