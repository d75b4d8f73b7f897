/**
 * Keys of what is installed: Consul, PostgreSQL, Patroni, and vip-agent.
 */
import { parameters } from "./map-kinds.ts";
import { datacenterName, groupName, locale, sqlName, version } from "./name-kinds.ts";
import { localPath, network, sha256, source } from "./net-kinds.ts";
import { ownFolder } from "./path-kinds.ts";
import type { Row } from "./row.ts";
import { bytes, choice, listOf, onOff, port, wholeNumber } from "./value-kind.ts";

const consulRows = {
  "consul.datacenter": {
    kind: datacenterName,
    help: "Consul's name of the datacenter.",
    reason: "The default is Consul's own.",
    default: "dc1",
  },
  "consul.version": {
    kind: version,
    help: "Version of the program, as `consul version` says it.",
    reason: "It has no default, so that a newer vip-agent never upgrades Consul by itself.",
  },
  "consul.program": {
    kind: source,
    help: "The program itself, or the vendor's zip archive with it.",
    reason: "It is fetched once, to this machine, so the hosts need no way out.",
  },
  "consul.sha256": {
    kind: sha256,
    help: "Digest of that file.",
    reason: "What came over a network is not run unseen.",
    without: "no check, for a file; for an address it is needed",
  },
  "consul.log-level": {
    kind: choice(["trace", "debug", "info", "warn", "error"]),
    help: "What Consul writes to the journal.",
    reason: "`info` shows elections, and little else.",
    default: "info",
  },
  "consul.http-address": {
    kind: choice(["127.0.0.1", "0.0.0.0"]),
    help: "Where the Consul servers serve HTTP: on each for itself, or on all its addresses.",
    reason: "HTTP carries tokens in clear; an ssh tunnel leads to the UI too.",
    default: "127.0.0.1",
  },
  "consul.ui": {
    kind: onOff,
    help: "Whether the servers show Consul's UI at that address.",
    reason: "It shows nothing without a token.",
    default: true,
  },
  "consul.raft-multiplier": {
    kind: wholeNumber({ from: 1, to: 10 }),
    help: "Factor of Raft's timeouts.",
    reason: "1 finds a dead leader in a second or two; more stands slower disks.",
    default: 1,
  },
} as const satisfies Readonly<Record<string, Row<unknown>>>;

const postgresqlRows = {
  "postgresql.major": {
    kind: wholeNumber({ from: 13, to: 30 }),
    help: "Major version.",
    reason: "It has no default, since nothing here changes it afterwards.",
  },
  "postgresql.profile": {
    kind: choice(["distribution", "pgdg", "postgrespro-1c"]),
    help: "Whose packages they are: the host's own, PostgreSQL's (pgdg), or Postgres Pro's for 1C.",
    reason: "They come from the repositories that the host has; none is added.",
    default: "distribution",
  },
  "postgresql.tuning": {
    kind: choice(["generic", "1c"]),
    help: "Which parameters are computed from the memory and processors of the smallest host.",
    reason: "`1c` is for 1C:Enterprise alone, and wrong for others.",
    default: "generic",
  },
  "postgresql.port": {
    kind: port,
    help: "Port of PostgreSQL.",
    reason: "The default is PostgreSQL's own.",
    default: 5432,
  },
  "postgresql.locale": {
    kind: locale,
    help: "Locale of the databases, which every database host must have.",
    reason: "C.UTF-8 is everywhere, and no upgrade of the system changes its order under an index.",
    default: "C.UTF-8",
  },
  "postgresql.data-root": {
    kind: ownFolder,
    help: "Folder of the data, which lies in <major>/<scope> below it.",
    reason: "Patroni moves a broken data directory away, so that is never the mount point itself.",
    default: "/pgsql/pg_data",
  },
  "postgresql.wal-root": {
    kind: ownFolder,
    help: "Folder of the WAL, which lies in <major>/<scope> below it.",
    reason: "It can be a disk of its own.",
    default: "/pgsql/pg_wal",
  },
  "postgresql.client-networks": {
    kind: listOf(network, { expected: "a list of networks", isDistinct: true }),
    help: "Networks from which clients may log in, as any role but a superuser.",
    reason: "By default nobody but the hosts may; the whole world is refused.",
    default: [],
  },
  "postgresql.databases.*.owner": {
    kind: sqlName,
    help: "Role that owns the database.",
    reason: "An owner who is no superuser can do less harm.",
  },
  "postgresql.roles.*.replication": {
    kind: onOff,
    help: "Whether the role may replicate, for backups and copies elsewhere.",
    reason: "Who may replicate can read everything.",
    default: false,
  },
  "postgresql.parameters": {
    kind: parameters,
    help: "Parameters of PostgreSQL.",
    reason: "They are stronger than those that are computed.",
    default: {},
  },
} as const satisfies Readonly<Record<string, Row<unknown>>>;

const patroniRows = {
  "patroni.version": {
    kind: version,
    help: "Version of Patroni.",
    reason: "It has no default, so that a newer vip-agent never upgrades Patroni by itself.",
  },
  "patroni.wheels": {
    kind: localPath,
    help: "Folder with the wheels of Patroni and of what it needs.",
    reason: "For hosts that reach no package index.",
    without: "the package index that pip on the hosts is set up for",
  },
  "patroni.ttl": {
    kind: wholeNumber({ unit: "seconds", from: 20, to: 3_600 }),
    help: "How long the leader key outlives a leader that is gone.",
    reason: "At least loop-wait and twice retry-timeout, or Patroni changes them.",
    default: 30,
  },
  "patroni.loop-wait": {
    kind: wholeNumber({ unit: "seconds", from: 1, to: 300 }),
    help: "How often Patroni looks after itself.",
    reason: "The default is Patroni's own.",
    default: 10,
  },
  "patroni.retry-timeout": {
    kind: wholeNumber({ unit: "seconds", from: 3, to: 300 }),
    help: "How long Patroni goes on trying to reach Consul or PostgreSQL.",
    reason: "The default is Patroni's own.",
    default: 10,
  },
  "patroni.maximum-lag": {
    kind: bytes({ fromMb: 0 }),
    help: "A replica that is further behind does not become the leader.",
    reason: "It bounds what a failover can lose without synchronous replication.",
    default: "1MB",
  },
  "patroni.failsafe": {
    kind: onOff,
    help: "Whether the leader stays while Consul is away and all members still answer it.",
    reason: "Without it an outage of Consul is one of PostgreSQL.",
    default: true,
  },
  "patroni.synchronous": {
    kind: choice(["off", "on", "quorum", "strict"]),
    help: "Synchronous replication; `strict` stops writes rather than going on without a replica.",
    reason: "`on` loses nothing at a failover, and costs each commit a way to another host.",
    default: "off",
  },
  "patroni.synchronous-nodes": {
    kind: wholeNumber({ from: 1, to: 15 }),
    help: "How many replicas confirm each commit.",
    reason: "One is enough to lose nothing with one host.",
    default: 1,
  },
  "patroni.rest-port": {
    kind: port,
    help: "Port of Patroni's REST API.",
    reason: "The default is Patroni's own.",
    default: 8008,
  },
  "patroni.restart": {
    kind: choice(["on-failure", "no"]),
    help: "What systemd does when Patroni has crashed.",
    reason: "A member that stays away is one fewer to fail over to.",
    default: "on-failure",
  },
  "patroni.watchdog": {
    kind: choice(["off", "automatic", "required"]),
    help: "Whether Patroni arms the host's watchdog while it leads.",
    reason: "It resets the host, which is for its owner to choose.",
    default: "off",
  },
  "patroni.control-group": {
    kind: groupName,
    help: "Group on the hosts whose members may run `patronictl`.",
    reason: "Who runs it can read the passwords of the cluster.",
    without: "root and postgres alone",
  },
  "patroni.register-service": {
    kind: onOff,
    help: "Whether Patroni registers its members as a service of Consul's.",
    reason: "Consul's DNS then knows the leader and the replicas by name.",
    default: true,
  },
} as const satisfies Readonly<Record<string, Row<unknown>>>;

const agentRows = {
  "vip-agent.package": {
    kind: source,
    help: "Package of vip-agent, .deb or .rpm.",
    reason: "It brings its own Node.js, so the hosts need none.",
  },
  "vip-agent.sha256": {
    kind: sha256,
    help: "Digest of that file.",
    reason: "What came over a network is not run unseen.",
    without: "no check, for a file; for an address it is needed",
  },
  "vip-agent.metrics-address": {
    kind: choice(["host", "loopback"]),
    help: "Where metrics are served: at the host's address, or to the host alone.",
    reason: "They need no password; Prometheus elsewhere wants `host`.",
    default: "loopback",
  },
  "vip-agent.metrics-port": {
    kind: port,
    help: "Port of the metrics.",
    reason: "The default is vip-agent's own.",
    default: 9728,
  },
} as const satisfies Readonly<Record<string, Row<unknown>>>;

export const stackRows = { ...consulRows, ...postgresqlRows, ...patroniRows, ...agentRows };
