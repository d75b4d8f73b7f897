/**
 * The ways into bare hosts: keys that are made for one run, on both sides.
 *
 * `ssh` on the control host is told of them by a configuration of its own and trusts no key that is
 * not in its known_hosts, as an operator's would. OpenSSH looks for its files in the home of the
 * user's entry, not in $HOME, so that configuration has to be named: `-F`.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";

import { run } from "../../../../lab/command.ts";
import type { RestrictedFile } from "../../../../lab/machines/machine.ts";
import { addressOf, type HostName } from "../../../../lab/network.ts";

/** May become root by `sudo -n`. */
export const ADMIN = "admin";

export type Access = {
  /** Arguments of `ssh`. */
  readonly sshOptions: readonly string[];
  readonly authorizedKeys: string;
  /** What makes sshd of this host the one that the control host knows. */
  readonly filesOf: (host: HostName) => Readonly<Record<string, string | RestrictedFile>>;
};

type Pair = { readonly secret: string; readonly open: string };

/** `home` is the control host's. */
export async function makeAccess(home: string, hosts: readonly HostName[]): Promise<Access> {
  const folder = `${home}/.ssh`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = await makePair(`${folder}/id_ed25519`);
  await mkdir(`${folder}/hosts`);
  const pairs = new Map<HostName, Pair>();
  for (const host of hosts) pairs.set(host, await makePair(`${folder}/hosts/${host}`));
  const known = [...pairs].map(([host, { open }]) => `${host},${addressOf(host)} ${open}`);
  await writeFile(`${folder}/known_hosts`, known.join(""));
  await writeFile(`${folder}/config`, configuration(folder, hosts));
  const filesOf = (host: HostName) => {
    const { secret = "", open = "" } = pairs.get(host) ?? {};
    return {
      "/root/.ssh/authorized_keys": { content: own.open, mode: 0o600 },
      "/etc/ssh/ssh_host_ed25519_key": { content: secret, mode: 0o600 },
      "/etc/ssh/ssh_host_ed25519_key.pub": open,
      [`/etc/sudoers.d/${ADMIN}`]: {
        content: `${ADMIN} ALL=(ALL:ALL) NOPASSWD: ALL\n`,
        mode: 0o440,
      },
    };
  };
  return { sshOptions: ["-F", `${folder}/config`], authorizedKeys: own.open, filesOf };
}

async function makePair(file: string): Promise<Pair> {
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", file]);
  const [secret, open] = await Promise.all([
    readFile(file, "utf8"),
    readFile(`${file}.pub`, "utf8"),
  ]);
  return { secret, open };
}

function configuration(folder: string, hosts: readonly HostName[]): string {
  const names = hosts.map((host) => `Host ${host}\n  HostName ${addressOf(host)}\n`);
  const all = [
    "Host *",
    `  IdentityFile ${folder}/id_ed25519`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${folder}/known_hosts`,
    "  GlobalKnownHostsFile /dev/null",
    "  StrictHostKeyChecking yes",
    "  BatchMode yes",
    "",
  ];
  return [...names, ...all].join("\n");
}
