/**
 * The network of one host as its kernel keeps it: one interface, its addresses with their lifetimes,
 * and the guard's set. It lives on when every process of the host is dead.
 *
 * Lifetimes are whole seconds; the kernel removes an address never early and up to 0.4 s late
 * (measured: reference vip.md 4.3), and what it shows as left is rounded up. While the whole host
 * stands still, so do its lifetimes, and nobody hears it: it answers for nothing.
 */
import type { InterfaceState } from "../../src/vip/observe.ts";
import { type IpAddress, parseAddress } from "../../src/vip/address.ts";
import type { Cancel, Engine } from "./engine.ts";
import type { Random } from "./random.ts";

export const interfaceName = "sim0";

/** The latest that the kernel was seen to remove an address after its time. */
export const longestLatenessMs = 400;

/** The guard forgets an address after this (src/vip/guard.ts); elements go some milliseconds late. */
const guardMs = 3_000;

export type Remover = "agent" | "lifetime" | "stranger" | "link";

export type Bound = {
  readonly address: string;
  readonly lifetimeS: number | "endless";
  readonly by: "agent" | "stranger";
  /** Whether it was not there before. */
  readonly isNew: boolean;
};

type Held = {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly by: "agent" | "stranger";
  endMs: number;
  removeAtMs: number;
  cancel: Cancel;
};

export type KernelOptions = {
  readonly engine: Engine;
  readonly random: Random;
  /** The host's own address on the interface. */
  readonly own: string;
};

export class Kernel {
  readonly #engine: Engine;
  readonly #random: Random;
  readonly #own: IpAddress;
  readonly #held = new Map<string, Held>();
  readonly #guards = new Map<string, { untilMs: number; cancel: Cancel }>();
  readonly #listeners = new Set<() => void>();
  #link: "absent" | "down" | "up" = "up";
  #pausedAtMs: number | undefined;
  /** Told before the change is visible to anybody: an address came, stayed on, or went. */
  onBound: (bound: Bound) => void = () => undefined;
  onRemoved: (address: string, by: Remover) => void = () => undefined;
  onAnswering: () => void = () => undefined;

  constructor({ engine, random, own }: KernelOptions) {
    this.#engine = engine;
    this.#random = random;
    this.#own = known(own);
  }

  get link(): "absent" | "down" | "up" {
    return this.#link;
  }

  get isPaused(): boolean {
    return this.#pausedAtMs !== undefined;
  }

  /** Whether the address is on the interface, with whatever prefix length. */
  holds(address: string): boolean {
    for (const held of this.#held.values()) if (held.address.text === address) return true;
    return false;
  }

  /** Whether somebody on the wire who asks for the address gets an answer from here. */
  answersFor(address: string): boolean {
    return this.#link === "up" && this.#pausedAtMs === undefined && this.holds(address);
  }

  /** Whether somebody other than the agent was the last to give the address its lifetime. */
  isStrangers(address: string): boolean {
    return [...this.#held.values()].some(
      (held) => held.address.text === address && held.by === "stranger",
    );
  }

  guards(address: string): boolean {
    return this.#guards.has(address);
  }

  /** `ip address replace`: binds, or gives a new lifetime. Returns what `ip` would complain about. */
  replace(
    text: string,
    prefixLength: number,
    lifetimeS: number | "endless",
    by: "agent" | "stranger" = "agent",
  ): string | undefined {
    if (this.#link === "absent") return `Cannot find device "${interfaceName}"`;
    const address = known(text);
    const isNew = !this.holds(address.text);
    const key = `${address.text}/${prefixLength}`;
    this.#held.get(key)?.cancel();
    const endMs = lifetimeS === "endless" ? Infinity : this.#engine.nowMs + lifetimeS * 1_000;
    const held: Held = {
      address,
      prefixLength,
      by,
      endMs,
      removeAtMs: endMs + this.#random.between(0, longestLatenessMs),
      cancel: () => undefined,
    };
    this.#held.set(key, held);
    this.#armEnd(key, held);
    this.onBound({ address: address.text, lifetimeS, by, isNew });
    this.#changed();
    return undefined;
  }

  /** `ip address delete`. */
  remove(text: string, prefixLength: number, by: Remover = "agent"): string | undefined {
    if (this.#link === "absent") return `Cannot find device "${interfaceName}"`;
    const key = `${known(text).text}/${prefixLength}`;
    if (!this.#drop(key, by)) return "RTNETLINK answers: Cannot assign requested address";
    this.#changed();
    return undefined;
  }

  /** Somebody else takes the address away, whatever its prefix lengths. */
  removeAll(address: string, by: Remover): void {
    for (const [key, held] of this.#held) if (held.address.text === address) this.#drop(key, by);
    this.#changed();
  }

  /** Down: IPv4 addresses stay, IPv6 ones go. Absent: all go with the interface. */
  setLink(link: "absent" | "down" | "up"): void {
    this.#link = link;
    for (const [key, { address }] of this.#held) {
      if (link === "absent" || (link === "down" && address.family === "ipv6")) {
        this.#drop(key, "link");
      }
    }
    this.#changed();
  }

  observe(): InterfaceState {
    if (this.#link === "absent") return { kind: "absent" };
    const own = { address: this.#own, prefixLength: 24, expiresInS: "endless" } as const;
    const held = [...this.#held.values()].map(({ address, prefixLength, endMs }) => {
      return { address, prefixLength, expiresInS: this.#secondsLeft(endMs) };
    });
    const isUp = this.#link === "up";
    return { kind: "present", isUp, hasCarrier: isUp, addresses: [own, ...held] };
  }

  raiseGuard(address: string): void {
    this.#guards.get(address)?.cancel();
    const untilMs = this.#engine.nowMs + guardMs + this.#random.between(0, 100);
    this.#guards.set(address, { untilMs, cancel: this.#armGuard(address, untilMs) });
    this.onAnswering();
  }

  liftGuard(address: string): void {
    this.#guards.get(address)?.cancel();
    this.#guards.delete(address);
    this.onAnswering();
  }

  /** Calls at every change of an address or of the link, as `ip monitor` would print a line. */
  listen(onChange: () => void): Cancel {
    this.#listeners.add(onChange);
    return () => this.#listeners.delete(onChange);
  }

  pause(): void {
    this.#pausedAtMs = this.#engine.nowMs;
    for (const { cancel } of [...this.#held.values(), ...this.#guards.values()]) cancel();
    this.onAnswering();
  }

  resume(): void {
    const lostMs = this.#engine.nowMs - (this.#pausedAtMs ?? this.#engine.nowMs);
    this.#pausedAtMs = undefined;
    for (const [key, held] of this.#held) {
      held.endMs += lostMs;
      held.removeAtMs += lostMs;
      this.#armEnd(key, held);
    }
    for (const [address, guard] of this.#guards) {
      guard.untilMs += lostMs;
      guard.cancel = this.#armGuard(address, guard.untilMs);
    }
    this.onAnswering();
  }

  #armGuard(address: string, untilMs: number): Cancel {
    return this.#engine.at(untilMs, () => {
      this.#guards.delete(address);
      this.onAnswering();
    });
  }

  #armEnd(key: string, held: Held): void {
    held.cancel = this.#engine.at(held.removeAtMs, () => {
      this.#drop(key, "lifetime");
      this.#changed();
    });
  }

  #drop(key: string, by: Remover): boolean {
    const held = this.#held.get(key);
    if (held === undefined) return false;
    held.cancel();
    this.#held.delete(key);
    if (!this.holds(held.address.text)) this.onRemoved(held.address.text, by);
    return true;
  }

  #changed(): void {
    this.onAnswering();
    for (const onChange of this.#listeners) onChange();
  }

  #secondsLeft(endMs: number): number | "endless" {
    if (endMs === Infinity) return "endless";
    return Math.max(0, Math.ceil((endMs - this.#engine.nowMs) / 1_000));
  }
}

const parsed = new Map<string, IpAddress>();

function known(text: string): IpAddress {
  const address = parsed.get(text) ?? parseAddress(text);
  if (address === undefined) throw new Error(`expected an IP address, found "${text}"`);
  parsed.set(text, address);
  return address;
}
