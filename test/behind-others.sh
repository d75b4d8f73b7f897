#!/bin/sh
# Runs a command in the time that nobody else wants.
#
#     sh test/behind-others.sh node --test 'test/sim/*.test.ts'
#
# A simulation has a clock of its own and may take as long as it likes; the labs beside it measure real
# milliseconds. Where the kernel groups processes by session, a nice value orders only those of one, so
# the command gets a session of its own, and the session the value.
set -eu
if [ "${1:-}" != --inner ]; then
    exec setsid --wait setpriv --pdeathsig TERM sh "$0" --inner "$@"
fi
shift
{ echo 19 >/proc/self/autogroup; } 2>/dev/null || :
exec nice -n 19 "$@"
