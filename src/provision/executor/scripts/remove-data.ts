/**
 * The one script that deletes data.
 *
 * It believes no plan, and looks for itself right before it acts: the folder is where its path says,
 * without a link on the way; nothing is mounted on it or below it; its service does not run, and nobody
 * works in it; it looks like what it claims to be. No link in it is followed, and what makes it look
 * like data goes last, so that a run that was cut off can be taken up.
 */
import { marks, walName } from "../../removal/looks-like.ts";
import type { RemovalOperation } from "../../removal/operation.ts";
import type { Claim } from "../../removal/thing.ts";
import type { Step } from "../step.ts";
import { beginning } from "./parts.ts";

/** A database may be large, and its disk slow. */
const deadlineMs = 1_800_000;

/** $1 path, $2 its service, $3 its mark or nothing, $4 what every name in it is like, or nothing. */
const removeData = `${beginning}
path=$1 unit=$2 mark=$3 pattern=$4
refuse() {
    fail "$path $*: nothing was done to it"
}
[ ! -L "$path" ] || refuse "is a link"
[ -e "$path" ] || exit 0
[ -d "$path" ] || refuse "is no folder"
[ "$(readlink -f -- "$path")" = "$path" ] || refuse "leads elsewhere: $(readlink -f -- "$path")"
written=$(printf '%s' "$path" | sed -e 's/\\\\/\\\\134/g' -e 's/ /\\\\040/g' -e 's/\\t/\\\\011/g')
mounted=$(POINT=$written awk '$5 == ENVIRON["POINT"] || index($5, ENVIRON["POINT"] "/") == 1 { print $5 }' \\
    /proc/self/mountinfo)
[ -z "$mounted" ] || refuse "has something mounted on it: $mounted"
case $(systemctl is-active -- "$unit" || :) in
active | activating | deactivating | reloading) refuse "is in use: $unit runs" ;;
esac
for process in /proc/[0-9]*; do
    place=$(readlink -- "$process/cwd" 2>/dev/null) || continue
    case $place in
    "$path" | "$path"/*) refuse "is in use by process \${process#/proc/}" ;;
    esac
done
names=$(ls -A -- "$path")
if [ -n "$names" ]; then
    if [ -n "$mark" ]; then
        [ -f "$path/$mark" ] || refuse "has no $mark"
    else
        strange=$(printf '%s\\n' "$names" | grep -E -v -- "$pattern" | head -n 3 | tr '\\n' ' ')
        [ -z "$strange" ] || refuse "has something else in it: $strange"
    fi
fi
find "$path" -xdev -mindepth 1 -maxdepth 1 ! -name "\${mark:-.}" \\
    -exec rm -rf --one-file-system -- {} +
[ -z "$mark" ] || rm -f -- "$path/$mark"
rmdir -- "$path"
sync -- "$(dirname -- "$path")"
`;

const units: Readonly<Record<Claim, string>> = {
  postgresql: "patroni.service",
  wal: "patroni.service",
  consul: "consul.service",
};

export function dataStep({
  path,
  claim,
}: Extract<RemovalOperation, { readonly kind: "remove-data" }>): Step {
  const how = claim === "wal" ? ["", walName] : [marks[claim], ""];
  return { script: removeData, args: [path, units[claim], ...how], deadlineMs };
}
