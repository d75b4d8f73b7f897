"""Starts a command and is the parent of everything that comes of it, as systemd is for a service.

    python3 lab/programs/reaper.py LOG_FILE COMMAND [ARGUMENT ...]

Patroni lets go of the postmaster that it starts, and a process whose parent is gone falls to process 1.
A process 1 that is slow to collect the dead leaves a zombie behind, Patroni takes a zombie for a running
postmaster, and every timing is wrong by seconds. So this process collects the orphans, at once, and says
what became of each of its children. It lives until the last of them is gone, whatever ended the first.

    {"atUs": …, "event": "started", "pid": …}
    {"atUs": …, "event": "ended", "pid": …, "status": …}      status: exit code, or minus the signal

Times are microseconds of the monotonic clock. What the command prints goes to the log file.
"""

import ctypes
import json
import os
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def tell(event, **fields):
    line = {"atUs": time.monotonic_ns() // 1_000, "event": event, **fields}
    print(json.dumps(line), flush=True)


def become(log_file, argv):
    log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.execvp(argv[0], argv)


def main():
    log_file, *argv = sys.argv[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit(f"this kernel gives no orphans to a process: {os.strerror(ctypes.get_errno())}")
    # Python ignores SIGPIPE, and what is ignored stays so in a child.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        become(log_file, argv)
    tell("started", pid=child)
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            return
        tell("ended", pid=pid, status=os.waitstatus_to_exitcode(status))


main()
