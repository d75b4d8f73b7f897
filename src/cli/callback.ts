/**
 * `vip-agent callback ACTION ROLE SCOPE`: leaves word of one of Patroni's callbacks for the daemon,
 * as vip-agent-callback does in a hundredth of the time.
 *
 * Patroni appends its three words to what is configured, so `vip-agent callback` stands in
 * patroni.yml as it is. Whatever happens the exit code is 0: Patroni could do nothing about it, and
 * the agent does without. So the command line is not read as that of the other commands is, which
 * also spares loading what reads it.
 */
import { defaultDirectory } from "../callbacks/place.ts";
import { leaveWord } from "../callbacks/leave-word.ts";
import { variableName } from "../agent/config/table.ts";
import { exitCode } from "./exit-codes.ts";

const flag = "--callbacks";

/** `words` are what follows the name of the command. */
export function callback(words: readonly string[]): number {
  const { directory, rest } = readWords(words);
  const [action, role, scope] = rest;
  if (rest.length !== 3 || action === undefined || role === undefined || scope === undefined) {
    complain(`expected an action, a role and a scope, found ${rest.length} words`);
  } else if (["", "none"].includes(directory)) {
    complain(`${flag} names no directory: nobody listens`);
  } else {
    const left = leaveWord({ action, role, scope }, directory);
    if (!left.ok) complain(left.detail);
  }
  return exitCode.fine;
}

/** Patroni's three words may begin with a dash, so the flag counts before or behind them only. */
function readWords(words: readonly string[]) {
  const directory = process.env[variableName("callbacks")] ?? defaultDirectory;
  for (const at of [0, 3]) {
    const word = words[at] ?? "";
    const isJoined = word.startsWith(`${flag}=`);
    if (!isJoined && word !== flag) continue;
    const given = isJoined ? word.slice(flag.length + 1) : (words[at + 1] ?? "");
    return { directory: given, rest: words.toSpliced(at, isJoined ? 1 : 2) };
  }
  return { directory, rest: words };
}

function complain(detail: string): void {
  process.stderr.write(`vip-agent callback: ${detail}\n`);
}
