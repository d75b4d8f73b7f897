/**
 * The settings of vip-manager that are accepted and do nothing, so that its files load as they are.
 */
import { type SettingRow, path, text } from "./setting-row.ts";

const notPolled = "changes arrive by blocking query; nothing is polled";
const ownRetries =
  "each action has its own deadline, and the loop tries again until it has succeeded";
const consulOnly = "the leader key is read from Consul";

export const idleRows = [
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
