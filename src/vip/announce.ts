/**
 * Tells the neighbours where the VIP lives now.
 *
 * Without it they keep the old host's MAC for up to a minute. The first word costs no process: a
 * datagram sent from the VIP to an address that nobody has makes the kernel ask for that address in
 * the VIP's name, which moves the entry of every neighbour that has one. A Linux neighbour ignores
 * that for an entry younger than a second, and some gear listens to one form of ARP only, so
 * `arping` follows in both forms, at once and then each 1.1 s (receivers ignore updates within a
 * second, metallb/metallb#172) for five seconds.
 *
 * Before each packet the caller is asked whether the VIP is still held: announcing an address that
 * has just left would be worse than silence. IPv6 is announced by the kernel itself, which sends an
 * unsolicited neighbour advertisement for a new address where `ndisc_notify` is set.
 */
import { createSocket } from "node:dgram";
import { type IpAddress, addressBits, hostPrefixLength } from "./address.ts";
import { type ArpForm, sendArp } from "./arping.ts";
import type { BoundVip } from "./bind.ts";
import type { InterfaceAddress } from "./observe.ts";

export type AnnouncerOptions = {
  readonly vip: BoundVip;
  /**
   * Undefined where the host has no iputils arping; then only the kernel's own ARP request is sent.
   */
  readonly arpingPath: string | undefined;
  readonly isHolding: () => boolean;
  readonly onTrouble: (detail: string) => void;
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number;
};

const repeatAfterMs = 1_100;
const burstMs = 5_000;

const replyAfterMs = 50;

/** Discard: whoever is there after all throws it away. */
const discardPort = 9;

export class Announcer {
  readonly #options: AnnouncerOptions;
  #repeat: NodeJS.Timeout | undefined;
  #reply: NodeJS.Timeout | undefined;
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
    const repeats = Math.floor(burstMs / repeatAfterMs);
    const repeat = (left: number) => {
      this.once();
      if (left > 0) this.#repeat = setTimeout(() => repeat(left - 1), repeatAfterMs);
    };
    repeat(repeats);
  }

  /** Announces once, in all forms. */
  once(): void {
    const { vip, isHolding, arpingPath, onTrouble } = this.#options;
    if (vip.address.family === "ipv6" || !isHolding()) return;
    this.#sendDatagram();
    if (arpingPath === undefined) return;
    const send = (form: ArpForm) => {
      const { signal } = this.#running;
      if (!signal.aborted && isHolding()) {
        sendArp({ path: arpingPath, vip, form, signal, onTrouble });
      }
    };
    // The second form must not compete with the first one for the processor.
    send("request");
    this.#reply = setTimeout(() => send("reply"), replyAfterMs);
  }

  /** Says nothing more. Must come before the VIP leaves. */
  stop(): void {
    clearTimeout(this.#repeat);
    clearTimeout(this.#reply);
    this.#running.abort();
  }

  #sendDatagram(): void {
    const { vip, random, onTrouble } = this.#options;
    const target = strangerIn(this.#own, vip.address, random);
    if (target === undefined) return;
    const socket = createSocket("udp4");
    socket.on("error", (error) => {
      onTrouble(`datagram from ${vip.address.text}: ${error.message}`);
      socket.close();
    });
    socket.bind({ address: vip.address.text, port: 0, exclusive: true }, () => {
      socket.send("", discardPort, target, () => socket.close());
    });
  }
}

/** An on-link IPv4 address picked at random: almost surely one for which the kernel has to ask. */
function strangerIn(
  own: readonly InterfaceAddress[],
  vip: IpAddress,
  random: () => number,
): string | undefined {
  const home = own.find(
    ({ address, prefixLength }) => address.family === "ipv4" && prefixLength <= 30,
  );
  if (home === undefined) return undefined;
  const hosts = 2 ** (hostPrefixLength.ipv4 - home.prefixLength) - 2;
  const network = addressBits(home.address) & ~BigInt(hosts + 1);
  const taken = [addressBits(home.address), addressBits(vip)];
  const start = Math.floor(random() * hosts);
  for (let step = 0; step < 3; step += 1) {
    const bits = network + 1n + BigInt((start + step) % hosts);
    if (!taken.includes(bits)) return dotted(bits);
  }
  return undefined;
}

function dotted(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 0xffn).join(".");
}
