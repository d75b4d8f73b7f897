/**
 * The second script: what the network between the hosts lets through, and who answers for the VIP.
 *
 * A connection is opened to each port that the host will need on the others, and closed at once. All
 * are tried together, so that a firewall that drops them costs one deadline and not twenty. bash and
 * python3 tell a refusal from silence; where neither is there, nothing is said.
 *
 * The VIP is asked for on the host's own interface, by ARP. Without iputils' arping, any packet to it
 * makes the kernel ask, and its table of neighbours tells who has answered.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import { quote } from "../executor/shell.ts";
import { reachedFrom } from "./needed-ports.ts";
import { asNumber, linesOf, rowsOf, wordOf } from "./survey-lines.ts";
import type { ReachSight, VipAnswer, WireSight } from "./survey.ts";

const functions = String.raw`
has() {
    command -v "$1" >/dev/null 2>&1
}

reach() {
    if has bash; then
        words=$(timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>&1)
        code=$?
    elif has python3; then
        words=$(timeout 3 python3 -c '
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), 10).close()
' "$2" "$3" 2>&1)
        code=$?
    else
        words='' code=1
    fi
    case $code:$words in
    0:*) answer=connected ;;
    124:*) answer=silent ;;
    *refused*) answer=refused ;;
    *'timed out'*) answer=silent ;;
    *'o route to host'* | *unreachable* | *prohibited*) answer=rejected ;;
    *) answer=unknown ;;
    esac
    printf 'reach\t%s\t%s\t%s\n' "$1" "$3" "$answer"
}

vip() {
    if has arping && arping -V 2>&1 | grep -q iputils; then
        words=$(timeout 4 arping -D -c 2 -w 2 -I "$2" "$1")
        # 1 means that somebody answered, 2 that it could not ask.
        [ $? -lt 2 ] || return
        printf 'vip\tasked\t%s\n' "$(printf '%s\n' "$words" |
            sed -n 's/.*\[\([0-9A-Fa-f:]*\)\].*/\1/p' | sed -n 1p)"
        return
    fi
    has ip || return
    # Who answered earlier may be gone: what the kernel remembers of him is forgotten, and found anew.
    ip -4 neigh flush to "$1" dev "$2" >/dev/null
    if has ping; then
        timeout 3 ping -c 1 -W 1 -I "$2" "$1" >/dev/null
    elif has bash; then
        timeout 3 bash -c 'echo >"/dev/udp/$0/9"' "$1"
        sleep 1
    else
        return
    fi
    mac=$(ip -4 neigh show to "$1" dev "$2" | sed -n 's/.*lladdr \([0-9a-f:]*\) .*/\1/p')
    printf 'vip\tasked\t%s\n' "$mac"
}
`;

/** For `sh -s`, like the survey. */
export function wireScript(cluster: Cluster, host: Host): string {
  const reaches = reachedFrom(cluster, host).map(({ to, port }) => {
    return `    ${["reach", to.name, to.address, String(port)].map(quote).join(" ")} &\n`;
  });
  const { address } = cluster.vip;
  const vip = isDatabase(host)
    ? `    vip ${[address, host.interface].map(quote).join(" ")} &\n`
    : "";
  return `${functions}
wire() {
    export LC_ALL=C
    PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    set +e +u
${reaches.join("")}${vip}    wait
    printf 'end\\n'
}

wire 2>/dev/null </dev/null
exit 0
`;
}

/** Undefined: the answer is not whole. */
export function parseWire(text: string): WireSight | undefined {
  const lines = linesOf(text);
  if (lines === undefined) return undefined;
  const reaches = rowsOf(lines, "reach").flatMap(([to = "", portText, word]): ReachSight[] => {
    const port = asNumber(portText);
    const answer = answers.find((one) => one === word) ?? "unknown";
    return port === undefined ? [] : [{ to, port, answer }];
  });
  return { reaches, vip: vipAnswer(rowsOf(lines, "vip")[0]?.[1], wordOf(lines, "vip")) };
}

const answers = ["connected", "refused", "silent", "rejected", "unknown"] as const;

function vipAnswer(mac: string | undefined, word: string | undefined): VipAnswer {
  if (word !== "asked") return { kind: "unasked" };
  if (mac === undefined || mac === "") return { kind: "silent" };
  return { kind: "answered", mac: mac.toLowerCase() };
}
