/**
 * The settings about what the agent tells others: whoever asks it, and the commands that it runs
 * when the VIP has come or gone.
 *
 * None of them decides where the VIP is.
 */
import { type SettingRow, path, text } from "./setting-row.ts";

const argv = { kind: "argv" } as const;

export const reportRows = [
  {
    key: "metrics-address",
    group: "Metrics and status",
    type: { kind: "listen-address" },
    help: "Address at which metrics, status and health are served over TCP.",
    default: "127.0.0.1",
  },
  {
    key: "metrics-port",
    group: "Metrics and status",
    type: { kind: "number", unit: "port", from: 1, to: 65_535, isZeroAllowed: true },
    help: "Port on which they are served; with 0 nothing is served over TCP.",
    default: "9728",
  },
  {
    key: "metrics-cert-file",
    group: "Metrics and status",
    type: path,
    help: "Certificate (PEM, with those between it and its authority) to serve them by https.",
  },
  {
    key: "metrics-key-file",
    group: "Metrics and status",
    type: path,
    help: "Private key (PEM, without a passphrase) of that certificate.",
  },
  {
    key: "metrics-client-ca-file",
    group: "Metrics and status",
    type: path,
    help: "Certificates (PEM) of the authorities whose clients are served, and nobody else.",
  },
  {
    key: "metrics-username",
    group: "Metrics and status",
    type: text,
    help: "User whom clients must name (basic authentication).",
  },
  {
    key: "metrics-password-file",
    group: "Metrics and status",
    type: path,
    help: "File that holds the password of that user.",
  },
  {
    key: "status-socket",
    group: "Metrics and status",
    type: { kind: "socket", off: "none" },
    help: "Socket at which the agent answers vip-agent status; with none, nowhere.",
    default: "/run/vip-agent/status/vip-agent.sock",
  },
  {
    key: "on-acquire",
    group: "Hooks",
    type: argv,
    help: "Command to run once the VIP has come to this host. No shell reads it.",
    place: "file",
  },
  {
    key: "on-release",
    group: "Hooks",
    type: argv,
    help: "Command to run once the VIP has left this host. No shell reads it.",
    place: "file",
  },
  {
    key: "hook-deadline",
    group: "Hooks",
    type: { kind: "number", unit: "s", from: 1, to: 300, isZeroAllowed: false },
    help: "How long such a command may take before it is ended.",
    default: "10",
  },
] as const satisfies readonly SettingRow[];
