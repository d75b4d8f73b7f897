/**
 * The socket at which the agent answers `vip-agent status`.
 *
 * The VIP does not depend on it: where something else stands in its place, the agent goes without.
 */
import { winner } from "./merge.ts";
import { type Reading, expectedOf, readSetting } from "./reading.ts";

const key = "status-socket";

export function readStatusSocket(reading: Reading): string | undefined {
  const path = readSetting(reading, key);
  if (path === undefined || path === "none") return undefined;
  const found = reading.host.kindOf(path);
  if (found !== "directory" && found !== "file" && found !== "other") return path;
  const isInside = found === "directory";
  const what = isInside ? "a directory" : "there already, and no socket";
  reading.complaints.push({
    severity: "warning",
    key,
    where: winner(reading.levels, key)?.raw.where ?? { kind: "default" },
    value: path,
    wrong: `is ${what}: vip-agent status cannot ask this agent`,
    expected: expectedOf(key),
    remedy: isInside ? `name a socket in it: ${path}/vip-agent.sock` : "remove it, or name another",
  });
  return undefined;
}
