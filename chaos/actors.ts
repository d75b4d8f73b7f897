/**
 * The processes of a database host that faults are aimed at: its agent and its lock keeper, with the
 * host's Consul token. Each can be ended and begun in every way that a fault asks for.
 *
 * The times in which the agent could do nothing are written down here, where they are made. A peer is
 * treated alike, with one difference: it knows no signal for a hand-over, so its restart is a SIGTERM, a
 * SIGKILL where it does not end within three seconds, and a start.
 */
import type { LabAgent } from "../lab/agent.ts";
import { monotonicMs } from "../lab/clock.ts";
import type { ConsulToken } from "../lab/consul-node.ts";
import type { Lab } from "../lab/lab.ts";
import { LockKeeper } from "../lab/lock-keeper.ts";
import type { HostName } from "../lab/network.ts";
import type { AgentSpan } from "./evidence.ts";

/** The daemon that is tried; without a command it is vip-agent itself. */
export type Candidate = { readonly name: string; readonly command?: string | undefined };

export type Tokens = { readonly agent: ConsulToken; readonly keeper: ConsulToken };

const endDeadlineMs = 3_000;

export class Actors {
  readonly host: HostName;
  readonly tokens: Tokens;
  /** Agents and keepers of this host, the newest last: a log goes on where the last one ended. */
  readonly agents: LabAgent[] = [];
  readonly keepers: LockKeeper[] = [];
  readonly agentSpans: AgentSpan[] = [];
  readonly #lab: Lab;
  readonly #candidate: Candidate;
  #since: { readonly atMs: number; readonly kind: AgentSpan["kind"] } | undefined;

  constructor(lab: Lab, host: HostName, candidate: Candidate, tokens: Tokens) {
    this.#lab = lab;
    this.host = host;
    this.#candidate = candidate;
    this.tokens = tokens;
  }

  get isPeer(): boolean {
    return this.#candidate.command !== undefined;
  }

  get agent(): LabAgent {
    const agent = this.agents.at(-1);
    if (agent === undefined) throw new Error(`no agent was started on ${this.host} yet`);
    return agent;
  }

  get keeper(): LockKeeper {
    const keeper = this.keepers.at(-1);
    if (keeper === undefined) throw new Error(`no lock keeper was started on ${this.host} yet`);
    return keeper;
  }

  /** With the span that has not ended yet. */
  agentSpansUntil(nowMs: number): readonly AgentSpan[] {
    if (this.#since === undefined) return this.agentSpans;
    const { atMs: fromMs, kind } = this.#since;
    return [...this.agentSpans, { host: this.host, kind, fromMs, toMs: nowMs }];
  }

  async startAgent(): Promise<void> {
    const { command } = this.#candidate;
    const env = { VIP_CONSUL_TOKEN: this.tokens.agent.secret };
    const options = { host: this.host, env, ...(command === undefined ? {} : { command }) };
    this.agents.push(await this.#lab.startAgent(options));
    this.#back();
  }

  async killAgent(): Promise<void> {
    this.#gone("killed");
    await this.agent.kill();
  }

  async freezeAgent(): Promise<void> {
    this.#gone("frozen");
    await this.agent.freeze();
  }

  thawAgent(): void {
    this.agent.thaw();
    this.#back();
  }

  async stopAgent(): Promise<void> {
    this.#gone("stopped");
    await this.#end("SIGTERM");
  }

  async restartAgent(): Promise<void> {
    this.#gone("handed-over");
    await this.#end(this.isPeer ? "SIGTERM" : "SIGUSR2");
    await this.startAgent();
  }

  startKeeper(): void {
    this.keepers.push(new LockKeeper(this.host, { token: this.tokens.keeper.secret }));
  }

  /** Whatever was done to them: both run again. */
  async revive(): Promise<void> {
    this.agent.thaw();
    this.keeper.thaw();
    if (!this.keeper.process.isRunning) this.startKeeper();
    if (!this.agent.process.isRunning) await this.startAgent();
    else if (this.#since !== undefined) this.#back();
  }

  async close(): Promise<void> {
    await this.keepers.at(-1)?.kill();
  }

  async #end(signal: "SIGTERM" | "SIGUSR2"): Promise<void> {
    const { process } = this.agent;
    process.signal(signal);
    const deadline = AbortSignal.timeout(endDeadlineMs);
    const overrun = new Promise<undefined>((resolve) => {
      deadline.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    const exit = await Promise.race([process.exited, overrun]);
    if (exit === undefined) await process.kill();
  }

  #gone(kind: AgentSpan["kind"]): void {
    this.#since ??= { atMs: monotonicMs(), kind };
  }

  #back(): void {
    if (this.#since === undefined) return;
    const { atMs: fromMs, kind } = this.#since;
    this.agentSpans.push({ host: this.host, kind, fromMs, toMs: monotonicMs() });
    this.#since = undefined;
  }
}
