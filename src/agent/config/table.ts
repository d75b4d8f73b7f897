/**
 * Every setting there is: the one place where its name, type, default and meaning are written down.
 *
 * The flags, the variables, --help, the reference in docs/configuration.md and the complaints are
 * all made from these rows. A key is its own flag (--key), and with VIP_ in front, in capitals, its
 * own variable. Where vip-manager has a setting of the same meaning, its name is used, and its
 * older names are listed beside it, so that a file, a command line or an environment written for
 * any of its releases is understood.
 */
import type { ValueOf, ValueType } from "./value-type.ts";

export type SettingGroup =
  | "The VIP"
  | "The leader key"
  | "Consul"
  | "Safety"
  | "The process"
  | "Of vip-manager, without effect";

export type SettingRow = {
  readonly key: string;
  readonly group: SettingGroup;
  readonly type: ValueType;
  readonly help: string;
  /** The default as one would write it; absent where there is none. */
  readonly default?: string;
  /** The default in words, where it is not a fixed value. */
  readonly defaultNote?: string;
  /** Never shown: not in a complaint, not in a dump, not in a log. */
  readonly isSecret?: true;
  /** The only place where it can stand; absent where every source may name it. */
  readonly place?: "file" | "command" | "flag";
  /** Whether releasing a VIP that was left behind depends on it. */
  readonly isForRelease?: true;
  /** Names that releases of vip-manager used for it. */
  readonly oldNames?: readonly string[];
  /** Why the setting is accepted and does nothing. */
  readonly noEffect?: string;
};

const text = { kind: "text" } as const;
const path = { kind: "path" } as const;
const onOff = { kind: "switch" } as const;

const notPolled = "changes arrive by blocking query; nothing is polled";
const ownRetries =
  "each action has its own deadline, and the loop tries again until it has succeeded";
const consulOnly = "the leader key is read from Consul";

export const settingTable = [
  {
    key: "ip",
    group: "The VIP",
    type: { kind: "address" },
    help: "The virtual IP address to keep on the leader's host.",
    isForRelease: true,
  },
  {
    key: "netmask",
    group: "The VIP",
    type: { kind: "prefix" },
    help: "Prefix length of the VIP. The default brings no subnet along and is the safe one.",
    defaultNote: "32 for IPv4, 128 for IPv6",
    isForRelease: true,
    oldNames: ["mask"],
  },
  {
    key: "interface",
    group: "The VIP",
    type: { kind: "interface" },
    help: "Network interface that carries the VIP.",
    isForRelease: true,
    oldNames: ["iface"],
  },
  {
    key: "vips",
    group: "The VIP",
    type: { kind: "vips" },
    help: "Several VIPs on one host. What an entry leaves out is taken from the top level.",
    place: "file",
    isForRelease: true,
  },
  {
    key: "manager-type",
    group: "The VIP",
    type: { kind: "choice", choices: ["basic"], unbuilt: ["hetzner"] },
    help: "How the VIP is managed: basic means an address on a network interface.",
    default: "basic",
    oldNames: ["hostingtype", "hosting_type", "hosting-type"],
  },
  {
    key: "announce",
    group: "The VIP",
    type: onOff,
    help: "Whether a bind is announced to the neighbours (arping, IPv6 neighbour advertisement).",
    default: "true",
  },
  {
    key: "trigger-key",
    group: "The leader key",
    type: { kind: "key" },
    help: "Consul key of the leader: Patroni's namespace, scope and the word leader.",
    oldNames: ["key"],
  },
  {
    key: "trigger-value",
    group: "The leader key",
    type: text,
    help: "The value of that key which means this host: Patroni's member name.",
    defaultNote: "the host name",
    oldNames: ["nodename", "host"],
  },
  {
    key: "require-session",
    group: "The leader key",
    type: onOff,
    help: "Whether the key counts only while a Consul session locks it.",
    default: "true",
  },
  {
    key: "dcs-type",
    group: "Consul",
    type: { kind: "choice", choices: ["consul"], unbuilt: ["etcd", "etcd3", "patroni"] },
    help: "Where the leader key is kept.",
    default: "consul",
    oldNames: ["type", "endpoint_type"],
  },
  {
    key: "dcs-endpoints",
    group: "Consul",
    type: { kind: "endpoints" },
    help: "Consul agents, in the order in which they are tried.",
    default: "http://127.0.0.1:8500",
    oldNames: ["endpoint", "endpoints"],
  },
  {
    key: "consul-token",
    group: "Consul",
    type: text,
    help: "ACL token; reading the leader key is all it needs to allow.",
    defaultNote: "the systemd credential consul-token, if there is one",
    isSecret: true,
    oldNames: ["consul_token"],
  },
  {
    key: "consul-token-file",
    group: "Consul",
    type: path,
    help: "File that holds the ACL token.",
  },
  {
    key: "consul-ca-file",
    group: "Consul",
    type: path,
    help: "Certificates (PEM) that the Consul agent's own is checked against.",
    defaultNote: "the authorities that Node.js trusts",
  },
  {
    key: "consul-cert-file",
    group: "Consul",
    type: path,
    help: "Client certificate (PEM) to show to the Consul agent.",
  },
  {
    key: "consul-key-file",
    group: "Consul",
    type: path,
    help: "Private key (PEM, without a passphrase) of the client certificate.",
  },
  {
    key: "consul-server-name",
    group: "Consul",
    type: text,
    help: "Name that the Consul agent's certificate must carry, such as server.dc1.consul.",
    defaultNote: "the host of the endpoint",
  },
  {
    key: "consul-wait",
    group: "Consul",
    type: { kind: "number", unit: "ms", from: 2000, to: 5000, isZeroAllowed: false },
    help: "How long one blocking query waits for a change before it is asked again.",
    default: "3000",
  },
  {
    key: "lifetime",
    group: "Safety",
    type: { kind: "number", unit: "s", from: 2, to: 60, isZeroAllowed: true },
    help: "How long the kernel keeps the VIP without a refresh; 0 means for ever.",
    default: "5",
  },
  {
    key: "on-dcs-loss",
    group: "Safety",
    type: { kind: "choice", choices: ["lease", "release"] },
    help: "What follows when Consul gives no answer: the lease runs on, or the VIP goes at once.",
    default: "lease",
  },
  {
    key: "on-conflict",
    group: "Safety",
    type: { kind: "choice", choices: ["warn", "wait", "ignore"] },
    help: "What follows when another host answers for the VIP: a warning, or no bind until it is silent.",
    default: "warn",
  },
  {
    key: "lease-margin",
    group: "Safety",
    type: { kind: "number", unit: "ms", from: 1000, to: 10_000, isZeroAllowed: false },
    help: "Taken off the lease, for the time that a release takes and for clocks that drift.",
    default: "4000",
  },
  {
    key: "guard",
    group: "Safety",
    type: onOff,
    help: "Whether a release answers new connections with a reset for a few seconds (nftables).",
    default: "true",
    isForRelease: true,
  },
  {
    key: "reset",
    group: "Safety",
    type: onOff,
    help: "Whether a release ends established connections with a reset (ss -K).",
    default: "true",
    isForRelease: true,
  },
  {
    key: "metrics-port",
    group: "The process",
    type: { kind: "number", unit: "port", from: 1, to: 65_535, isZeroAllowed: true },
    help: "Port on the loopback interface that serves /metrics to Prometheus; 0 means none.",
    default: "0",
  },
  {
    key: "config",
    group: "The process",
    type: path,
    help: "Configuration file, YAML or JSON.",
    place: "command",
  },
  {
    key: "version",
    group: "The process",
    type: onOff,
    help: "Print the version and end.",
    place: "flag",
  },
  {
    key: "log-level",
    group: "The process",
    type: { kind: "choice", choices: ["debug", "info", "warn", "error"] },
    help: "Least severe event that is logged.",
    default: "info",
    isForRelease: true,
  },
  {
    key: "verbose",
    group: "The process",
    type: onOff,
    help: "Short for --log-level=debug.",
    default: "false",
    isForRelease: true,
  },
  {
    key: "interval",
    group: "Of vip-manager, without effect",
    type: text,
    help: "Pause between two looks at the key, in milliseconds.",
    noEffect: notPolled,
  },
  {
    key: "retry-num",
    group: "Of vip-manager, without effect",
    type: text,
    help: "Number of attempts.",
    noEffect: ownRetries,
    oldNames: ["retry_num"],
  },
  {
    key: "retry-after",
    group: "Of vip-manager, without effect",
    type: text,
    help: "Pause between two attempts, in milliseconds.",
    noEffect: ownRetries,
    oldNames: ["retry_after"],
  },
  {
    key: "etcd-user",
    group: "Of vip-manager, without effect",
    type: text,
    help: "User of etcd.",
    noEffect: consulOnly,
    oldNames: ["etcd_user"],
  },
  {
    key: "etcd-password",
    group: "Of vip-manager, without effect",
    type: text,
    help: "Password of etcd.",
    isSecret: true,
    noEffect: consulOnly,
    oldNames: ["etcd_password"],
  },
  {
    key: "etcd-ca-file",
    group: "Of vip-manager, without effect",
    type: path,
    help: "Certificates that etcd's own is checked against.",
    noEffect: consulOnly,
  },
  {
    key: "etcd-cert-file",
    group: "Of vip-manager, without effect",
    type: path,
    help: "Client certificate for etcd.",
    noEffect: consulOnly,
  },
  {
    key: "etcd-key-file",
    group: "Of vip-manager, without effect",
    type: path,
    help: "Private key of the client certificate for etcd.",
    noEffect: consulOnly,
  },
] as const satisfies readonly SettingRow[];

export type SettingKey = (typeof settingTable)[number]["key"];

export type SettingType<K extends SettingKey> = Extract<
  (typeof settingTable)[number],
  { readonly key: K }
>["type"];

/** The type of the value that the setting has once it has been read. */
export type SettingValue<K extends SettingKey> = ValueOf<SettingType<K>>;

/** The rows without the narrow types that `as const` gives each of them. */
export const settingRows: readonly (SettingRow & { readonly key: SettingKey })[] = settingTable;

const rowsByKey = new Map(settingRows.map((row) => [row.key, row]));

export function settingRow(key: SettingKey): SettingRow {
  const row = rowsByKey.get(key);
  if (row === undefined) throw new Error(`No setting is called ${key}.`);
  return row;
}

export function settingType<K extends SettingKey>(key: K): SettingType<K> {
  // The map forgets which key has which row; the table itself does not.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return settingRow(key).type as SettingType<K>;
}

/** VIP_TRIGGER_KEY for trigger-key. */
export function variableName(name: string): string {
  return `VIP_${name.toUpperCase().replaceAll("-", "_")}`;
}
