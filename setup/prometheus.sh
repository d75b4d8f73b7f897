#!/bin/sh
# Prints the folder that has prometheus and promtool; exits 1 when there is none yet.
#
#     sh setup/prometheus.sh            the folder
#     sh setup/prometheus.sh --build    fetches them: three seconds, 19 MB to fetch, 95 MB kept, once
#
# They are Debian's own, of the package `prometheus`: the PATH is looked at first. The package is
# unpacked into the user's cache and not installed, since its installation would start a service
# that listens on all addresses, make a user, and bring fonts and scripts for pages that no test
# opens. The two programs want nothing but the C library. No root is needed.
set -eu

release() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }
folder=${XDG_CACHE_HOME:-$HOME/.cache}/vip-agent/prometheus-$(release)

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

of_the_system() {
    found=$(command -v prometheus) && command -v promtool >/dev/null || return 1
    dirname "$found"
}

# apt's lists may be older than the mirror; only root can renew them. apt as root fetches as a user
# of its own, who must be able to write here.
download() {
    apt-get download prometheus && return
    [ "$(id -u)" = 0 ] || return 1
    apt-get update && apt-get download prometheus
}

build() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        fail "there is no prometheus on the PATH, and this is no Debian that could bring it"
    fi
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    chmod 755 "$work"
    [ "$(id -u)" != 0 ] || chown _apt "$work" 2>/dev/null || true
    (cd "$work" && download) >"$work/log" 2>&1 ||
        fail "$(tail -n 5 "$work/log")" "apt-get could not fetch Debian's package prometheus"
    dpkg-deb --extract "$work"/prometheus_*.deb "$work/root"
    "$work/root/usr/bin/promtool" --version >/dev/null 2>&1 ||
        fail "Debian's promtool was fetched and does not run here"
    mkdir -p "${folder%/*}"
    fresh=$folder.$$
    mkdir "$fresh"
    mv "$work/root/usr/bin/prometheus" "$work/root/usr/bin/promtool" "$fresh"
    # Another run may have been faster; then its folder is as good.
    mv -T "$fresh" "$folder" 2>/dev/null || { rm -rf "$fresh" && [ -d "$folder" ]; }
}

case ${1:-} in
--build) of_the_system >/dev/null 2>&1 || [ -d "$folder" ] || build ;;
'') ;;
*) fail "usage: sh setup/prometheus.sh [--build]" ;;
esac
of_the_system 2>/dev/null && exit
[ -d "$folder" ] || exit 1
echo "$folder"
