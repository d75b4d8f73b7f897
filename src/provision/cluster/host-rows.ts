/**
 * Keys of the cluster as a whole, of its hosts, of the way to them, and of their journals.
 *
 * `*` stands for a name of the operator's own, which collections.ts describes.
 */
import {
  dottedName,
  interfaceName,
  namespace,
  scopeName,
  sshHost,
  sshWord,
  userName,
} from "./name-kinds.ts";
import { tags } from "./map-kinds.ts";
import { ipv4 } from "./net-kinds.ts";
import { disk } from "./path-kinds.ts";
import type { Row } from "./row.ts";
import { bytes, choice, listOf, port, wholeNumber } from "./value-kind.ts";

export const hostRows = {
  scope: {
    kind: scopeName,
    help: "Patroni's name of the cluster.",
    reason: "It is in keys, paths and policies, so it stays for the cluster's life.",
  },
  namespace: {
    kind: namespace,
    help: "Folder of Patroni's keys in Consul: the leader key is namespace, scope and `leader`.",
    reason: "The default is Patroni's own.",
    default: "/service/",
  },
  "vip.address": {
    kind: ipv4,
    help: "The virtual IP address that vip-agent keeps on the leader's host.",
    reason: "Nobody else may have it, and no host has it as its own.",
  },
  "vip.prefix-length": {
    kind: wholeNumber({ from: 8, to: 32 }),
    help: "Prefix length of the VIP.",
    reason: "With 32 it brings no subnet along, and no host sends its own traffic from it.",
    default: 32,
  },
  "vip.name": {
    kind: dottedName,
    help: "The name that clients call, in /etc/hosts of every host.",
    reason: "A name of its own stays right when the leader moves.",
  },
  "vip.interface": {
    kind: interfaceName,
    help: "Network interface that carries the VIP on the database hosts.",
    reason: "It is said once, and again only for a host that differs.",
    without: "each database host names its own",
  },
  "hosts.*.address": {
    kind: ipv4,
    help: "Where the other hosts reach this one.",
    reason:
      "A literal address: what finds one by interface may find the VIP, once that is on the host.",
  },
  "hosts.*.roles": {
    kind: listOf(choice(["consul", "database"]), {
      expected: "a list of consul, database, or both",
      isDistinct: true,
      minItems: 1,
    }),
    help: "`consul` has a Consul server, `database` PostgreSQL with Patroni and vip-agent.",
    reason: "Servers on hosts of their own keep elections away from the load of the database.",
  },
  "hosts.*.interface": {
    kind: interfaceName,
    help: "Network interface that carries the VIP on this database host.",
    reason: "For a host whose interface is called otherwise.",
    without: "`vip.interface`",
  },
  "hosts.*.ssh-host": {
    kind: sshHost,
    help: "What `ssh` is called with to reach this host.",
    reason: "For a Host of your ssh_config, a jump host, or another network for administration.",
    without: "its address",
  },
  "hosts.*.disks.data": {
    kind: disk,
    help: "Empty disk that becomes the logical volume pg_data, mounted at `postgresql.data-root`.",
    reason: "A disk with anything on it is refused, and one of /dev/disk/by-id stays the same one.",
    without: "a plain directory, and then for WAL too",
  },
  "hosts.*.disks.wal": {
    kind: disk,
    help: "Empty disk that becomes the logical volume pg_wal, mounted at `postgresql.wal-root`.",
    reason: "WAL on a disk of its own neither waits for the data nor fills its disk.",
    without: "a plain directory, and then for data too",
  },
  "hosts.*.tags": {
    kind: tags,
    help: "Patroni's tags of this member.",
    reason: "For a host that is never to lead, or to be read from: nofailover, noloadbalance.",
    default: {},
  },
  "ssh.user": {
    kind: userName,
    help: "User to log in as.",
    reason: "Your own ssh_config is as good a place.",
    without: "whoever your ssh says",
  },
  "ssh.port": {
    kind: port,
    help: "Port of the hosts' ssh.",
    reason: "Your own ssh_config is as good a place.",
    without: "whatever your ssh says",
  },
  "ssh.options": {
    kind: listOf(sshWord, {
      expected: "a list of words for ssh's command line",
      isDistinct: false,
    }),
    help: "Options for `ssh`, one word each, before all others.",
    reason: "For what is wanted here and not elsewhere, such as [-J, bastion].",
    default: [],
  },
  "ssh.sudo": {
    kind: choice(["auto", "never"]),
    help: "`auto`: sudo without a password, unless the login is root's. `never`: it must be.",
    reason: "Everything here is root's work, and nothing of it asks for a password.",
    default: "auto",
  },
  "journal.keep-days": {
    kind: wholeNumber({ unit: "days", from: 1, to: 3_650 }),
    help: "How long the journal of each host keeps what Consul, Patroni, PostgreSQL and others say.",
    reason: "It is the whole host's, so nothing about it is changed unless it is said here.",
    without: "as the host has it",
  },
  "journal.max-size": {
    kind: bytes({ fromMb: 16 }),
    help: "How much of its disk the journal of each host may take.",
    reason: "What would be more goes before its days are over.",
    without: "as the host has it",
  },
} as const satisfies Readonly<Record<string, Row<unknown>>>;
