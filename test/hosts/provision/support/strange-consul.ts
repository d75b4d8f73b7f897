/**
 * A real Consul that was on a machine before provisioning came: one server, with its ACLs on.
 */
import { copyFile } from "node:fs/promises";

import { waitUntil } from "../../../../lab/clock.ts";
import type { Machine } from "../../../../lab/machines/machine.ts";
import { addressOf } from "../../../../lab/network.ts";

const PROGRAM = "/usr/local/bin/consul";
const CONFIG = "/etc/consul.d/consul.json";
const DATA = "/var/lib/consul";
const PATIENCE = { timeoutMs: 30_000, everyMs: 200 };

export type StrangeConsulOptions = {
  readonly machine: Machine;
  /** The program, in the world around. */
  readonly program: string;
  readonly datacenter: string;
  /** 32 bytes in base64. */
  readonly gossipKey: string;
};

/** Where provisioning puts its own, and as its unit, so that only what is in it tells them apart. */
export async function startStrangeConsul(options: StrangeConsulOptions): Promise<void> {
  const { machine, program, datacenter, gossipKey } = options;
  await copyFile(program, `${machine.root}${PROGRAM}`);
  const config = {
    server: true,
    bootstrap_expect: 1,
    datacenter,
    node_name: machine.host,
    data_dir: DATA,
    bind_addr: addressOf(machine.host),
    encrypt: gossipKey,
    acl: { enabled: true, default_policy: "deny" },
    performance: { raft_multiplier: 1 },
  };
  await machine.write(CONFIG, JSON.stringify(config));
  const unit = ["systemd-run", "--quiet", "--collect", "--unit=consul.service"];
  await machine.run([...unit, PROGRAM, "agent", `-config-file=${CONFIG}`]);
  const knowsKey = async () => {
    const { exitCode } = await machine.attempt(["test", "-s", `${DATA}/serf/local.keyring`]);
    return exitCode === 0;
  };
  await waitUntil("Consul has its key", knowsKey, PATIENCE);
}

/** By somebody who keeps the token to himself. */
export async function bootstrapStrangely(machine: Machine): Promise<void> {
  const isDone = async () => {
    return (await machine.attempt([PROGRAM, "acl", "bootstrap"])).exitCode === 0;
  };
  await waitUntil("the ACLs are bootstrapped", isDone, PATIENCE);
}

/** As if it had never been there. */
export async function removeStrangeConsul(machine: Machine): Promise<void> {
  await machine.run(["systemctl", "stop", "consul"]);
  await machine.run(["rm", "-rf", DATA, "/etc/consul.d", PROGRAM]);
}
