/**
 * Scripts for programs that are no packages: one file, or a Python environment.
 */
import type { Operation } from "../../resources/operation.ts";
import { venvMarker } from "../../resources/venv.ts";
import type { Material } from "../artefacts.ts";
import type { Step } from "../step.ts";
import {
  beginning,
  environments,
  keeping,
  receivingChecked,
  settling,
  workBeside,
  workInState,
} from "./parts.ts";

type Of<Kind extends Operation["kind"]> = Extract<Operation, { readonly kind: Kind }>;

const deadlineMs = 300_000;
const venvDeadlineMs = 900_000;

/** $1 path, $2 digest. */
const installProgram = `${beginning}${receivingChecked}${keeping}${settling}
path=$1
[ ! -d "$path" ] || fail "$path is a directory"
${workBeside}
new=$work/$(basename -- "$path")
receive_checked "$new" "$2"
chown root:root "$new"
chmod 0755 "$new"
keep "$path"
settle "$new" "$path"
`;

/**
 * $1 path, $2 marker, $3 its text, $4 the digest of the wheels or nothing; then requirements. An
 * environment knows its own path, so it is made in place, and what is there is replaced only where it
 * is an environment that was made by half or for something else. Its pyvenv.cfg tells that; so it is the
 * first thing to come, before Python would write it, and the one that stays when the rest is cleared.
 */
const makeVenv = `${beginning}${environments}${receivingChecked}
path=$1 marker=$2 text=$3 wheels=$4
shift 4
${workInState}
if [ -n "$wheels" ]; then
    receive_checked "$work/wheels.tar" "$wheels"
    mkdir "$work/wheels"
    tar -xf "$work/wheels.tar" -C "$work/wheels" --no-same-owner
    rm -- "$work/wheels.tar"
fi
python3 -c 'import venv, ensurepip' 2>/dev/null ||
    fail "python3 lacks venv or ensurepip (on Debian: the package python3-venv)"
[ ! -L "$path" ] || fail "$path is a link"
[ ! -d "$path" ] || is_environment "$path" ||
    fail "$path is there, and is no Python environment"
rm -f -- "$marker"
mkdir -p -- "$path"
chmod 0755 "$path"
[ -e "$path/pyvenv.cfg" ] || : >"$path/pyvenv.cfg"
clear_environment "$path"
python3 -m venv -- "$path" >"$work/log" 2>&1 </dev/null ||
    { tail -n 20 "$work/log" >&2; fail "python3 could not make $path"; }
printf '%s\\n' "$@" >"$work/requirements"
set -- --requirement "$work/requirements"
if [ -n "$wheels" ]; then set -- --no-index --find-links "$work/wheels" "$@"; fi
"$path/bin/python3" -m pip install --no-input --disable-pip-version-check --no-cache-dir \\
    --prefer-binary "$@" >"$work/log" 2>&1 </dev/null ||
    { tail -n 20 "$work/log" >&2; fail "pip could not fill $path"; }
sync -f -- "$path"
printf '%s' "$text" >"$path/.marker"
sync -- "$path/.marker"
mv -fT -- "$path/.marker" "$marker"
`;

export function programStep({ path }: Of<"install-program">, { file, sha256 }: Material): Step {
  return { script: installProgram, args: [path, sha256], stdin: { file }, deadlineMs };
}

export function venvStep(operation: Of<"make-venv">, material: Material | undefined): Step {
  const { path, requirements } = operation;
  const marker = venvMarker(operation);
  return {
    script: makeVenv,
    args: [path, marker.path, marker.text, material?.sha256 ?? "", ...requirements],
    ...(material !== undefined && { stdin: { file: material.file } }),
    deadlineMs: venvDeadlineMs,
  };
}
