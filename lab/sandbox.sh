#!/bin/sh
# Runs a command in a throw-away world: its own network, mounts and processes, as root of it.
#
#     sh lab/sandbox.sh node demo/main.ts
#
# Everything that the command builds (hosts, addresses, daemons) lives in namespaces that nothing
# outside refers to. When the command ends, by itself, by Ctrl-C or by SIGKILL, the kernel removes
# them all; there is no clean-up code that could be skipped. An ordinary user gets the same through
# a user namespace, where the kernel allows it.
#
# Three layers, each for one hazard:
#   outer   dies with whoever started it, so that a killed test run leaves no world behind;
#   middle  waits for the world and passes on its exit code; Ctrl-C goes past it;
#   init    is process 1 of the world: it reaps orphans and lets Ctrl-C reach the command, which
#           as process 1 itself would never get it (the kernel shields process 1 from signals).
set -eu

case ${1:-} in
--init)
    shift
    # A private /run makes `ip netns` work without a trace outside; /sys must be that of this
    # network.
    mount -t tmpfs -o mode=755 tmpfs /run
    mount -t sysfs sysfs /sys
    mkdir /run/netns /run/tmp
    ip link set lo up
    unset NOTIFY_SOCKET
    export TMPDIR=/run/tmp LAB_SANDBOX=1
    trap : INT
    set +e
    "$@"
    exit $?
    ;;
--middle)
    shift
    trap : INT
    set +e
    # Without this the world would outlive a middle that was killed: --kill-child only guards
    # unshare.
    setpriv --pdeathsig KILL unshare "$@"
    exit $?
    ;;
'')
    echo "usage: sh lab/sandbox.sh COMMAND [ARGUMENT ...]" >&2
    exit 2
    ;;
esac

self=$(readlink -f "$0")
repository=$(dirname "$(dirname "$self")")
PATH="$repository/node_modules/.bin:$PATH:/usr/sbin:/sbin"
export PATH

# Inside a sandbox already: one world is enough.
[ -z "${LAB_SANDBOX:-}" ] || exec "$@"

flags='--mount --net --pid --fork --kill-child --mount-proc'
[ "$(id -u)" = 0 ] || flags="--user --map-root-user $flags"

# shellcheck disable=SC2086 # the flags are words
if ! complaint=$(unshare $flags true 2>&1); then
    echo "lab/sandbox.sh: this kernel or container does not let $(id -un) make namespaces." >&2
    echo "  $complaint" >&2
    if [ "$(id -u)" = 0 ]; then
        echo "  In a container, CAP_SYS_ADMIN and an unmasked /proc are needed." >&2
    else
        for setting in kernel.unprivileged_userns_clone=1 \
            kernel.apparmor_restrict_unprivileged_userns=0; do
            file=/proc/sys/$(echo "${setting%=*}" | tr . /)
            if [ -e "$file" ] && [ "$(cat "$file")" != "${setting#*=}" ]; then
                echo "  As root: sysctl -w $setting" >&2
            fi
        done
        if [ "$(cat /proc/sys/user/max_user_namespaces)" = 0 ]; then
            echo "  As root: sysctl -w user.max_user_namespaces=10000" >&2
        fi
        echo "  Or run the same command as root." >&2
    fi
    exit 1
fi

# shellcheck disable=SC2086
exec setpriv --pdeathsig TERM sh "$self" --middle $flags sh "$self" --init "$@"
