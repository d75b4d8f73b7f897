/**
 * Tells the neighbours where the VIP lives now, and when.
 *
 * Without it they keep the old host's MAC for up to a minute. The first word is the kernel's own ARP
 * request, because it costs no process start; a neighbour that ignores it hears the announcements
 * that follow, at once and then each 1.1 s (receivers ignore updates within a second,
 * metallb/metallb#172) for five seconds.
 *
 * Before each packet the caller is asked whether the VIP is still held: announcing an address that
 * has just left would be worse than silence.
 */
import type { Clock } from "../clock.ts";
import type { BoundVip } from "./bind.ts";
import { strangerIn } from "./datagram.ts";
import type { InterfaceAddress } from "./observe.ts";
import type { Voice } from "./voice.ts";

export type AnnouncerOptions = {
  readonly vip: BoundVip;
  readonly voice: Voice;
  readonly clock: Clock;
  readonly isHolding: () => boolean;
  readonly onTrouble: (detail: string) => void;
  /** An announcement goes out, in all its forms. */
  readonly onAnnounce: () => void;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
};

const repeatAfterMs = 1_100;
const burstMs = 5_000;

/** Two forms sent together would compete for the processor, and the first is the one that counts. */
const nextFormAfterMs = 50;

export class Announcer {
  readonly #options: AnnouncerOptions;
  /** What takes back the announcements to come. */
  readonly #cancels = new Set<() => void>();
  #running = new AbortController();
  #own: readonly InterfaceAddress[] = [];

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /**
   * Takes in the host's own addresses on the VIP's interface, for finding a stranger among their
   * neighbours.
   */
  know(own: readonly InterfaceAddress[]): void {
    this.#own = own;
  }

  /** Announces now and goes on for five seconds. */
  burst(): void {
    this.stop();
    this.#running = new AbortController();
    for (let afterMs = 0; afterMs < burstMs; afterMs += repeatAfterMs) {
      this.#after(afterMs, () => this.once());
    }
  }

  /** Announces once, in all forms. */
  once(): void {
    const { vip, voice, isHolding, onTrouble, onAnnounce, random } = this.#options;
    if (!isHolding()) return;
    onAnnounce();
    const to =
      vip.address.family === "ipv4" ? strangerIn(this.#own, vip.address, random) : undefined;
    if (to === undefined) {
      this.#sendForms();
      return;
    }
    // A process start holds the loop up for milliseconds, so the datagram goes first.
    const onEnd = (problem?: string) => {
      if (problem !== undefined) onTrouble(problem);
      this.#sendForms();
    };
    voice.ask({ from: vip.address, to, onEnd });
  }

  /** Says nothing more. Must come before the VIP leaves. */
  stop(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#running.abort();
  }

  #sendForms(): void {
    const { vip, voice, isHolding, onTrouble } = this.#options;
    const { signal } = this.#running;
    for (const [turn, send] of voice.formsOf(vip).entries()) {
      this.#after(turn * nextFormAfterMs, () => {
        if (!signal.aborted && isHolding()) send({ signal, onTrouble });
      });
    }
  }

  #after(afterMs: number, callback: () => void): void {
    if (afterMs === 0) {
      callback();
      return;
    }
    const { clock } = this.#options;
    const cancel = clock.at(clock.nowMs() + afterMs, () => {
      this.#cancels.delete(cancel);
      callback();
    });
    this.#cancels.add(cancel);
  }
}
