/**
 * How much is logged: `log-level`, or vip-manager's `verbose`.
 *
 * The two say one thing: the stronger source counts, and in the same source log-level does.
 */
import { levelsInOrder, winner } from "./merge.ts";
import { type Reading, readGiven, readSetting } from "./reading.ts";
import type { LogLevel } from "./settings.ts";

export function readLogLevel(reading: Reading): LogLevel | undefined {
  const { levels, complaints, origins } = reading;
  const verbose = winner(levels, "verbose");
  const logLevel = winner(levels, "log-level");
  const isVerbose = verbose !== undefined && readGiven(reading, "verbose", verbose.raw) === true;
  const deciding = levelsInOrder(levels).find((level) =>
    [...level.values()].some((given) => given === logLevel || (isVerbose && given === verbose)),
  );
  if (!isVerbose || (logLevel !== undefined && deciding?.get("log-level") === logLevel)) {
    return readSetting(reading, "log-level");
  }
  if (logLevel !== undefined) readGiven({ complaints }, "log-level", logLevel.raw);
  origins.push({ key: "log-level", shown: "debug", where: verbose.raw.where });
  return "debug";
}
