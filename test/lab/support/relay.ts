/**
 * A second door to Consul: a relay that can be frozen, thawed and killed without touching Consul.
 *
 * Frozen it accepts connections (the kernel does) and never answers, killed it refuses them. It
 * runs on the Consul host, so that the agent sees just another endpoint.
 */
import { fileURLToPath } from "node:url";

import type { HostName } from "../../../lab/network.ts";
import { addressOf } from "../../../lab/network.ts";
import { LabProcess } from "../../../lab/process.ts";

const PROGRAM = fileURLToPath(new URL("relay-program.ts", import.meta.url));
const HOST: HostName = "dcs";
const PORT = 8600;

export type Relay = { readonly endpoint: string; readonly process: LabProcess };

export async function startRelay(consulEndpoint: string): Promise<Relay> {
  const { hostname, port } = new URL(consulEndpoint);
  const process = new LabProcess({
    name: "relay to consul",
    host: HOST,
    argv: [globalThis.process.execPath, PROGRAM, String(PORT), hostname, port],
  });
  await process.lines.next("listening", ({ text }) => text === "listening");
  return { endpoint: `http://${addressOf(HOST)}:${PORT}`, process };
}
