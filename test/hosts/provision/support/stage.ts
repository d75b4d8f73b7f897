/**
 * The stage of provisioning: bare hosts on a bridge, a control host from which they are provisioned,
 * and a client.
 *
 *     const stage = await ProvisionStage.open({ hosts: DATABASE_HOSTS })
 *     await stage.ssh("test-db1", ["uptime"])
 *     const { exitCode, stdout } = await stage.vipAgent(["provision", "plan", file])
 *     …
 *     await stage.close()
 *
 * Names and addresses are those of the reference cluster. The control host is a network of its own
 * with a home of its own; the program in it is the built one, as an operator runs it.
 */
import { randomUUID } from "node:crypto";
import { copyFile, mkdir, readdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

import { monotonicMs } from "../../../../lab/clock.ts";
import { attempt, run, type CommandResult } from "../../../../lab/command.ts";
import { createLab, type Lab } from "../../../../lab/lab.ts";
import {
  bootBare,
  cutPower,
  findProvisions,
  powerOn,
  reboot,
  type BareOptions,
  type Provisions,
  type Suite,
} from "../../../../lab/machines/bare.ts";
import type { Machine } from "../../../../lab/machines/machine.ts";
import { inHost, type HostName } from "../../../../lab/network.ts";
import { LabProcess } from "../../../../lab/process.ts";
import { buildIfStale } from "../../../../setup/build.ts";
import { ADMIN, makeAccess, type Access } from "./access.ts";

export const DATABASE_HOSTS: readonly HostName[] = ["test-db1", "test-db2", "test-db3"];
export const CONSUL_HOSTS: readonly HostName[] = ["test-dcs1", "test-dcs2", "test-dcs3"];
export const CONTROL: HostName = "control";

// As the reference cluster's hosts.
const MEMORY_MB = 2_048;
const DIST = fileURLToPath(new URL("../../../../dist", import.meta.url));
const SSH_DEADLINE_MS = 60_000;
const COMMAND_DEADLINE_MS = 600_000;

export type ProvisionStageOptions = Pick<BareOptions, "files" | "repositories"> & {
  readonly hosts?: readonly HostName[];
  readonly suite: Suite;
};

export type CommandOptions = { readonly input?: string; readonly timeoutMs?: number };

export type Ended = CommandResult & { readonly tookMs: number };

export class ProvisionStage {
  readonly lab: Lab;
  readonly provisions: Provisions;
  readonly access: Access;
  /** The operator's, on the control host. */
  readonly home: string;
  /** Everything that the program has said so far. */
  heard = "";
  #installed: Promise<string> | undefined;
  readonly #machines = new Map<HostName, Machine>();

  private constructor(lab: Lab, provisions: Provisions, home: string, access: Access) {
    this.lab = lab;
    this.provisions = provisions;
    this.home = home;
    this.access = access;
  }

  static async open(options: ProvisionStageOptions): Promise<ProvisionStage> {
    const { hosts = DATABASE_HOSTS, suite, ...others } = options;
    const provisions = await findProvisions(suite);
    const lab = await createLab({ hosts: [CONTROL, "client", ...hosts] });
    const home = `${tmpdir()}/control-${randomUUID()}`;
    await mkdir(home, { mode: 0o700 });
    const stage = new ProvisionStage(lab, provisions, home, await makeAccess(home, hosts));
    const booted = await Promise.allSettled(hosts.map((host) => stage.#boot(host, others)));
    const failures = booted.flatMap((boot) => (boot.status === "rejected" ? [boot.reason] : []));
    if (failures.length === 0) return stage;
    await stage.close();
    throw new AggregateError(failures, "not all hosts of the stage have booted");
  }

  get machines(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  machine(host: HostName): Machine {
    const machine = this.#machines.get(host);
    if (machine === undefined) throw new Error(`there is no machine ${host} on this stage`);
    return machine;
  }

  /** As the operator does it from the control host; whatever the exit code. */
  async ssh(
    host: HostName,
    command: string,
    { user = "root", ...options }: CommandOptions & { readonly user?: string } = {},
  ): Promise<CommandResult> {
    const words = ["ssh", ...this.access.sshOptions, `${user}@${host}`, command];
    return await attempt([...inHost(CONTROL), ...words], {
      timeoutMs: SSH_DEADLINE_MS,
      ...options,
    });
  }

  /** Runs the program on the control host, to its end. */
  async vipAgent(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
    const program = await this.#program();
    const startedAtMs = monotonicMs();
    const result = await attempt([...inHost(CONTROL), ...program, ...args], {
      timeoutMs: COMMAND_DEADLINE_MS,
      ...options,
    });
    this.heard += result.stdout + result.stderr;
    return { ...result, tookMs: monotonicMs() - startedAtMs };
  }

  /** The same for one that is watched, or ended before it is done. */
  async startVipAgent(args: readonly string[]): Promise<LabProcess> {
    const argv = [...(await this.#program()), ...args];
    return new LabProcess({ name: "vip-agent", host: CONTROL, argv });
  }

  /** The power is gone, and from that moment nothing of the host is heard. */
  async killHost(host: HostName): Promise<void> {
    await cutPower(this.machine(host));
  }

  async powerOn(host: HostName): Promise<void> {
    await powerOn(this.machine(host));
  }

  async reboot(host: HostName): Promise<void> {
    await reboot(this.machine(host));
  }

  async close(): Promise<void> {
    await Promise.all(this.machines.map((machine) => machine.close()));
    await this.lab.close();
    await run(["rm", "-rf", this.home]);
  }

  /** The same one for as long as the stage stands, whoever builds another meanwhile. */
  async #program(): Promise<readonly string[]> {
    this.#installed ??= this.#install();
    return ["env", `HOME=${this.home}`, await this.#installed];
  }

  async #install(): Promise<string> {
    await buildIfStale();
    const folder = `${this.home}/bin`;
    await mkdir(folder);
    const files = (await readdir(DIST, { withFileTypes: true })).filter((file) => file.isFile());
    for (const { name } of files.filter((file) => file.name !== "node")) {
      await copyFile(`${DIST}/${name}`, `${folder}/${name}`);
    }
    await symlink(`${DIST}/node`, `${folder}/node`);
    return `${folder}/vip-agent`;
  }

  async #boot(
    host: HostName,
    { files, repositories = [] }: Pick<BareOptions, "files" | "repositories">,
  ): Promise<void> {
    const machine = await bootBare({
      host,
      provisions: this.provisions,
      repositories,
      files: { ...this.access.filesOf(host), ...files },
      memoryMb: MEMORY_MB,
    });
    this.#machines.set(host, machine);
    await machine.run(["useradd", "--create-home", "--shell", "/bin/bash", ADMIN]);
    const script = `umask 077 && mkdir -p ~/.ssh && cat >~/.ssh/authorized_keys`;
    await machine.run(["runuser", "-u", ADMIN, "--", "sh", "-c", script], {
      input: this.access.authorizedKeys,
    });
  }
}
