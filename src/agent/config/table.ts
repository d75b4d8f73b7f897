/**
 * Every setting there is: the one place where its name, type, default and meaning are written down.
 *
 * The flags, the variables, --help, the reference in docs/configuration.md and the complaints are
 * all made from these rows. A key is its own flag (--key), and with VIP_ in front, in capitals, its
 * own variable. Where vip-manager has a setting of the same meaning, its name is used, and its
 * older names are listed beside it, so that a file, a command line or an environment written for
 * any of its releases is understood.
 */
import { idleRows } from "./idle-rows.ts";
import { patroniRows } from "./patroni-rows.ts";
import { reportRows } from "./report-rows.ts";
import { type SettingRow, onOff, path, text } from "./setting-row.ts";
import type { ValueOf } from "./value-type.ts";

export type { SettingRow } from "./setting-row.ts";

/** Patroni knows its leader whatever it keeps the key in. */
const insteadOfEtcd =
  "in its place write source: patroni, and as patroni-url the REST API of this host's Patroni; " +
  "the guarantee is weaker";

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
    type: {
      kind: "choice",
      choices: ["basic"],
      unbuilt: { hetzner: "keep vip-manager where the VIP has to be moved by Hetzner's API" },
    },
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
    type: {
      kind: "choice",
      choices: ["consul", "patroni"],
      unbuilt: { etcd: insteadOfEtcd, etcd3: insteadOfEtcd },
    },
    help: "Where the leader key is kept; patroni is vip-manager's word for source: patroni.",
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
  ...patroniRows,
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
  ...reportRows,
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
  ...idleRows,
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
