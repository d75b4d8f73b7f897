#!/bin/sh
# Prints the folder of the Debian that the tests on systemd boot; exits 1 when there is none yet.
#
# It is a whole root file system with systemd, made once and kept in the user's cache. Nobody writes
# into it: each machine gets an overlay of its own. Its name holds the sum of its list of packages,
# so a longer list makes a new one.
#
#     sh setup/machine-root.sh                   the folder
#     sh setup/machine-root.sh --build           makes it: one to two minutes, 330 MB, as root
#     sh setup/machine-root.sh --bare [--build]  the same for a host that is still to be provisioned:
#                                                sshd, sudo and locales, and nothing of our stack
#
# MACHINE_SUITE is the Debian release, the host's own unless set. The mirror is the one that the
# host's apt uses.
set -eu

# NetworkManager is there for the tests that want it and off until they do; polkitd, which it
# depends on, wants logind. strace sees what the unit's filter refuses.
PACKAGES=systemd,systemd-sysv,libpam-systemd,dbus,iproute2,iputils-arping,nftables,libndp-tools
PACKAGES=$PACKAGES,procps,network-manager,strace
BARE_PACKAGES=systemd,systemd-sysv,libpam-systemd,dbus,iproute2,openssh-server,sudo,ca-certificates,locales
BARE_LOCALES='en_US.UTF-8 ru_RU.UTF-8'

own_suite() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# apt's first source with that release, or its first one at all: a mirror has every release.
mirror() {
    # shellcheck disable=SC2016 # the dollars are apt's
    sources=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
        'Created-By: Packages' 2>/dev/null | grep ' main ' || true)
    echo "$sources" | awk -v suite="$suite" -v own="$(own_suite)" '
        $1 == suite { exact = exact ? exact : $3 }
        $1 == own { near = near ? near : $3 }
        END { print exact ? exact : near }'
}

# apt may know a proxy that debootstrap, which asks by itself, does not.
proxy() {
    apt-config dump --format '%v%n' Acquire::http::Proxy 2>/dev/null | grep -v '^DIRECT$' || true
}

build() {
    [ "$(id -u)" = 0 ] || fail "root makes the Debian for the tests on systemd; you are $(id -un)"
    command -v debootstrap >/dev/null || fail "missing: debootstrap, to make a Debian for the tests"
    from=$(mirror)
    [ -n "$from" ] || fail "apt has no source of $suite: a Debian for the tests cannot be made"
    http_proxy=${http_proxy:-$(proxy)}
    [ -z "$http_proxy" ] || export http_proxy
    mkdir -p "${root%/*}"
    fresh=$root.$$
    log=$(mktemp)
    trap 'rm -rf "$fresh" "$log"' EXIT
    trap 'exit 130' INT TERM
    # debootstrap mounts /proc and /sys in there. Mounts of its own name space end with it, so that
    # whatever happens nothing but files is left to be removed.
    unshare --mount --pid --fork --kill-child --mount-proc \
        debootstrap --variant=minbase --include="$packages" "$suite" "$fresh" "$from" >"$log" 2>&1 ||
        fail "$(tail -n 20 "$log")" "debootstrap could not make a Debian $suite from $from"
    [ "$kind" != bare ] || make_bare
    rm -rf "$fresh"/var/cache/apt/* "$fresh"/var/lib/apt/lists/* "$fresh"/usr/share/doc \
        "$fresh"/usr/share/man "$fresh"/usr/share/locale
    # Another run may have been faster; then its root is as good.
    mv -T "$fresh" "$root" 2>/dev/null || [ -d "$root" ]
}

# Keys that all machines share would hide one that answers in the place of another.
make_bare() {
    rm -f "$fresh"/etc/ssh/ssh_host_*
    # shellcheck disable=SC2086 # a list of words
    printf '%s UTF-8\n' $BARE_LOCALES >"$fresh/etc/locale.gen"
    chroot "$fresh" locale-gen >"$log" 2>&1 || fail "$(tail -n 20 "$log")" "locale-gen has failed"
}

kind=machine
packages=$PACKAGES
contents=$PACKAGES
if [ "${1:-}" = --bare ]; then
    kind=bare
    packages=$BARE_PACKAGES
    contents="$BARE_PACKAGES $BARE_LOCALES"
    shift
fi
suite=${MACHINE_SUITE:-$(own_suite)}
sum=$(echo "$contents" | cksum)
root=${XDG_CACHE_HOME:-$HOME/.cache}/vip-agent/$kind-$suite-${sum%% *}

case ${1:-} in
--build) [ -d "$root" ] || build ;;
'') ;;
*) fail "usage: sh setup/machine-root.sh [--bare] [--build]" ;;
esac
[ -d "$root" ] || exit 1
echo "$root"
