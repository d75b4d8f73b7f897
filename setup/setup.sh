#!/bin/sh
# Brings whatever the demo, the tests and the benchmark need, and nothing that is there already.
#
#     sh setup/setup.sh [demo|test|bench|failover|provision|provision-long]
#
# Needs git, Node 18 or later with npm, and root on Debian for the packages. On another system, or
# as an ordinary user, it names what is missing. It says what it does where that takes a while, and
# nothing at all (in well under a second) when there is nothing to do.
#
#   packages   the tools that work on addresses and watch them
#   modules    node_modules, as the lock file has them; the pinned Node comes along
#   Consul     a real one: $CONSUL, PATH, the user's cache; else the vendor's release archive,
#              else built from its Go module. CI=true goes straight to the module
#   machine    a Debian with systemd that the tests boot; root only, see machine-root.sh
#   Prometheus Debian's, unpacked into the user's cache, see prometheus.sh
#   Patroni    in Python environments in the user's cache, see patroni.sh; its PostgreSQL is Debian's
#              package, which may start a cluster of its own that nothing here uses
#   hosts      to be provisioned by the tests, and what is brought to them; root only, see
#              provision-artefacts.sh
#   guest      a virtual machine for the tests of disks; for provision-long only, see guest.sh
#   build      dist/, when it is older than the source
#   sandbox    whether this kernel and this user can make one
set -eu
cd "$(dirname "$(readlink -f "$0")")/.."

GO_AT_LEAST=1.25.5

case ${1:-all} in
all | demo | test | bench | failover | provision) ;;
provision-long)
    wants_guest=yes
    set -- provision
    ;;
*)
    echo "usage: sh setup/setup.sh [demo|test|bench|failover|provision|provision-long]" >&2
    exit 2
    ;;
esac

say() { echo "setup: $*"; }
fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

# Every command that a lab runs, and the Debian package that has it.
NEEDED='ip:iproute2 ss:iproute2 arping:iputils-arping ndptool:libndp-tools ping:iputils-ping nft:nftables
    unshare:util-linux nsenter:util-linux setpriv:util-linux mount:mount ps:procps perl:perl-base'
# The benchmark counts requests on the wire; the demo can do without.
[ "${1:-}" = demo ] || NEEDED="$NEEDED tcpdump:tcpdump"
# Whether the guard gets along with both kinds of a host's own rules.
case ${1:-all} in all | test) NEEDED="$NEEDED iptables-nft:iptables iptables-legacy:iptables" ;; esac
# Whether the status page works in a browser, and whether the packages are as they should be.
case ${1:-all} in all | test)
    NEEDED="$NEEDED chromium-headless-shell:chromium-headless-shell rpm:rpm rpmbuild:rpm"
    NEEDED="$NEEDED lintian:lintian rpmlint:rpmlint man:man-db"
    # Whether the scripts are right, by their judge and by other shells than this host's own.
    NEEDED="$NEEDED shellcheck:shellcheck busybox:busybox mksh:mksh" ;;
esac
# Only root can make and boot a machine; for others the tests that want one are skipped.
case ${1:-all} in all | test | provision) wants_machine=$([ "$(id -u)" != 0 ] || echo yes) ;; esac
[ -z "${wants_machine:-}" ] ||
    NEEDED="$NEEDED systemd-nspawn:systemd-container systemd-analyze:systemd debootstrap:debootstrap
    ssh:openssh-client"
# What a control host has, and what a client of a cluster looks with.
case ${1:-all} in provision)
    NEEDED="$NEEDED sshd:openssh-server sudo:sudo mkfs.ext4:e2fsprogs losetup:mount curl:curl" ;;
esac
case ${1:-all} in all | test | failover | provision) wants_patroni=yes ;; esac

missing_commands() {
    for pair in $NEEDED; do
        command -v "${pair%:*}" >/dev/null || echo "$pair"
    done
    [ -z "${wants_patroni:-}" ] || missing_for_patroni
}

# Debian puts PostgreSQL's programs off the PATH, and Python's environments are no program.
missing_for_patroni() {
    ls /usr/lib/postgresql/1[5-8]/bin/postgres >/dev/null 2>&1 || echo postgres:postgresql
    /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null ||
        python3 -c 'import ensurepip, venv' 2>/dev/null || echo ensurepip:python3-venv
}

packages() {
    PATH=$PATH:/usr/sbin:/sbin
    missing=$(missing_commands)
    if [ -n "$missing" ]; then
        wanted=$(echo "$missing" | sed 's/.*://' | sort -u | tr '\n' ' ')
        if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
            fail "missing commands, with their Debian packages:" \
                "$(echo "$missing" | tr '\n' ' ')" \
                "as root: apt-get install $wanted"
        fi
        say "installing Debian packages: $wanted"
        install_packages "$wanted"
        missing=$(missing_commands)
        [ -z "$missing" ] || fail "still missing after the installation: $missing"
    fi
    # Another program of the same name understands none of the options that are used here.
    arping -V 2>&1 | grep -q iputils ||
        fail "$(command -v arping) is not the arping of iputils: install iputils-arping"
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    # shellcheck disable=SC2086 # a list of words
    if ! { apt_install $1 || { apt-get update && apt_install $1; }; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install $1"
    fi
    rm -f "$log"
}

# A machine that has just started may be at its own upgrades: they are waited for.
apt_install() {
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

modules() {
    command -v npm >/dev/null || fail "missing: npm. Node 18 or later brings it"
    # Compared by content: a checkout changes the times of files without changing them.
    stamp=node_modules/.installed-from
    cmp -s package-lock.json "$stamp" && return
    say "installing the npm packages of the lock file (half a minute: it brings its own Node)"
    npm ci --no-audit --no-fund --loglevel=error >/dev/null
    node_modules/.bin/node --version >/dev/null 2>&1 ||
        fail "the pinned Node does not run here: it is made for Linux on x64 and arm64 with glibc"
    cp package-lock.json "$stamp"
}

consul() {
    # Complaints about a $CONSUL that is none are shown, the plain absence of one is not.
    sh setup/consul-path.sh >/dev/null && return
    [ -z "${CONSUL:-}" ] || exit 1
    read -r version target <<END
$(sh setup/consul-path.sh --cache)
END
    if [ "${CI:-}" = true ] || ! consul_from_archive; then consul_from_module; fi
    "$target" version >/dev/null || fail "$target does not run"
}

consul_from_archive() {
    say "fetching Consul $version from the vendor's releases (60 MB, once, into ${target%/*})"
    reason=$(node_modules/.bin/node setup/fetch-consul.ts "$version" "$target" 2>&1) && return
    say "no: $reason"
    return 1
}

consul_from_module() {
    command -v go >/dev/null ||
        fail "there is no Consul, and no Go to build it with: Go $GO_AT_LEAST or later is needed" \
            "(go.dev/dl; Debian's own is older), or set CONSUL to the path of a Consul >= 1.16"
    export GOTOOLCHAIN=local
    has=$(go env GOVERSION | sed 's/^go//')
    [ "$(printf '%s\n' "$GO_AT_LEAST" "$has" | sort -V | head -n 1)" = "$GO_AT_LEAST" ] ||
        fail "Go $has is here, Consul $version needs $GO_AT_LEAST or later (go.dev/dl)," \
            "or set CONSUL to the path of a Consul >= 1.16"
    say "building Consul $version from its Go module: about 8 minutes on two cores, once"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    mkdir -p "${target%/*}"
    (
        cd "$work"
        printf 'module scratch\n\ngo %s\n' "$GO_AT_LEAST" >go.mod
        printf '%s\n' '//go:build tools' '' 'package scratch' '' \
            'import _ "github.com/hashicorp/consul"' >tools.go
        go get "github.com/hashicorp/consul@v$version"
        go build -trimpath -ldflags '-s -w' -o "$target.$$" github.com/hashicorp/consul
    ) >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        rm -f "$target.$$"
        fail "Consul could not be built"
    }
    mv "$target.$$" "$target"
    rm -rf "$work"
    trap - EXIT INT TERM
}

machine() {
    [ -n "${wants_machine:-}" ] || return 0
    sh setup/machine-root.sh >/dev/null && return
    say "making a Debian for the tests on systemd (one to two minutes, 330 MB, once)"
    sh setup/machine-root.sh --build >/dev/null || exit 1
}

patroni() {
    [ -n "${wants_patroni:-}" ] || return 0
    for list in setup/patroni-*.txt; do
        version=${list#setup/patroni-}
        version=${version%.txt}
        sh setup/patroni.sh "$version" >/dev/null && continue
        say "installing Patroni $version for the tests (ten seconds, 60 MB, once)"
        sh setup/patroni.sh "$version" --build >/dev/null && continue
        [ "${CI:-}" != true ] || exit 1
        say "tests that want Patroni $version will be skipped"
    done
}

provisioning() {
    case ${1:-all} in all | test | provision) ;; *) return 0 ;; esac
    [ -n "${wants_machine:-}" ] || return 0
    export MACHINE_SUITE="${MACHINE_SUITE:-bookworm}"
    sh setup/provision-artefacts.sh >/dev/null 2>&1 && return
    say "making a Debian that is to be provisioned by the tests (two minutes, 600 MB, once)"
    sh setup/machine-root.sh --bare --build >/dev/null &&
        sh setup/provision-artefacts.sh --build >/dev/null && return
    [ "${CI:-}" != true ] || exit 1
    say "tests that provision hosts will be skipped"
}

guest() {
    [ -n "${wants_guest:-}" ] && [ -n "${wants_machine:-}" ] || return 0
    sh setup/guest.sh >/dev/null && return
    say "making a virtual machine for the tests of disks (a minute, 150 MB to fetch, 500 MB, once)"
    sh setup/guest.sh --build >/dev/null && return
    [ "${CI:-}" != true ] || exit 1
    say "tests that want a virtual machine will be skipped"
}

prometheus() {
    case ${1:-all} in all | test | provision) ;; *) return 0 ;; esac
    sh setup/prometheus.sh >/dev/null && return
    say "fetching Debian's Prometheus for the tests (three seconds, 19 MB, once)"
    sh setup/prometheus.sh --build >/dev/null && return
    [ "${CI:-}" != true ] || exit 1
    say "tests that want Prometheus will be skipped"
}

packages
modules
consul
machine
patroni
provisioning "$@"
guest
prometheus "$@"
node_modules/.bin/node setup/build.ts --if-stale
sh lab/sandbox.sh true
