/**
 * Hosts that are reached with the system's OpenSSH.
 *
 * So the user's configuration, agent, jump hosts, hardware keys and known hosts count, as they do by
 * hand; nothing here decides about host keys. One connection per host carries everything. It is made
 * when it is first needed, and made anew when it is lost; a step that had begun by then is not
 * repeated by itself, since what it has done is unknown.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { type Outcome, done, failed } from "../../outcome.ts";
import { runChild } from "./child.ts";
import { type SudoUse, enveloped, sudoTrouble, unenveloped } from "./envelope.ts";
import type { CommandResult, ExecutorCode } from "./executor.ts";
import { Forwards } from "./forwards.ts";
import { Limit } from "./limit.ts";
import { type RuntimeFolder, makeRuntimeFolder } from "./runtime-folder.ts";
import { commandLine } from "./shell.ts";
import { SshMaster, type SshTarget, clientArgs } from "./ssh-master.ts";
import { isBusy, isNeverSent, isRefusedSession, unreachable } from "./ssh-words.ts";
import type { Step, Transport } from "./step.ts";

/** sshd lets one connection have ten (MaxSessions), and others may lower it. */
const maxChannels = 8;

/** A session that is over is still open to sshd for a moment, longer on a busy host. */
const refusedAloneTries = 10;
const refusedAloneAfterMs = 200;

/** Over all hosts: behind a jump host they all meet one sshd, which drops some from ten on. */
const maxHandshakes = 5;
const handshakeTries = 3;

/** What all hosts share. */
export type SshPool = {
  readonly open: (target: SshTarget, sudo: SudoUse) => Transport;
  /** When all of them are closed. */
  readonly close: () => Promise<void>;
};

export function createSshPool(): SshPool {
  const handshakes = new Limit(maxHandshakes);
  let folder: Promise<RuntimeFolder> | undefined;
  const openFolder = () => (folder ??= makeRuntimeFolder());
  return {
    open: (target, sudo) => new SshTransport({ target, sudo, handshakes, openFolder }),
    close: async () => {
      await (await folder)?.close();
    },
  };
}

type Parts = {
  readonly target: SshTarget;
  readonly sudo: SudoUse;
  readonly handshakes: Limit;
  readonly openFolder: () => Promise<RuntimeFolder>;
};

/** What became of one try to run a step. */
type Try =
  | { readonly kind: "over"; readonly answer: Outcome<CommandResult, ExecutorCode> }
  /** Nothing has begun, and another try may succeed. */
  | { readonly kind: "too-many" | "lost"; readonly words: string };

class SshTransport implements Transport {
  readonly host: string;
  readonly #parts: Parts;
  readonly #channels = new Limit(maxChannels);
  readonly #forwards: Forwards;
  #master: Promise<Outcome<SshMaster, "unreachable">> | undefined;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.host = parts.target.host;
    this.#forwards = new Forwards(this.host, parts.openFolder);
  }

  async run(step: Step): Promise<Outcome<CommandResult, ExecutorCode>> {
    let isLost = false;
    let refusedAlone = 0;
    for (;;) {
      const turn = await this.#channels.run(async () => {
        const master = await this.#connected();
        if (!master.ok) return { kind: "over", answer: master } as const;
        const result = await this.#try(master.value, step);
        // Asked while this one still counts.
        if (result.kind !== "too-many" || this.#channels.lower()) return result;
        refusedAlone += 1;
        if (refusedAlone > refusedAloneTries) return this.#over(result.words);
        await sleep(refusedAloneAfterMs);
        return result;
      });
      if (turn.kind === "over") return turn.answer;
      if (turn.kind === "lost" && isLost) return unreachable(this.#destination, turn.words);
      isLost ||= turn.kind === "lost";
    }
  }

  async forward(address: string, port: number): Promise<Outcome<string, ExecutorCode>> {
    const master = await this.#connected();
    return master.ok ? this.#forwards.open(master.value, address, port) : master;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const master = await this.#master;
    if (master?.ok === true) await master.value.close();
    await this.#forwards.close();
  }

  get #destination(): string {
    return this.#parts.target.destination;
  }

  /** The living connection; all who need one at the same time wait for the same. */
  async #connected(): Promise<Outcome<SshMaster, "unreachable">> {
    if (this.#isClosed) return failed("unreachable", `the connection to ${this.host} is closed`);
    const known = this.#master;
    if (known !== undefined) {
      const master = await known;
      if (master.ok && master.value.isAlive) return master;
      // Somebody else may have begun anew in the meantime.
      if (this.#master !== known && this.#master !== undefined) return this.#master;
      if (master.ok) await master.value.close();
    }
    this.#master = this.#parts.handshakes.run(() => this.#connect());
    return this.#master;
  }

  async #connect(): Promise<Outcome<SshMaster, "unreachable">> {
    const { target, openFolder } = this.#parts;
    const folder = await openFolder().catch((error: unknown) => String(error));
    if (typeof folder === "string") return failed("unreachable", folder);
    for (let tries = 1; ; tries += 1) {
      const master = new SshMaster(target, folder.path("c"));
      const opened = await master.opened();
      if (opened.ok) {
        await this.#forwards.restore(master);
        return done(master);
      }
      if (tries === handshakeTries || !isBusy(master.words)) return opened;
    }
  }

  async #try(master: SshMaster, step: Step): Promise<Try> {
    const line = commandLine(enveloped(step, this.#parts.sudo));
    const args = [...clientArgs(master.controlPath), "--", this.#destination, line];
    const ended = await runChild(["ssh", ...args], step);
    // The host would have answered by itself.
    if (!ended.ok && ended.code === "timeout") await master.close();
    if (!ended.ok) return { kind: "over", answer: ended };
    const result = unenveloped(ended.value, step.deadlineMs);
    if (result.kind === "answered") return { kind: "over", answer: result.answer };
    if (result.kind === "cut") return this.#over(this.#cutWords(master), "cut");
    const { words } = result;
    const sudo = sudoTrouble(words);
    if (sudo !== undefined) return { kind: "over", answer: failed("sudo", sudo) };
    if (isRefusedSession(words)) return { kind: "too-many", words };
    if (isNeverSent(words)) {
      await master.close();
      return { kind: "lost", words: `${master.words}\n${words}`.trim() };
    }
    // It went out, and the news of its beginning may have been lost on the way.
    if (words === "") return this.#over(this.#cutWords(master), "cut");
    return this.#over(words);
  }

  #cutWords(master: SshMaster): string {
    const words = master.words.trim().split("\n").at(-1) ?? "";
    return words === "" ? "" : ` (${words})`;
  }

  #over(words: string, how: "cut" | "never" = "never"): Try {
    if (how === "never") return { kind: "over", answer: unreachable(this.#destination, words) };
    const detail = `the connection to ${this.#destination} was lost meanwhile${words}: what was done by then is not known`;
    return { kind: "over", answer: failed("unreachable", detail) };
  }
}
