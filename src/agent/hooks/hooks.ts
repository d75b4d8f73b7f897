/**
 * What the operator wants run once the VIP has come to this host, and once it has left it.
 *
 * Told of each round of the keeper, and never waited for by it. A hook follows from what is the
 * case, held and to be held or neither, and not from an action: so a VIP that somebody removes and
 * that is bound again is no event, and neither is one that the agent finds bound at its start.
 *
 * The hooks of one VIP run one after the other, in the order of the events. A VIP that moves faster
 * than its hooks would pile them up: then a coming and a going that undo each other are left out, and
 * what the last hook to run says is always the case.
 */
import type { Clock } from "../../clock.ts";
import type { Verdict } from "../../policy/judge.ts";
import { type World, boundAddress } from "../../policy/world.ts";
import type { BoundVip } from "../../vip/bind.ts";
import type { HookSettings } from "../config/settings.ts";
import type { Log } from "../reports/log.ts";
import type { HookName, Metrics } from "../reports/metrics.ts";
import type { HookEnd, RunHook } from "./run-hook.ts";

export type Hooks = {
  /** What the keeper sees and wants in this round. */
  readonly seen: (verdict: Pick<Verdict, "kind" | "reason">, world: World) => void;
  /** Resolves once no hook runs or waits. */
  readonly idle: () => Promise<void>;
  /** From now on these are the settings; what runs is left to run. */
  readonly follow: (settings: HookSettings) => void;
  /** Ends what runs, and forgets what waits: the process ends. */
  readonly close: () => void;
};

export type HookOutside = {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "hooked">;
  readonly runHook: RunHook;
};

type Event = {
  readonly hook: HookName;
  readonly reason: string;
  /** Whom the key names; "" where nobody is known. */
  readonly leader: string;
};

/** A going and a coming: one more, and the older two undo each other. */
const maxWaiting = 2;

/** Until it is told to follow settings, nothing runs. */
export function createHooks(outside: HookOutside, vip: BoundVip): Hooks {
  const queue = new HookQueue(outside, vip);
  let last: HookName | undefined;
  return {
    seen: ({ kind, reason }, world) => {
      const { interface: there, leader } = world;
      if (there.kind === "unobserved") return;
      const isGone = there.kind === "absent" || there.held.length === 0;
      if (last === undefined) {
        // With whatever prefix length: clients do not see the difference.
        last = isGone ? "on-release" : "on-acquire";
        return;
      }
      const isAcquired = kind === "hold" && boundAddress(world) !== undefined;
      const isReleased = kind === "yield" && isGone;
      const hook = isAcquired ? "on-acquire" : isReleased ? "on-release" : last;
      if (hook === last) return;
      last = hook;
      queue.add({ hook, reason, leader: leader.kind === "named" ? leader.member : "" });
    },
    idle: () => queue.idle,
    follow: (settings) => queue.follow(settings),
    close: () => queue.close(),
  };
}

class HookQueue {
  readonly #outside: HookOutside;
  readonly #vip: BoundVip;
  readonly #ending = new AbortController();
  #settings: HookSettings = { onAcquire: undefined, onRelease: undefined, deadlineMs: 0 };
  #waiting: readonly Event[] = [];
  #isBusy = false;
  #hasTold = false;
  idle: Promise<void> = Promise.resolve();

  constructor(outside: HookOutside, vip: BoundVip) {
    this.#outside = outside;
    this.#vip = vip;
  }

  follow(settings: HookSettings): void {
    this.#settings = settings;
  }

  close(): void {
    this.#waiting = [];
    this.#ending.abort();
  }

  add(event: Event): void {
    if (this.#ending.signal.aborted) return;
    const waiting = [...this.#waiting, event];
    const isFull = waiting.length > maxWaiting;
    this.#waiting = isFull ? waiting.slice(2) : waiting;
    if (isFull) this.#drop(waiting.slice(0, 2));
    if (this.#isBusy) return;
    this.#isBusy = true;
    const { clock } = this.#outside;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.idle = promise;
    // A start of a process takes milliseconds of the loop's: not before this round is over.
    clock.at(clock.nowMs(), () => void this.#drain().then(resolve));
  }

  async #drain(): Promise<void> {
    for (;;) {
      const [event, ...rest] = this.#waiting;
      if (event === undefined) break;
      this.#waiting = rest;
      await this.#run(event);
    }
    this.#isBusy = false;
    this.#hasTold = false;
  }

  async #run(event: Event): Promise<void> {
    const { hook } = event;
    const argv = this.#argvOf(hook);
    if (argv === undefined) return;
    const { clock, metrics, runHook } = this.#outside;
    const { deadlineMs } = this.#settings;
    const startedAtMs = clock.nowMs();
    const env = this.#environmentOf(event);
    const end = await runHook({ argv, env, deadlineMs, signal: this.#ending.signal });
    metrics.hooked(hook, end.result);
    this.#tell(event, end, clock.nowMs() - startedAtMs);
  }

  #argvOf(hook: HookName): readonly string[] | undefined {
    return hook === "on-acquire" ? this.#settings.onAcquire : this.#settings.onRelease;
  }

  /** Nothing of the agent's own environment, which may hold its token, but where programs are. */
  #environmentOf({ hook, reason, leader }: Event): Readonly<Record<string, string>> {
    const { address, prefixLength, interface: name } = this.#vip;
    return {
      PATH: process.env["PATH"] ?? usualPath,
      LANG: process.env["LANG"] ?? "C.UTF-8",
      VIPAGENT_VIP: address.text,
      VIPAGENT_PREFIX: String(prefixLength),
      VIPAGENT_INTERFACE: name,
      VIPAGENT_HOOK: hook,
      VIPAGENT_REASON: reason,
      VIPAGENT_LEADER: leader,
    };
  }

  #tell(
    { hook, reason }: Event,
    { result, detail, exitCode, lastLine }: HookEnd,
    ms: number,
  ): void {
    const { log } = this.#outside;
    const fields = {
      ...this.#fields(),
      hook,
      reason,
      result,
      tookMs: Math.round(ms),
      exitCode,
      stderr: lastLine === "" ? undefined : lastLine,
    };
    if (result === "done") log.info("hook", `${hook} ${detail}`, fields);
    else log.warn("hook", `${hook} ${detail}`, fields);
  }

  #drop(events: readonly Event[]): void {
    const { log, metrics } = this.#outside;
    const dropped = events.filter(({ hook }) => this.#argvOf(hook) !== undefined);
    for (const { hook } of dropped) metrics.hooked(hook, "dropped");
    if (dropped.length === 0 || this.#hasTold) return;
    this.#hasTold = true;
    const message = "the VIP moves faster than its hooks; those that undo each other are left out";
    log.warn("hook", message, { ...this.#fields(), result: "dropped" });
  }

  #fields() {
    const { address, prefixLength, interface: name } = this.#vip;
    return { vip: `${address.text}/${prefixLength}`, interface: name };
  }
}

const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
