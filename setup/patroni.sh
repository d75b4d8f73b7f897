#!/bin/sh
# Prints the folder of a Python environment that has Patroni; exits 1 when there is none yet.
#
#     sh setup/patroni.sh 4.1.5              the folder
#     sh setup/patroni.sh 4.1.5 --build      makes it: ten seconds, 60 MB, once
#
# Everything in it is pinned by patroni-VERSION.txt beside this script, so that two runs install the
# same. It is kept in the user's cache; its name holds the sum of that list and of the Python it is
# made with, so a change of either makes a new one. A program in there is run by its module
# (bin/python -m patroni): the lab mounts the folder elsewhere.
set -eu
here=$(dirname "$(readlink -f "$0")")

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

usage() {
    known=
    for list in "$here"/patroni-*.txt; do
        version=${list##*/patroni-}
        known="$known ${version%.txt}"
    done
    fail "usage: sh setup/patroni.sh VERSION [--build], VERSION being one of$known"
}

version=${1:-}
list=$here/patroni-$version.txt
if [ -z "$version" ] || [ ! -f "$list" ]; then usage; fi

# The system's own Python first: another one may be in a home that other users cannot enter, and
# PostgreSQL has a user of its own.
find_python() {
    for candidate in /usr/bin/python3 python3; do
        "$candidate" -c 'import ensurepip, venv' 2>/dev/null || continue
        command -v "$candidate"
        return
    done
    return 1
}

build() {
    fresh=$folder.$$
    log=$(mktemp)
    trap 'rm -rf "$fresh" "$log"' EXIT
    trap 'exit 130' INT TERM
    mkdir -p "${folder%/*}"
    {
        "$python" -m venv "$fresh" &&
            "$fresh/bin/python" -m pip install -q -q --no-input --no-deps --requirement "$list"
    } >"$log" 2>&1 ||
        fail "$(tail -n 5 "$log")" "pip could not install Patroni $version and what it needs"
    # Another run may have been faster; then its folder is as good.
    mv -T "$fresh" "$folder" 2>/dev/null || [ -d "$folder" ]
}

python=$(find_python) ||
    fail "there is no Python 3 that makes environments: install Debian's python3-venv"
sum=$({ cat "$list" && "$python" --version; } | cksum)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/vip-agent/patroni-$version-${sum%% *}

case ${2:-} in
--build) [ -d "$folder" ] || build ;;
'') ;;
*) usage ;;
esac
[ -d "$folder" ] || exit 1
echo "$folder"
