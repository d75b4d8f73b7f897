/**
 * Rules about ports: everything here may share one host.
 */
import type { Complaint } from "../../complaints.ts";
import type { Rule } from "./rule.ts";

/** Consul's own, on servers and agents alike; none of them is a key here. */
const consulPorts: ReadonlyMap<number, string> = new Map([
  [8300, "Consul's RPC"],
  [8301, "Consul's gossip"],
  [8302, "Consul's gossip between datacenters"],
  [8500, "Consul's HTTP"],
  [8502, "Consul's gRPC"],
  [8503, "Consul's gRPC"],
  [8600, "Consul's DNS"],
]);

const keys = [
  "ssh.port",
  "postgresql.port",
  "patroni.rest-port",
  "vip-agent.metrics-port",
] as const;

const usualSshPort = 22;

/** The second to come would fail to start, and be restarted for ever. */
export const portsAreApart: Rule = (draft) => {
  const owners = new Map(consulPorts);
  return keys.flatMap((key): Complaint[] => {
    const port = draft.value(key) ?? (key === "ssh.port" ? usualSshPort : undefined);
    if (port === undefined) return [];
    const owner = owners.get(port);
    owners.set(port, owner ?? key);
    if (owner === undefined) return [];
    const subject = { ...draft.subject(key), value: String(port) };
    return [{ severity: "error", ...subject, wrong: `is the port of ${owner} too` }];
  });
};
