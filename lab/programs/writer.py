"""An application that writes all the time, each write over a connection of its own, and tells how it went.

    python3 lab/programs/writer.py NAME ADDRESS[,ADDRESS ...] [PACE_MS [CONNECT_TIMEOUT_MS]]

It connects to port 5432, inserts one row of its NAME and the number of the attempt into the table
`writes`, and leaves. Each address has one lane: an attempt there begins PACE_MS (10) after the beginning of
the one before, and not before that one's end; so a connection that hangs stops all that follows, as it does
for a worker of an application. Connecting is the kernel's own (first retransmission of a SYN after one
second) and may take CONNECT_TIMEOUT_MS (5000) until the server is ready.

Of several addresses the one that took the last write is used alone, until an attempt there fails or hears
nothing for a tenth of a second; then all lanes run until one of them has written. So the first write after
an outage is found as soon, and no sooner, than by a client that knew its address from the start. A line on
standard input names the address that is to take writes within the next five seconds: meanwhile only that
one and the last good one are used. What a standby says of itself is not told, since it was only asked. One
line of JSON for each other attempt:

    {"attempt": 7, "startedUs": …, "endedUs": …, "outcome": "committed", "host": "db1", "pid": 4711,
     "ranUs": …, "isSent": true, "code": ""}

Times are microseconds of the monotonic clock; `host` is the server's own name for itself, `pid` that of its
backend, and `ranUs` is when that ran the INSERT, by the clock that all hosts of the lab share: the answer
comes later, by a flush and by two processes that must be run for it. `isSent` says that the INSERT was on
its way, so that a failure leaves its commit in doubt; `code` is the SQLSTATE. Why no driver: two hundred
connections a second of a Python driver take a whole processor.
"""

import errno
import json
import selectors
import socket
import struct
import sys
import time

PORT = 5432
USER = "writer"
DATABASE = "postgres"
# An application has no deadline here; a lane must come back some day.
STATEMENT_TIMEOUT_US = 30_000_000
STUCK_AFTER_US = 100_000
# The expected may fail to come.
EXPECTED_FOR_US = 5_000_000

OUTCOMES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
}
READ_ONLY = "25006"


def now_us():
    return time.monotonic_ns() // 1_000


def monotonic_us(wall_us):
    return wall_us - time.time_ns() // 1_000 + now_us()


def message(kind, payload):
    return kind + struct.pack("!i", len(payload) + 4) + payload


def startup():
    words = ["user", USER, "database", DATABASE, "application_name", name]
    payload = struct.pack("!i", 3 << 16) + b"".join(word.encode() + b"\0" for word in words) + b"\0"
    return struct.pack("!i", len(payload) + 4) + payload


def is_wanted(address):
    """Only the address that took the last write, as long as it is well; then those that may lead."""
    if address == last_good:
        return True
    if address != expected and now_us() < expected_until:
        return False
    if is_failing:
        return True
    stuck_since = now_us() - STUCK_AFTER_US
    busy = under_way.get(last_good)
    return busy is not None and busy.state != "writing" and busy.started < stuck_since


class Attempt:
    def __init__(self, number, address):
        self.number = number
        self.address = address
        self.started = now_us()
        self.deadline = self.started + connect_timeout_us
        self.state = "connecting"
        self.is_standby = self.is_sent = False
        self.row = []
        self.code = ""
        self.received = b""
        under_way[address] = self
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(self.socket, selectors.EVENT_WRITE, self.on_event)
        error = self.socket.connect_ex((address, PORT))
        if error != errno.EINPROGRESS:
            self.fail(error)

    def on_event(self):
        try:
            if self.state == "connecting":
                self.on_connected()
            else:
                self.on_data(self.socket.recv(65536))
        except OSError as error:
            self.fail(error.errno)

    def on_connected(self):
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error != 0:
            return self.fail(error)
        self.state = "greeting"
        selector.modify(self.socket, selectors.EVENT_READ, self.on_event)
        self.socket.sendall(startup())

    def on_data(self, data):
        if data == b"":
            return self.end("rejected" if self.code else "closed")
        self.received += data
        while self.socket is not None and len(self.received) >= 5:
            (length,) = struct.unpack("!i", self.received[1:5])
            if len(self.received) < length + 1:
                return
            kind, payload = self.received[:1], self.received[5 : length + 1]
            self.received = self.received[length + 1 :]
            self.on_message(kind, payload)

    def on_message(self, kind, payload):
        if kind == b"S":
            key, value = payload.split(b"\0")[:2]
            self.is_standby = self.is_standby or (key, value) == (b"in_hot_standby", b"on")
        elif kind == b"E":
            fields = {field[:1]: field[1:].decode() for field in payload.split(b"\0") if field}
            self.code = fields[b"C"]
            if fields[b"V"] == "FATAL":
                self.end("rejected")
        elif kind == b"D":
            self.row = values_of(payload)
        elif kind == b"Z" and self.state == "greeting":
            self.on_ready()
        elif kind == b"Z":
            outcome = "committed" if self.row else "rejected"
            self.end("read-only" if self.code == READ_ONLY else outcome)

    def on_ready(self):
        if self.is_standby and len(addresses) > 1:
            return self.end("read-only")
        statement = (
            f"INSERT INTO writes (writer, attempt) VALUES ('{name}', {self.number})"
            " RETURNING host, pg_backend_pid(),"
            " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
        )
        self.state = "writing"
        self.deadline = now_us() + STATEMENT_TIMEOUT_US
        self.is_sent = True
        self.socket.sendall(message(b"Q", statement.encode() + b"\0"))

    def fail(self, error):
        self.end(OUTCOMES.get(error, errno.errorcode.get(error, str(error))))

    def end(self, outcome):
        global last_good, is_failing
        self.hang_up()
        del under_way[self.address]
        if outcome == "committed":
            last_good, is_failing = self.address, False
        elif self.address == last_good:
            is_failing = True
        if self.is_sent or outcome != "read-only":
            self.tell(outcome)

    def hang_up(self):
        selector.unregister(self.socket)
        try:
            self.socket.send(message(b"X", b""))
        except OSError:
            pass
        self.socket.close()
        self.socket = None

    def tell(self, outcome):
        host, pid, ran = self.row or ("", "0", "0")
        line = {
            "attempt": self.number,
            "startedUs": self.started,
            "endedUs": now_us(),
            "outcome": outcome,
            "host": host,
            "pid": int(pid),
            "ranUs": monotonic_us(int(ran)) if self.row else 0,
            "isSent": self.is_sent,
            "code": self.code,
        }
        print(json.dumps(line), flush=True)


def values_of(payload):
    (count,) = struct.unpack("!h", payload[:2])
    values, at = [], 2
    for _ in range(count):
        (length,) = struct.unpack("!i", payload[at : at + 4])
        values.append(payload[at + 4 : at + 4 + length].decode())
        at += 4 + length
    return values


def hear():
    global expected, expected_until
    line = sys.stdin.readline()
    if line == "":
        return selector.unregister(sys.stdin)
    expected, expected_until = line.strip(), now_us() + EXPECTED_FOR_US


def main():
    number = 0
    next_start = {address: now_us() for address in addresses}
    while True:
        for address in addresses:
            if address not in under_way and now_us() >= next_start[address] and is_wanted(address):
                number += 1
                next_start[address] = now_us() + pace_us
                Attempt(number, address)
        moments = [one.deadline for one in under_way.values()]
        moments += [next_start[one] for one in addresses if one not in under_way and is_wanted(one)]
        # Another lane may be wanted because this one is stuck.
        moments.append(now_us() + STUCK_AFTER_US)
        for key, _ in selector.select(max(0, min(moments) - now_us()) / 1e6):
            key.data()
        for one in [one for one in under_way.values() if one.deadline <= now_us()]:
            one.end("timeout")


name, address_list, *rest = sys.argv[1:]
addresses = address_list.split(",")
pace_us = int(rest[0]) * 1_000 if rest else 10_000
connect_timeout_us = int(rest[1]) * 1_000 if len(rest) > 1 else 5_000_000
selector = selectors.DefaultSelector()
under_way = {}
last_good = addresses[0]
is_failing = True
expected, expected_until = None, 0
selector.register(sys.stdin, selectors.EVENT_READ, hear)
main()
