/**
 * The settings about the Patroni of this host.
 *
 * One of them is enough: what patroni.yml says is a source of its own, the weakest one, for these
 * and for the leader key, the member and the way to Consul (patroni-file.ts).
 */
import { type SettingRow, onOff, path, text } from "./setting-row.ts";

const directory = { kind: "directory" } as const;

export const patroniRows = [
  {
    key: "patroni",
    group: "Patroni",
    type: path,
    help: "This host's patroni.yml (or directory of them): it stands in for what is not set here.",
  },
  {
    key: "source",
    group: "Patroni",
    type: { kind: "choice", choices: ["consul", "patroni"] },
    help: "Who says which host leads: the key in Consul, or this host's Patroni alone (weaker).",
    default: "consul",
  },
  {
    key: "patroni-url",
    group: "Patroni",
    type: { kind: "url" },
    help: "REST API of this host's Patroni.",
    defaultNote: "restapi of patroni.yml",
  },
  {
    key: "patroni-username",
    group: "Patroni",
    type: text,
    help: "User that Patroni's REST API asks for before it can be woken.",
    defaultNote: "authentication of patroni.yml",
  },
  {
    key: "patroni-password",
    group: "Patroni",
    type: text,
    help: "Password of that user.",
    defaultNote: "authentication of patroni.yml",
    isSecret: true,
    place: "file",
  },
  {
    key: "patroni-password-file",
    group: "Patroni",
    type: path,
    help: "File that holds the password of that user.",
  },
  {
    key: "patroni-ca-file",
    group: "Patroni",
    type: path,
    help: "Certificates (PEM) that the certificate of Patroni's REST API is checked against.",
    defaultNote: "ctl.cacert or restapi.cafile of patroni.yml, else those that Node.js trusts",
  },
  {
    key: "patroni-cert-file",
    group: "Patroni",
    type: path,
    help: "Client certificate (PEM) to show to Patroni's REST API.",
    defaultNote: "ctl.certfile of patroni.yml",
  },
  {
    key: "patroni-key-file",
    group: "Patroni",
    type: path,
    help: "Private key (PEM, without a passphrase) of that certificate.",
    defaultNote: "ctl.keyfile of patroni.yml",
  },
  {
    key: "patroni-insecure",
    group: "Patroni",
    type: onOff,
    help: "Whether the certificate of Patroni's REST API is taken unchecked.",
    default: "false",
  },
  {
    key: "data-directory",
    group: "Patroni",
    type: directory,
    help: "PostgreSQL's data directory, which tells its process from another's.",
    defaultNote: "postgresql.data_dir of patroni.yml, else the only PostgreSQL of the host",
  },
  {
    key: "callbacks",
    group: "Patroni",
    type: { kind: "directory", off: "none" },
    help: "Directory in which Patroni's callbacks leave word; with none, nobody listens.",
    default: "/run/vip-agent/callbacks",
  },
  {
    key: "wake",
    group: "Patroni",
    type: onOff,
    help: "Whether Patroni is told to look at Consul at once when the key or PostgreSQL is gone.",
    default: "true",
  },
  {
    key: "gate",
    group: "Patroni",
    type: { kind: "choice", choices: ["lock", "writable"] },
    help: "When the VIP is bound: with the lock, or once PostgreSQL takes writes as well.",
    default: "lock",
  },
  {
    key: "gate-deadline",
    group: "Patroni",
    type: { kind: "number", unit: "s", from: 1, to: 600, isZeroAllowed: false },
    help: "How long gate: writable waits before it binds all the same.",
    default: "30",
  },
  {
    key: "standby-vip",
    group: "Patroni",
    type: onOff,
    help: "Whether the leader of a standby cluster, which takes no writes, has the VIP too.",
    default: "false",
  },
] as const satisfies readonly SettingRow[];
