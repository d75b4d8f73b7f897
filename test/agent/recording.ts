/**
 * Hands that do nothing but write down what they were asked, over a kernel of a few lines.
 */
import type { Hands } from "../../src/agent/perform.ts";
import { done, failed } from "../../src/outcome.ts";
import { parseAddress } from "../../src/vip/address.ts";
import type { InterfaceAddress } from "../../src/vip/observe.ts";
import type { FakeClock } from "../support/fake-clock.ts";

const address = parseAddress("192.168.1.140");
if (address === undefined) throw new Error("not an address");

export const vip = { address, prefixLength: 32, interface: "eth0" };

export class RecordingHands implements Hands {
  readonly vip = vip;
  readonly clock: FakeClock;
  /** What was asked, in order. */
  readonly asked: string[] = [];
  /** Prefix length → lifetime in seconds. */
  readonly kernel = new Map<number, number>();
  /** What is broken: its step fails. */
  readonly broken = new Set<"guard" | "reset" | "ip" | "kernel">();

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  /** Holds back the next answers of `ip` until it is resolved. */
  gate: Promise<void> = Promise.resolve();

  readonly ip = {
    run: async (commands: readonly string[]) => {
      for (const command of commands) this.#carryOut(command);
      await this.gate;
      if (this.broken.has("ip")) return failed("timeout", "ip did not answer");
      const addresses: InterfaceAddress[] = [...this.kernel].map(([prefixLength, expiresInS]) => {
        return { address: vip.address, prefixLength, expiresInS };
      });
      const state = { kind: "present", isUp: true, hasCarrier: true, addresses } as const;
      return done({ state, complaint: undefined });
    },
  };

  readonly guard = {
    raise: async () => this.#step("guard", "raise guard"),
    lift: async () => this.#step("guard", "lift guard"),
  };

  readonly reset = {
    run: async () => this.#step("reset", "reset connections"),
    arm: () => undefined,
  };

  readonly announcer = {
    know: () => undefined,
    burst: () => void this.asked.push("announce"),
    once: () => void this.asked.push("announce once"),
    stop: () => void this.asked.push("stop announcing"),
  };

  readonly askWire = () => void this.asked.push("probe");

  readonly wakePatroni = () => void this.asked.push("wake Patroni");

  #step(part: "guard" | "reset", what: string) {
    this.asked.push(what);
    return this.broken.has(part) ? failed("refused", `${part} is broken`) : done(undefined);
  }

  #carryOut(command: string): void {
    const match = /^address (replace|delete) \S+\/(\d+) dev eth0(?: valid_lft (\d+))?/.exec(
      command,
    );
    if (match === null) throw new Error(`unexpected command: ${command}`);
    const [, verb, prefix, lifetime] = match;
    const prefixLength = Number(prefix);
    this.asked.push(`${verb === "replace" ? "bind" : "remove"} /${prefixLength}`);
    if (this.broken.has("kernel")) return;
    if (verb === "replace") this.kernel.set(prefixLength, Number(lifetime));
    else this.kernel.delete(prefixLength);
  }
}
