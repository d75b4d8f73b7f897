/**
 * The usual words of `vip-agent status`, read without yargs: that takes as long as all the rest of
 * the command (90 of 200 ms, measured), and somebody waits.
 *
 * Whatever else stands there (a slip, --help, a setting) is left to yargs, so nothing is understood
 * here that is not understood there, and in the same way.
 */
import type { StatusOptions } from "../status.ts";

const socketFlag = "--status-socket";

/** `words` are what follows the name of the command; undefined where yargs has to read them. */
export function plainOptions(words: readonly string[]): StatusOptions | undefined {
  const flags: Record<string, string> = {};
  let isJson = false;
  let isWatch = false;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "--json") isJson = true;
    else if (word === "--watch") isWatch = true;
    else {
      const isJoined = word.startsWith(`${socketFlag}=`);
      if (!isJoined && word !== socketFlag) return undefined;
      if (!isJoined) index += 1;
      const path = isJoined ? word.slice(socketFlag.length + 1) : (words[index] ?? "");
      if (path === "" || path.startsWith("-")) return undefined;
      flags["status-socket"] = path;
    }
  }
  return { flags, isJson, isWatch, isCluster: false };
}
