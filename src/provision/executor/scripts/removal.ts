/**
 * Scripts that take off a host what others have brought.
 *
 * What is removed is kept as what is replaced is. Two things are not: a Python environment, which is
 * made anew from the same pinned packages, and a package, which its manager has. What deletes data
 * stands by itself (remove-data.ts).
 */
import type { RemovalOperation } from "../../removal/operation.ts";
import { venvMarker } from "../../resources/venv.ts";
import type { Step } from "../step.ts";
import { managers } from "./packages.ts";
import { beginning, environments, keeping, workInState } from "./parts.ts";
import { dataStep } from "./remove-data.ts";
import { stampFolder } from "./units.ts";

const deadlineMs = 60_000;

/** A stop takes as long as its unit allows; PostgreSQL writes a checkpoint first. */
const stopDeadlineMs = 360_000;

/** Others may be installing. */
const packageDeadlineMs = 600_000;

/** $1 unit. Its stamps go first: a run that is cut off here finds it running, and stops it again. */
const stop = `${beginning}
rm -f -- "${stampFolder}/$1.started" "${stampFolder}/$1.reloaded"
systemctl stop -- "$1"
case $(systemctl is-active -- "$1" || :) in
active | activating | deactivating | reloading) fail "$1 does not stop" ;;
esac
systemctl reset-failed -- "$1" 2>/dev/null || :
`;

/** $1 unit. */
const disable = `${beginning}
systemctl daemon-reload
systemctl disable -- "$1"
`;

/**
 * $1 unit. A package may have enabled it behind the mask: at the next boot it would start. Not every
 * systemd disables what is masked, so it is told twice.
 */
const unmask = `${beginning}
systemctl disable -- "$1" 2>/dev/null || :
systemctl unmask -- "$1"
systemctl daemon-reload
systemctl disable -- "$1" 2>/dev/null || :
`;

/** $1 path. */
const removeFile = `${beginning}${keeping}
path=$1
if [ -e "$path" ] || [ -L "$path" ]; then
    [ -L "$path" ] || [ ! -d "$path" ] || fail "$path is a directory"
    keep "$path"
    rm -f -- "$path"
    sync -- "$(dirname -- "$path")"
fi
case $path in /etc/systemd/system/*) systemctl daemon-reload ;; esac
`;

/** $1 path. */
const removeDirectory = `${beginning}
[ ! -L "$1" ] || fail "$1 is a link"
[ ! -d "$1" ] || rmdir -- "$1"
`;

/** $1 path, $2 its marker, which goes first: half an environment is none. */
const removeEnvironment = `${beginning}${environments}
path=$1
[ ! -L "$path" ] || fail "$path is a link"
[ -d "$path" ] || exit 0
is_environment "$path" || fail "$path is no Python environment, nothing was done to it"
rm -f -- "$2"
clear_environment "$path"
rm -f -- "$path/pyvenv.cfg"
rmdir -- "$path"
`;

/** $1 name. Not by apt-get or dnf, which would take along whatever depends on it. */
const removePackage = `${beginning}${managers}${workInState}
name=$1
case $(manager) in
apt)
    apt_mend
    tries=0
    while dpkg-query -W -f='\${db:Status-Status}\\n' -- "$name" 2>/dev/null | grep -q -v '^not-installed$'; do
        tries=$((tries + 1))
        if quietly dpkg --purge -- "$name" 2>"$work/words"; then break; fi
        if [ "$tries" -gt 60 ] || ! grep -q lock "$work/words"; then
            cat "$work/words" >&2
            fail "dpkg could not remove the package $name"
        fi
        sleep 2
    done
    ;;
dnf)
    if rpm -q -- "$name" >/dev/null 2>&1; then
        quietly rpm -e -- "$name" || fail "rpm could not remove the package $name"
    fi
    ;;
*) exit 1 ;;
esac
`;

function environmentStep(path: string): Step {
  const marker = venvMarker({ path, requirements: [] });
  return { script: removeEnvironment, args: [path, marker.path], deadlineMs };
}

export function removalStep(operation: RemovalOperation): Step {
  switch (operation.kind) {
    case "stop-unit":
      return { script: stop, args: [operation.name], deadlineMs: stopDeadlineMs };
    case "disable-unit":
      return { script: disable, args: [operation.name], deadlineMs };
    case "unmask-unit":
      return { script: unmask, args: [operation.name], deadlineMs };
    case "remove-file":
      return { script: removeFile, args: [operation.path], deadlineMs };
    case "remove-directory":
      return { script: removeDirectory, args: [operation.path], deadlineMs };
    case "remove-environment":
      return environmentStep(operation.path);
    case "remove-package":
      return { script: removePackage, args: [operation.name], deadlineMs: packageDeadlineMs };
    case "remove-data":
      return dataStep(operation);
  }
}
