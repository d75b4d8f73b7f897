#!/bin/sh
# Prints the folder with what provisioning brings to hosts that have no network but their own; exits
# 1 when there is none yet.
#
#     sh setup/provision-artefacts.sh            the folder
#     sh setup/provision-artefacts.sh --build    fetches it: a minute, 150 MB, once
#
#     packages/   an apt repository: all that the bare Debian of machine-root.sh lacks for
#                 PostgreSQL, Patroni's Python, disks and the agent, with what that depends on
#     wheels/     Patroni as setup/patroni-VERSION.txt pins it, for the Python of that Debian
#
# MACHINE_SUITE is the Debian release, bookworm unless set. Packages come from the mirror that
# the host's apt uses, wheels from the index that pip uses. Consul is not here, see consul-path.sh.
set -eu
here=$(dirname "$(readlink -f "$0")")

PATRONI=4.1.5
PACKAGES='postgresql-common python3-venv python3-pip iputils-arping iputils-ping nftables lvm2 e2fsprogs
    libndp-tools libstdc++6 procps curl'

suite=${MACHINE_SUITE:-bookworm}

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

case $suite in
bookworm) PACKAGES="$PACKAGES postgresql-15" python_version=3.11 ;;
trixie) PACKAGES="$PACKAGES postgresql-17" python_version=3.13 ;;
*) fail "provisioning is not tested on Debian $suite: MACHINE_SUITE is bookworm or trixie" ;;
esac

fetch_packages() {
    # shellcheck disable=SC2086 # a list of words
    sh "$here/apt-fetch.sh" "$root" "$fresh/packages" $PACKAGES &&
        sh "$here/apt-index.sh" "$fresh/packages"
}

# One by one: what has no wheel on the index is pure Python here, and any Python can make one of it.
fetch_wheels() {
    python=$(sh "$here/patroni.sh" "$PATRONI")/bin/python
    while read -r requirement; do
        fetch_wheel "$requirement" || make_wheel "$requirement" || return 1
    done <"$here/patroni-$PATRONI.txt"
}

# manylinux has a name for each age of the C library, and pip wants to be told all that will do.
fetch_wheel() {
    machine=$(uname -m)
    "$python" -m pip download -q -q --no-input --no-deps --only-binary :all: --implementation cp \
        --python-version "$python_version" --platform "manylinux_2_28_$machine" \
        --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" \
        --dest "$fresh/wheels" "$1"
}

# The environment lacks what makes them: pip fetches that for the time of it, where it is told to.
make_wheel() {
    "$python" -m pip wheel -q -q --no-input --no-deps --use-pep517 --wheel-dir "$work/made" "$1" &&
        mv "$work"/made/*-none-any.whl "$fresh/wheels"
}

build() {
    sh "$here/patroni.sh" "$PATRONI" >/dev/null ||
        fail "there is no Patroni $PATRONI, whose pip fetches the wheels: npm run setup brings it"
    work=$(mktemp -d)
    fresh=$folder.$$
    trap 'rm -rf "$fresh" "$work"' EXIT
    trap 'exit 130' INT TERM
    mkdir -p "$fresh"
    fetch_packages >"$work/log" 2>&1 ||
        fail "$(tail -n 10 "$work/log")" "apt-get could not fetch the packages of $suite"
    fetch_wheels >"$work/log" 2>&1 ||
        fail "$(tail -n 10 "$work/log")" "pip could not fetch the wheels of Patroni $PATRONI"
    # Another run may have been faster; then its folder is as good.
    mv -T "$fresh" "$folder" 2>/dev/null || [ -d "$folder" ]
}

root=$(MACHINE_SUITE=$suite sh "$here/machine-root.sh" --bare) ||
    fail "there is no bare Debian $suite: sh setup/machine-root.sh --bare --build makes one"
sum=$({ echo "$PACKAGES ${root##*/}" && cat "$here/patroni-$PATRONI.txt"; } | cksum)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/vip-agent/provision-$suite-${sum%% *}

case ${1:-} in
--build) [ -d "$folder" ] || build ;;
'') ;;
*) fail "usage: sh setup/provision-artefacts.sh [--build]" ;;
esac
[ -d "$folder" ] || exit 1
echo "$folder"
