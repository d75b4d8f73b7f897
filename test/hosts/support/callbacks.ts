/**
 * PostgreSQL's user on a machine, and the callbacks that Patroni runs as this user.
 */
import type { CommandResult } from "../../../lab/command.ts";
import type { Machine } from "../../../lab/machines/machine.ts";

export const CALLBACKS = "/run/vip-agent/callbacks";
export const CALLBACK_CLIENT = "/usr/lib/vip-agent/vip-agent-callback";

/** Files of a machine on which PostgreSQL has been installed before it boots. */
export const madeAtBoot = { "/usr/lib/sysusers.d/postgres.conf": 'u postgres - "PostgreSQL"\n' };

/** The user comes while the machine is running. */
export async function makePostgres(machine: Machine): Promise<void> {
  await machine.run(["useradd", "--system", "--user-group", "postgres"]);
}

/** A callback of the cluster `test`, as Patroni runs it. */
export async function leaveWord(
  machine: Machine,
  action: string,
  role: string,
): Promise<CommandResult> {
  const client = [CALLBACK_CLIENT, action, role, "test"];
  return await machine.attempt(["runuser", "-u", "postgres", "--", ...client]);
}
