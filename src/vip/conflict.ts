/**
 * Asks the wire whether another host answers for the VIP.
 *
 * `arping -D` sends ARP requests without a sender address, as a host does that looks for a
 * duplicate: whoever has the VIP answers, nobody's neighbour table changes, and our own kernel does
 * not hear its own broadcast. An answer that carries our own MAC all the same (a bond, a bridge that
 * reflects) is none.
 *
 * Silence proves little: a host that is cut off, or that filters ARP, does not answer. So a
 * conflict is news, and no conflict is no permission. IPv6 is not probed: the tools at hand cannot
 * tell who answers.
 */
import { readFileSync } from "node:fs";
import { type Outcome, done, failed } from "../outcome.ts";
import type { BoundVip } from "./bind.ts";
import { runCommand } from "./command.ts";

/** The MAC of another host that answers for the VIP; undefined when nobody did in that time. */
export type ConflictProbe = (
  vip: BoundVip,
  deadlineMs: number,
) => Promise<Outcome<string | undefined>>;

/** Whether there is a way to ask for this VIP. */
export function canProbe({ address }: BoundVip): boolean {
  return address.family === "ipv4";
}

/** The probe by the arping at this path. Never rejects. */
export function probeConflict(arpingPath: string): ConflictProbe {
  return (vip, deadlineMs) => probe(arpingPath, vip, deadlineMs);
}

async function probe(
  path: string,
  { interface: name, address }: BoundVip,
  deadlineMs: number,
): Promise<Outcome<string | undefined>> {
  const args = ["-D", "-c", "1", "-w", "1", "-I", name, address.text];
  // 1 means that somebody answered.
  const outcome = await runCommand({ path, args, deadlineMs, answerCodes: [1] });
  if (outcome.ok) return done(strangerIn(outcome.value.stdout, ownMac(name)));
  // Whoever answers does so within a millisecond; arping itself would wait for a full second.
  if (outcome.code === "timeout") return done(undefined);
  return failed(outcome.code, outcome.detail);
}

/** The first MAC in the output of arping that is not ours, in lower case. */
export function strangerIn(output: string, own: string | undefined): string | undefined {
  const macs = [...output.matchAll(/\[((?:[0-9a-f]{2}:)+[0-9a-f]{2})\]/gi)];
  return macs.map(([, mac = ""]) => mac.toLowerCase()).find((mac) => mac !== own);
}

function ownMac(interfaceName: string): string | undefined {
  try {
    return readFileSync(`/sys/class/net/${interfaceName}/address`, "utf8").trim().toLowerCase();
  } catch {
    return undefined;
  }
}
