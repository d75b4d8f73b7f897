/**
 * The host on which this program runs, as one of the cluster: the same scripts, without a connection.
 */
import { type Server, type Socket, connect, createServer } from "node:net";
import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { type Outcome, done, failed } from "../../outcome.ts";
import { runChild } from "./child.ts";
import { type SudoUse, enveloped, sudoTrouble, unenveloped } from "./envelope.ts";
import type { CommandResult, ExecutorCode } from "./executor.ts";
import { type RuntimeFolder, makeRuntimeFolder } from "./runtime-folder.ts";
import type { Step, Transport } from "./step.ts";

export type LocalHost = {
  /** The host's name in the cluster file. */
  readonly host: string;
  readonly sudo: SudoUse;
  /** What everything is run by, such as `chroot FOLDER`. */
  readonly prefix?: readonly string[];
};

export function localTransport({ host, sudo, prefix = [] }: LocalHost): Transport {
  const forwards = new LocalForwards();
  return {
    host,
    run: (step) => run([...prefix, ...enveloped(step, sudo)], step, host),
    forward: (address, port) => forwards.open(address, port),
    close: () => forwards.close(),
  };
}

async function run(
  argv: readonly string[],
  step: Step,
  host: string,
): Promise<Outcome<CommandResult, ExecutorCode>> {
  // As over ssh, nothing of the caller's surroundings counts.
  const env = { PATH: process.env["PATH"] ?? "", HOME: homedir() };
  const ended = await runChild(argv, step, { env });
  if (!ended.ok) return ended;
  const result = unenveloped(ended.value, step.deadlineMs);
  if (result.kind === "answered") return result.answer;
  const { words } = result;
  if (result.kind === "cut") return failed("failed", `it was killed meanwhile: ${words}`);
  const sudo = sudoTrouble(words);
  if (sudo !== undefined) return failed("sudo", sudo);
  return failed("failed", `nothing could be run on ${host}: ${words}`);
}

/** As with ssh, a port is reached through a socket; here it only passes on. */
class LocalForwards {
  #folder: Promise<RuntimeFolder> | undefined;
  readonly #opened = new Map<string, Promise<string>>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  async open(address: string, port: number): Promise<Outcome<string, ExecutorCode>> {
    const goal = `${address} ${port}`;
    const opening = this.#opened.get(goal) ?? this.#listen(address, port);
    this.#opened.set(goal, opening);
    try {
      return done(await opening);
    } catch (error) {
      this.#opened.delete(goal);
      return failed("unreachable", `no socket for ${address}:${port}: ${String(error)}`);
    }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    await (await this.#folder)?.close();
  }

  async #listen(address: string, port: number): Promise<string> {
    const folder = await (this.#folder ??= makeRuntimeFolder());
    const path = folder.path("f");
    await rm(path, { force: true });
    const server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ port, host: address, allowHalfOpen: true });
      near.pipe(far);
      far.pipe(near);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.once("close", () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
    this.#servers.push(server);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(path, resolve);
    await promise;
    return path;
  }
}
