/**
 * Sockets here that lead to ports of a host, through its one connection.
 *
 * A path once given stays good: when the connection is made anew, its forwardings are too. Whether the
 * host allows them shows only in use, so each is tried once when it is made; that nobody listens
 * behind it yet is no reason against it.
 */
import { rm } from "node:fs/promises";
import { type Socket, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Outcome, done, failed } from "../../outcome.ts";
import type { RuntimeFolder } from "./runtime-folder.ts";
import type { SshMaster } from "./ssh-master.ts";
import { isForbiddenForward } from "./ssh-words.ts";

type Forward = { readonly path: string; readonly goal: string };

/** Who listens there may keep a connection open that says nothing. */
const trialDeadlineMs = 1_000;

/** What ssh said about it comes through another pipe. */
const wordsDelayMs = 30;

export class Forwards {
  readonly #host: string;
  readonly #openFolder: () => Promise<RuntimeFolder>;
  readonly #opened = new Map<string, Promise<Outcome<Forward, "unreachable">>>();

  constructor(host: string, openFolder: () => Promise<RuntimeFolder>) {
    this.#host = host;
    this.#openFolder = openFolder;
  }

  /** The same socket for all who ask for the same port. */
  async open(
    master: SshMaster,
    address: string,
    port: number,
  ): Promise<Outcome<string, "unreachable">> {
    const goal = `${address.includes(":") ? `[${address}]` : address}:${port}`;
    const opening = this.#opened.get(goal) ?? this.#make(master, goal);
    this.#opened.set(goal, opening);
    const opened = await opening;
    if (opened.ok) return done(opened.value.path);
    this.#opened.delete(goal);
    return opened;
  }

  /** Makes on a new connection what was there on the one before. */
  async restore(master: SshMaster): Promise<void> {
    const opened = await Promise.all(this.#opened.values());
    for (const forward of opened) if (forward.ok) await ask(master, forward.value);
  }

  async close(): Promise<void> {
    const opened = await Promise.all(this.#opened.values());
    for (const forward of opened) if (forward.ok) await rm(forward.value.path, { force: true });
    this.#opened.clear();
  }

  async #make(master: SshMaster, goal: string): Promise<Outcome<Forward, "unreachable">> {
    const forward = { path: (await this.#openFolder()).path("f"), goal };
    const asked = await ask(master, forward);
    if (!asked.ok) return asked;
    const { saidLength } = master;
    await attempt(forward.path);
    if (!isForbiddenForward(master.wordsSince(saidLength))) return done(forward);
    await master.control(["-O", "cancel", "-L", `${forward.path}:${goal}`]);
    await rm(forward.path, { force: true });
    return failed(
      "unreachable",
      `${this.#host} forwards nothing to ${goal}: its sshd refuses it; ` +
        "allow it for this login (AllowTcpForwarding local, PermitOpen)",
    );
  }
}

async function ask(master: SshMaster, { path, goal }: Forward) {
  await rm(path, { force: true });
  return master.control(["-O", "forward", "-L", `${path}:${goal}`]);
}

/** Until the other side closes it, which it does at once where it is refused. */
async function attempt(path: string): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const socket: Socket = connect(path);
  socket.on("error", () => {});
  socket.once("close", () => resolve());
  socket.resume();
  socket.end();
  await Promise.race([closed, sleep(trialDeadlineMs, undefined, { ref: false })]);
  socket.destroy();
  await sleep(wordsDelayMs);
}
