#!/bin/sh
# Runs a command in a sandbox in which machines can boot: hosts with a systemd of their own.
#
#     sh lab/machines/sandbox.sh node --test test/hosts/leave.test.ts
#
# systemd sorts its services into control groups, and those are the one thing that the sandbox of
# lab/sandbox.sh cannot hide: there is a single tree of them in a kernel. So each sandbox has a branch
# of that tree, under which everything happens that its machines do; when the command ends, all that
# still runs there is killed and the branch is removed. Should even this be killed, nothing runs any
# more (the sandbox sees to that), and its empty branch is removed by the next run.
#
# It needs the real root: in a user namespace neither control groups nor the files of a machine
# belong to it. Without, it is an ordinary sandbox, and tests that want a machine skip themselves.
set -eu

PREFIX=vip-agent-lab
TREE=/sys/fs/cgroup
# On hosts with both generations of control groups the controller of memory is in the older one.
OLDER_TREE=/run/memory

if [ "${1:-}" != --inside ]; then
    if [ $# = 0 ]; then
        echo "usage: sh lab/machines/sandbox.sh COMMAND [ARGUMENT ...]" >&2
        exit 2
    fi
    self=$(readlink -f "$0")
    sandbox=$(dirname "$(dirname "$self")")/sandbox.sh
    [ "$(id -u)" = 0 ] || exec sh "$sandbox" "$@"
    exec sh "$sandbox" sh "$self" --inside "$@"
fi
shift

# A branch that still has processes refuses.
prune() {
    for branch in "$TREE/$PREFIX".* "$OLDER_TREE/$PREFIX".*; do
        [ ! -d "$branch" ] || find "$branch" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
}

# The unified tree alone, whatever the host around has: newer releases of systemd know no other.
mount -t cgroup2 cgroup2 "$TREE" || exec "$@"
if ! grep -qw memory "$TREE/cgroup.controllers"; then
    mkdir "$OLDER_TREE"
    mount -t cgroup -o memory memory "$OLDER_TREE" || true
fi
prune
branch=$PREFIX.$(cat /proc/sys/kernel/random/uuid)
export LAB_CGROUP="$TREE/$branch" LAB_MEMORY_CGROUP="$OLDER_TREE/$branch"
mkdir "$LAB_CGROUP"
echo +memory 2>/dev/null >"$LAB_CGROUP/cgroup.subtree_control" || true
trap : INT
set +e
"$@"
code=$?
echo 1 2>/dev/null >"$LAB_CGROUP/cgroup.kill"
# The killed need a moment to go.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    prune
    [ -d "$LAB_CGROUP" ] || break
    sleep 0.1
done
exit $code
