/**
 * What only the wire tells, seen by tcpdump and stamped by the kernel.
 *
 * The moment at which a key is committed is inside Consul. Nearest to it from outside is the packet
 * with which Consul answers the PUT as it leaves Consul's host: no event loop of ours in between.
 * The same capture tells when each agent's blocking query was answered, and one in an agent's host
 * counts what it asks, whatever it is written in.
 *
 * A reset that reaches the client in the VIP's name proves that its sender accepts nothing any more.
 */
import { monotonicFromWallMs } from "../lab/clock.ts";
import { Journal } from "../lab/journal.ts";
import { addressOf, type HostName, INTERFACE, VIP } from "../lab/network.ts";
import { LabProcess } from "../lab/process.ts";

export type Packet = {
  readonly atMs: number;
  readonly fromMac: string;
  readonly from: string;
  readonly to: string;
};

export type PacketWatch = {
  readonly packets: Journal<Packet>;
  readonly close: () => Promise<void>;
};

/** The first four bytes behind the TCP header. */
const payload = "tcp[((tcp[12] & 0xf0) >> 2):4]";
const isAnswer = `${payload} = 0x48545450`; // "HTTP"
const isGet = `${payload} = 0x47455420`; // "GET "

/** Answers of Consul as they leave its host. */
export async function watchConsulAnswers(): Promise<PacketWatch> {
  return watchPackets("dcs", `tcp src port 8500 and ${isAnswer}`);
}

/** Questions to Consul as they leave a host. */
export async function watchConsulQuestions(host: HostName): Promise<PacketWatch> {
  return watchPackets(host, `src host ${addressOf(host)} and tcp dst port 8500 and ${isGet}`);
}

/** Resets in the VIP's name as they reach the client. */
export async function watchResets(): Promise<PacketWatch> {
  return watchPackets("client", `src host ${VIP} and tcp[tcpflags] & tcp-rst != 0`);
}

async function watchPackets(host: HostName, filter: string): Promise<PacketWatch> {
  const packets = new Journal<Packet>(`packets at ${host}`);
  const flags = ["-Z", "root", "--immediate-mode", "-l", "-n", "-e", "-tt", "-i", INTERFACE];
  const capture = new LabProcess({
    name: packets.name,
    host,
    argv: ["tcpdump", ...flags, filter],
    onLine: (text) => {
      const packet = parsePacket(text);
      if (packet === undefined) return;
      packets.append({ ...packet, atMs: monotonicFromWallMs(packet.atMs) });
    },
  });
  await capture.lines.next("sign that tcpdump listens", ({ text }) => /listening on/u.test(text));
  return {
    packets,
    close: async () => {
      await capture.kill();
    },
  };
}

/** One line of `tcpdump -e -tt -n`, with the wall clock's milliseconds. */
export function parsePacket(text: string): Packet | undefined {
  const ends = /^(\d+\.\d+) (\S+) > .*: (\d+\.\d+\.\d+\.\d+)\.\d+ > (\d+\.\d+\.\d+\.\d+)\.\d+:/u;
  const match = ends.exec(text);
  if (match === null) return undefined;
  const [, seconds = "", fromMac = "", from = "", to = ""] = match;
  return { atMs: Number(seconds) * 1e3, fromMac, from, to };
}
