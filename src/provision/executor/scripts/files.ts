/**
 * Scripts for files, directories and links.
 *
 * A file has its owner and mode before anything is in it, and its place only when it is whole. What
 * was there before is kept.
 */
import { digestOf } from "../../resources/digest.ts";
import type { Operation } from "../../resources/operation.ts";
import type { Step } from "../step.ts";
import { beginning, keeping, receiving, settling, workBeside } from "./parts.ts";

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

/** Validators may ask others: Patroni's asks Consul. */
const writeDeadlineMs = 90_000;
const deadlineMs = 30_000;

const isSame = `is_same() {
    [ -f "$2" ] && [ ! -L "$2" ] && [ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ]
}
`;

/** $1 path, $2 owner, $3 group, $4 mode, $5 length; then the validator's words. */
const writeFile = `${beginning}${receiving}${keeping}${settling}${isSame}
umask 077
path=$1 owner=$2 group=$3 mode=$4 length=$5
shift 5
[ ! -d "$path" ] || fail "$path is a directory"
${workBeside}
chgrp -- "$group" "$work"
chmod 0750 "$work"
new=$work/$(basename -- "$path")
: >"$new"
chown -- "$owner:$group" "$new"
chmod -- "$mode" "$new"
receive "$new" "$length"
left=$#
while [ "$left" -gt 0 ]; do
    word=$1
    shift
    case $word in *"{}"*) word=\${word%%"{}"*}$new\${word#*"{}"} ;; esac
    set -- "$@" "$word"
    left=$((left - 1))
done
if [ $# -gt 0 ] && ! "$@" >"$work/.words" 2>&1 </dev/null; then
    tail -c 4000 "$work/.words" >&2
    fail "$path stays as it was: $1 does not accept the new one"
fi
is_same "$new" "$path" || keep "$path"
settle "$new" "$path"
`;

/**
 * $1 path, $2 length, $3 the digest of the text that the new one was made from, or nothing, $4 that of
 * the new one. The one that is there, links followed, lends its access. It is looked at last: what
 * somebody else has written since the plan would be lost.
 */
const writeText = `${beginning}${receiving}${keeping}${settling}
path=$(readlink -f -- "$1")
${workBeside}
new=$work/$(basename -- "$path")
if [ -e "$path" ]; then cp -a -- "$path" "$new"; else : >"$new"; fi
receive "$new" "$2"
if [ -n "$3" ]; then
    found=none
    [ ! -e "$path" ] || found=$(sha256sum <"$path")
    case \${found%% *} in
    "$3" | "$4") ;;
    *) fail "$1 is another one than the plan was made from, and stays as it is: run again" ;;
    esac
fi
keep "$path"
settle "$new" "$path"
`;

/** $1 path, $2 owner, $3 group, $4 mode. */
const setAccess = `${beginning}
[ ! -L "$1" ] || fail "$1 is a link"
[ -e "$1" ] || fail "$1 is not there"
chown -- "$2:$3" "$1"
chmod -- "$4" "$1"
`;

/** $1 path, $2 owner, $3 group, $4 mode. Nothing but the directory itself is touched. */
const makeDirectory = `${beginning}
[ ! -L "$1" ] || fail "$1 is a link"
if [ ! -d "$1" ]; then
    [ ! -e "$1" ] || fail "$1 is there, and is no directory"
    mkdir -p -- "$(dirname -- "$1")"
    mkdir -m 0700 -- "$1"
fi
chown -- "$2:$3" "$1"
chmod -- "$4" "$1"
if command -v restorecon >/dev/null; then restorecon -- "$1" || :; fi
`;

/** $1 path, $2 target. */
const setLink = `${beginning}${keeping}
path=$1
if [ -L "$path" ] && [ "$(readlink -- "$path")" = "$2" ]; then exit 0; fi
[ -L "$path" ] || [ ! -d "$path" ] || fail "$path is a directory"
${workBeside}
ln -s -- "$2" "$work/link"
keep "$path"
mv -fT -- "$work/link" "$path"
sync -- "$folder"
`;

export function writeFileStep(operation: Of<"write-file">): Step {
  const { path, owner, group, mode, content, validator = [] } = operation;
  const length = String(Buffer.byteLength(content.text));
  return {
    script: writeFile,
    args: [path, owner, group, mode, length, ...validator],
    stdin: { text: content.text },
    deadlineMs: writeDeadlineMs,
  };
}

export function writeTextStep({ path, text, basedOn = "" }: Of<"write-text">): Step {
  const args = [path, String(Buffer.byteLength(text)), basedOn, digestOf(text)];
  return { script: writeText, args, stdin: { text }, deadlineMs };
}

export function accessStep(operation: Of<"set-access" | "make-directory">): Step {
  const { kind, path, owner, group, mode } = operation;
  const script = kind === "set-access" ? setAccess : makeDirectory;
  return { script, args: [path, owner, group, mode], deadlineMs };
}

export function linkStep({ path, target }: Of<"set-link">): Step {
  return { script: setLink, args: [path, target], deadlineMs };
}
