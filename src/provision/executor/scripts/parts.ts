/**
 * What the scripts of several operations begin with.
 *
 * A temporary file is made in a folder of its own beside the file that it becomes: on the same file
 * system, so that the last step is a rename; under its final name, since validators judge by the
 * ending; and where a service that reads all files of a folder does not see it. One that a killed run
 * has left is removed by the next.
 */

/** The tool's own on a host: root 0700. */
export const stateFolder = "/var/lib/vip-agent-provision";

export const beginning = `set -eu
fail() {
    printf '%s\\n' "$*" >&2
    exit 1
}
`;

/** Makes $work beside $path, with $path's folder in $folder. */
export const workBeside = `folder=$(dirname -- "$path")
[ -d "$folder" ] || fail "$folder is no directory"
rm -rf -- "$folder"/.vip-agent-provision.*
work=$(mktemp -d -- "$folder/.vip-agent-provision.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' HUP INT TERM
`;

/** Makes $work in the tool's own folder. */
export const workInState = `(umask 077 && mkdir -p -- ${stateFolder})
work=$(mktemp -d -- ${stateFolder}/work.XXXXXX)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 1' HUP INT TERM
`;

/** keep PATH: what is there now, with its access, below a folder of this moment. */
export const keeping = `keep() {
    [ -e "$1" ] || [ -L "$1" ] || return 0
    kept=${stateFolder}/kept/$(date -u +%Y-%m-%dT%H-%M-%S.%NZ)$(dirname -- "$1")
    (umask 077 && mkdir -p -- "$kept")
    cp -a -- "$1" "$kept/"
}
`;

/** settle NEW PATH: on disk before it has its name, so that a crash leaves the one or the other. */
export const settling = `settle() {
    sync -- "$1"
    mv -fT -- "$1" "$2"
    sync -- "$(dirname -- "$2")"
    if command -v restorecon >/dev/null; then restorecon -- "$2" || :; fi
}
`;

/**
 * A Python environment is told by its pyvenv.cfg, which comes first and goes last.
 *
 * is_environment FOLDER: it is one, whole or half, or nothing yet. clear_environment FOLDER: all but
 * that file.
 */
export const environments = `is_environment() {
    [ -e "$1/pyvenv.cfg" ] || [ -z "$(ls -A -- "$1")" ]
}
clear_environment() {
    find "$1" -xdev -mindepth 1 -maxdepth 1 ! -name pyvenv.cfg \\
        -exec rm -rf --one-file-system -- {} +
}
`;

/** receive FILE LENGTH: a connection that was cut looks like the end of the content. */
export const receiving = `receive() {
    cat >"$1"
    [ "$(wc -c <"$1")" -eq "$2" ] || fail "the content did not arrive whole"
}
`;

/** receive_checked FILE DIGEST */
export const receivingChecked = `receive_checked() {
    cat >"$1"
    arrived=$(sha256sum <"$1")
    [ "\${arrived%% *}" = "$2" ] || fail "what arrived has SHA-256 \${arrived%% *}, not $2"
}
`;
