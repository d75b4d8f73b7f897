/**
 * Scripts for units of systemd.
 *
 * systemd is told to look at its files again each time: that costs little, and a unit that was written
 * by a run that was then cut off is known. Stamps are taken away before systemd is asked, and written
 * when it has done what it was asked: a run that is cut off in between leaves none, and the next one
 * asks again.
 */
import type { Operation } from "../../resources/operation.ts";
import type { Step } from "../step.ts";
import { beginning, stateFolder } from "./parts.ts";

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

export const stampFolder = `${stateFolder}/stamps`;

const deadlineMs = 60_000;

/** A stop takes as long as its unit allows; PostgreSQL writes a checkpoint first. */
const startDeadlineMs = 300_000;

/** stamp UNIT WHICH TEXT; is_stamped UNIT WHICH TEXT; without a text there is none. */
const stamping = `stamp() {
    (umask 077 && mkdir -p -- ${stampFolder})
    file=${stampFolder}/$1.$2
    if [ -z "$3" ]; then rm -f -- "$file"; return; fi
    printf '%s\\n' "$3" >"$file.new"
    sync -- "$file.new"
    mv -fT -- "$file.new" "$file"
}
is_stamped() {
    [ "$(cat ${stampFolder}/"$1.$2" 2>/dev/null || :)" = "$3" ]
}
`;

/** $1 unit. What it is about to be kept from goes on, if it runs. */
const mask = `${beginning}
systemctl mask -- "$1"
systemctl daemon-reload
`;

const enable = `${beginning}
systemctl daemon-reload
systemctl enable -- "$1"
`;

/**
 * $1 start or restart, $2 unit, $3 and $4 what it starts with and would reload. A package may have
 * started it since it was looked at, with less than it should run on; a start would leave that as it
 * is.
 */
const start = `${beginning}${stamping}
verb=$1
systemctl daemon-reload
if [ "$verb" = start ]; then
    case $(systemctl show --property=ActiveState -- "$2") in
    ActiveState=active | ActiveState=reloading | ActiveState=refreshing)
        if is_stamped "$2" started "$3" && is_stamped "$2" reloaded "$4"; then exit 0; fi
        verb=restart
        ;;
    esac
fi
stamp "$2" started ""
stamp "$2" reloaded ""
systemctl reset-failed -- "$2" 2>/dev/null || :
systemctl "$verb" -- "$2"
stamp "$2" started "$3"
stamp "$2" reloaded "$4"
`;

/** $1 unit, $2 what it reloads. */
const reload = `${beginning}${stamping}
systemctl daemon-reload
stamp "$1" reloaded ""
systemctl reload -- "$1"
stamp "$1" reloaded "$2"
`;

export function switchStep({ kind, name }: Of<"mask-unit" | "enable-unit">): Step {
  return { script: kind === "mask-unit" ? mask : enable, args: [name], deadlineMs };
}

export function startStep(operation: Of<"start-unit" | "restart-unit">): Step {
  const { kind, name, startedOn, reloadedOn = "" } = operation;
  const verb = kind === "start-unit" ? "start" : "restart";
  return { script: start, args: [verb, name, startedOn, reloadedOn], deadlineMs: startDeadlineMs };
}

export function reloadStep({ name, reloadedOn }: Of<"reload-unit">): Step {
  return { script: reload, args: [name, reloadedOn], deadlineMs: startDeadlineMs };
}
