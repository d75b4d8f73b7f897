/**
 * A throw-away sshd in the root of a test, and how to get into it.
 */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { waitUntil } from "../../../../lab/clock.ts";
import { run } from "../../../../lab/command.ts";
import { LabProcess } from "../../../../lab/process.ts";
import { createArtefacts } from "../../../../src/provision/executor/artefacts.ts";
import type { Executor } from "../../../../src/provision/executor/executor.ts";
import { hostExecutor } from "../../../../src/provision/executor/host-executor.ts";
import { createSshPool } from "../../../../src/provision/executor/ssh.ts";
import { makeRoot, runIn } from "./chroot.ts";

export type SshHost = {
  readonly root: string;
  /** Of the client: key, known hosts, configuration. */
  readonly folder: string;
};

export type Sshd = { readonly port: number; readonly process: LabProcess };

/** Root and anna may log in; anna may not become root yet. */
export async function makeSshHost(): Promise<SshHost> {
  const root = await makeRoot();
  const folder = join(tmpdir(), "ssh-client");
  await mkdir(folder, { recursive: true });
  await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  await runIn(
    root,
    "mkdir -p /run/sshd /etc/ssh/keys && ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/test_key && " +
      "usermod -p '*' -s /bin/sh root && useradd -m -s /bin/sh -p '*' anna",
  );
  const key = await readFile(join(folder, "key.pub"), "utf8");
  for (const user of ["root", "anna"]) await writeFile(`${root}/etc/ssh/keys/${user}`, key);
  return { root, folder };
}

/** Until the test ends. Its host key is known unless told. */
export async function startSshd(
  test: TestContext,
  { root, folder }: SshHost,
  { lines = [], isKnown = true }: { lines?: readonly string[]; isKnown?: boolean } = {},
): Promise<Sshd> {
  const port = await freePort();
  const config = `/etc/ssh/test-${port}`;
  const text = `
Port ${port}
ListenAddress 127.0.0.1
HostKey /etc/ssh/test_key
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile /etc/ssh/keys/%u
PermitRootLogin yes
LogLevel INFO
${lines.join("\n")}
`;
  await writeFile(`${root}${config}`, text);
  const hostKey = await readFile(`${root}/etc/ssh/test_key.pub`, "utf8");
  const known = isKnown ? `[127.0.0.1]:${port} ${hostKey}` : "";
  await writeFile(join(folder, `known-${port}`), known);
  const process = new LabProcess({
    name: "sshd",
    argv: ["chroot", root, "/usr/sbin/sshd", "-D", "-e", "-f", config],
  });
  test.after(() => process.kill());
  await waitUntil("sshd listens", () => {
    const said = process.lines.entries.map((line) => line.text).join("\n");
    if (!process.isRunning) throw new Error(`sshd (Debian: openssh-server) has ended: ${said}`);
    return linesOf({ port, process }, /Server listening/) > 0;
  });
  return { port, process };
}

export function linesOf({ process }: Sshd, pattern: RegExp): number {
  return process.lines.entries.filter(({ text }) => pattern.test(text)).length;
}

export type Login = {
  readonly user?: string;
  readonly sudo?: "auto" | "never";
  /** Of the client's configuration. */
  readonly lines?: readonly string[];
  readonly options?: readonly string[];
  readonly destination?: string;
};

let configs = 0;

export async function openHost(
  test: TestContext,
  { folder }: SshHost,
  port: number,
  { user = "root", sudo = "auto", lines = [], options = [], destination = "127.0.0.1" }: Login = {},
): Promise<Executor> {
  configs += 1;
  const config = join(folder, `config-${configs}`);
  const text = `
IdentityFile ${folder}/key
IdentitiesOnly yes
IdentityAgent none
UserKnownHostsFile ${folder}/known-${port}
GlobalKnownHostsFile /dev/null
${lines.join("\n")}
`;
  await writeFile(config, text);
  await chmod(config, 0o600);
  const pool = createSshPool();
  const target = { host: "db1", destination, user, port, options: ["-F", config, ...options] };
  const artefacts = createArtefacts(join(folder, "cache"));
  const executor = hostExecutor(pool.open(target, sudo), artefacts);
  test.after(async () => {
    await executor.close();
    await pool.close();
  });
  return executor;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
