/**
 * On each host one step at a time, and only of the run that has the lock.
 *
 * A run that is killed, or whose connection is cut, ends nothing on the host: the step that was under
 * way there goes on to its end. So each step that changes something holds a lock of the kernel (flock)
 * on the tool's own folder for as long as its script runs, and begins only where the host's lock bears
 * the number of its own run. A run that takes the host over waits for the first and writes the second:
 * behind that nothing of an earlier run goes on, and nothing of it begins any more, not even what sshd
 * had still to start.
 *
 * What a script leaves running behind it (a service, an agent of some package) does not have the lock.
 */
import assert from "node:assert/strict";

import { runFile } from "./lock.ts";
import { stateFolder } from "./scripts/parts.ts";
import type { Step } from "./step.ts";

/** No step has a deadline beyond that: for as long, one of an earlier run may still go on. */
export const longestStepMs = 1_800_000;

/** A step of this run is over before the next is sent: it is somebody else's, and about to be refused. */
const waitS = 30;

/** $1: the run; $2: the script; then its arguments. */
const aloneScript = `run=$1 script=$2
shift 2
refuse() {
    printf 'not begun: %s\\n' "$1" >&2
    exit 1
}
exec 9<${stateFolder}
flock -w ${waitS} 9 || refuse "another step is still going on there"
[ "$(cat ${runFile} 2>/dev/null || :)" = "$run" ] || refuse "this run has lost its lock there"
# The lock stays until the script has ended, whatever is sent to both of them.
trap : HUP INT TERM
code=0
sh -c "$script" sh "$@" 9<&- || code=$?
exit "$code"
`;

export function aloneStep({ script, args, deadlineMs, ...rest }: Step, run: string): Step {
  assert(deadlineMs <= longestStepMs, `a step may not take ${deadlineMs} ms`);
  return {
    ...rest,
    script: aloneScript,
    args: [run, script, ...args],
    deadlineMs: deadlineMs + waitS * 1_000,
  };
}
