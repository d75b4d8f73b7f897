/**
 * An announcement without a process: the kernel's own ARP request in the VIP's name.
 *
 * A datagram sent from the VIP to an on-link address that nobody has makes the kernel ask for that
 * address, with the VIP as the sender, at once and twice more a second apart. Every neighbour that
 * has an entry for the VIP moves it, unless the entry is younger than a second. It costs less than a
 * millisecond, where the start of `arping` costs several. With `arp_announce=2` the kernel names
 * another sender, and this does not help.
 */
import { createSocket } from "node:dgram";
import { type IpAddress, addressBits, hostPrefixLength } from "./address.ts";
import type { InterfaceAddress } from "./observe.ts";

/** Discard: whoever is there after all throws it away. */
const discardPort = 9;

export type Datagram = {
  readonly from: IpAddress;
  readonly to: string;
  /** Called once, with what went wrong if anything did. */
  readonly onEnd: (problem?: string) => void;
};

export function sendDatagram({ from, to, onEnd }: Datagram): void {
  const socket = createSocket("udp4");
  const end = (problem?: string) => {
    socket.close();
    onEnd(problem);
  };
  socket.once("error", (error) => end(`datagram from ${from.text}: ${error.message}`));
  socket.bind({ address: from.text, port: 0, exclusive: true }, () => {
    socket.send("", discardPort, to, () => end());
  });
}

/** The first datagram socket of a process costs milliseconds, the later ones nothing. */
export function warmUpDatagrams(): void {
  const from: IpAddress = { family: "ipv4", text: "127.0.0.1" };
  sendDatagram({ from, to: from.text, onEnd: () => undefined });
}

/**
 * An on-link IPv4 address picked at random: almost surely one for which the kernel has to ask.
 * Undefined where the interface has no subnet that could hold one. `random` gives a number from 0
 * up to, not including, 1.
 */
export function strangerIn(
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
