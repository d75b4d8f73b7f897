/**
 * Only one run at a time works on a host.
 *
 * The lock is a folder, complete with its owner before it gets its name: whoever finds it can say
 * whose it is. It stays when a run is killed. The same owner may take it again, when what that run had
 * begun on the host is over (alone.ts); anybody else is told whose it is, and how old. There is no word
 * that takes it away: who has seen that the other run is over removes it by hand.
 *
 * It is on the disk before it has its name, and its end is too before anybody hears of it: a host that
 * loses its power comes back with no lock of a run that is over, and with none that is nobody's.
 */
import { hostname } from "node:os";
import { type Outcome, done, failed } from "../../outcome.ts";
import type { CommandResult, ExecutorCode } from "./executor.ts";
import { stateFolder } from "./scripts/parts.ts";
import type { Step } from "./step.ts";

export const lockFolder = `${stateFolder}/lock`;

/** The number of the run that has the lock. */
export const runFile = `${lockFolder}/run`;

const deadlineMs = 20_000;

/** The exit codes for a lock of somebody else, and for a step of an earlier run that goes on. */
const foreignCode = 3;
const busyCode = 4;

/** After that it is said, and asked again by whoever wants to wait. */
const busyAfterS = 3;

/** Folders of steps and locks whose host lost its power; no step takes so long. */
const leftAfterMin = 60;

/** $1: the owner; $2: from which machine; $3: the number of the run. */
const lockScript = `set -eu
umask 077
mkdir -p -- ${stateFolder}
chmod 0700 ${stateFolder}
cd ${stateFolder}
refuse_foreign() {
    [ -d lock ] && [ "$(cat lock/owner 2>/dev/null || :)" != "$1" ] || return 0
    since=$(cat lock/time 2>/dev/null || :)
    case $since in '' | *[!0-9]*) since=0 ;; esac
    echo $(($(date +%s) - since))
    cat lock/machine lock/owner 2>/dev/null || :
    exit ${foreignCode}
}
refuse_foreign "$1"
exec 9<.
flock -w ${busyAfterS} -E ${busyCode} 9 || exit $?
fresh=$(mktemp -d lock.XXXXXX)
trap 'rm -rf -- "${stateFolder}/$fresh"' EXIT
printf '%s\\n' "$1" >"$fresh/owner"
printf '%s\\n' "$2" >"$fresh/machine"
printf '%s\\n' "$3" >"$fresh/run"
date +%s >"$fresh/time"
sync "$fresh/owner" "$fresh/machine" "$fresh/time" "$fresh" 2>/dev/null || :
tries=0
until mv -T -- "$fresh" lock 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 5 ] || { echo "the lock cannot be made" >&2; exit 1; }
    refuse_foreign "$1"
    if mv -fT -- "$fresh/run" ${runFile} 2>/dev/null; then break; fi
done
find . -xdev -mindepth 1 -maxdepth 1 \\( -name 'work.??????' -o -name '*lock.??????' \\) \\
    -mmin +${leftAfterMin} -exec rm -rf -- {} + 2>/dev/null || :
`;

/** $1: the owner. */
const unlockScript = `set -eu
cd ${stateFolder}
[ "$(cat lock/owner 2>/dev/null || :)" = "$1" ] || exit 0
gone=$(mktemp -d unlock.XXXXXX)
mv -T -- lock "$gone/lock"
sync . "$gone" 2>/dev/null || :
rm -rf -- "$gone"
`;

/** The number of the run is its alone: steps are told by it (alone.ts). */
export function lockStep(owner: string, run: string): Step {
  return { script: lockScript, args: [oneLine(owner), hostname(), run], deadlineMs };
}

export function unlockStep(owner: string): Step {
  return { script: unlockScript, args: [oneLine(owner)], deadlineMs };
}

export function lockOutcome(
  { exitCode, stdout, stderr }: CommandResult,
  host: string,
): Outcome<void, ExecutorCode> {
  if (exitCode === 0) return done(undefined);
  if (exitCode === busyCode) {
    return failed("busy", `on ${host} a step that an earlier run has begun is still going on`);
  }
  if (exitCode !== foreignCode) {
    return failed("failed", `${host} could not be locked: ${stderr.trim() || exitCode}`);
  }
  const [age = "", machine = "", owner = ""] = stdout.split("\n");
  return failed(
    "locked",
    `${host} is locked by ${owner || "nobody knows whom"}${machine === "" ? "" : ` on ${machine}`}, ` +
      `for ${ageText(Number(age))}; wait for that run; ` +
      `if it is over, remove ${lockFolder} on ${host} and run again`,
  );
}

function ageText(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds > 1_000_000_000) return "an unknown time";
  if (seconds < 120) return `${Math.max(0, seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
