#!/bin/sh
# Prints the path of the Consul that demo, tests and benchmarks use; exits 1 when there is none yet.
#
# The order is: what $CONSUL names, a `consul` on PATH that is new enough, what setup.sh has put
# into the user's cache. Whoever needs Consul asks here, so that all agree on which one it is.
#
#     sh setup/consul-path.sh            the program
#     sh setup/consul-path.sh --cache    where setup.sh puts its own one
set -eu

consul_version=1.22.3
cached=${XDG_CACHE_HOME:-$HOME/.cache}/vip-agent/consul-$consul_version/consul

# Sessions with a TTL and the KV store as Patroni uses them are far older; 1.16 is where the
# configuration keys that the lab writes are all understood.
is_new_enough() {
    version=$("$1" version 2>/dev/null | sed -n '1s/^Consul v\([0-9]*\)\.\([0-9]*\)\..*/\1 \2/p')
    [ -n "$version" ] || return 1
    major=${version% *}
    minor=${version#* }
    [ "$major" -gt 1 ] || { [ "$major" -eq 1 ] && [ "$minor" -ge 16 ]; }
}

if [ "${1:-}" = --cache ]; then
    echo "$consul_version $cached"
elif [ -n "${CONSUL:-}" ]; then
    if ! is_new_enough "$CONSUL"; then
        echo "\$CONSUL is $CONSUL, which is no Consul of version 1.16 or later." >&2
        exit 1
    fi
    command -v "$CONSUL"
elif command -v consul >/dev/null && is_new_enough consul; then
    command -v consul
elif [ -x "$cached" ]; then
    echo "$cached"
else
    exit 1
fi
