/**
 * One announcement on the wire, by the program that can send it.
 *
 * IPv4: `arping` of iputils, an ARP request and then a reply, since some gear listens to one form
 * only. `-c 1` sends its packet within milliseconds and then waits for a second. IPv6: `ndptool` of
 * libndp, an unsolicited neighbour advertisement that overrides; the kernel's own, asked for by
 * `ndisc_notify`, never comes for an address bound with `nodad` (measured on Linux 6.18).
 *
 * Neither is ever awaited on the way of a takeover. They are spawned without pipes and without a
 * library in between: each millisecond here is one in which a client still talks to the old host.
 */
import type { BoundVip } from "./bind.ts";
import type { HelperProgram } from "./helper.ts";

/** What belongs to saying something once. */
export type Utterance = {
  readonly signal: AbortSignal;
  /** Called when it fails by itself; an abort is no failure. */
  readonly onTrouble: (detail: string) => void;
};

export type Announcement = Utterance & {
  /** arping for IPv4, ndptool for IPv6. */
  readonly program: HelperProgram;
  readonly args: readonly string[];
};

/** The slowest needs a second; one that takes longer is stuck. */
const deadlineMs = 3_000;

/** The program that can announce this VIP. */
export function announcingTool({ address }: BoundVip): "arping" | "ndptool" {
  return address.family === "ipv4" ? "arping" : "ndptool";
}

/** The argument lists of the forms in which this VIP is announced, in their order. */
export function announcementForms(vip: BoundVip): readonly (readonly string[])[] {
  const { interface: name, address } = vip;
  if (address.family === "ipv6") {
    return [["-t", "na", "-U", "-i", name, "-T", address.text, "send"]];
  }
  return ["-U", "-A"].map((form) => ["-q", form, "-c", "1", "-I", name, address.text]);
}

export function sendAnnouncement(announcement: Announcement): void {
  const { program, args, signal, onTrouble } = announcement;
  const started = program.startMute(args, { signal, deadlineMs });
  if (!started.ok) {
    onTrouble(started.detail);
    return;
  }
  const child = started.value;
  child.on("error", (error) => {
    if (!signal.aborted) onTrouble(`${child.spawnfile} could not be started: ${error.message}`);
  });
  child.on("close", (code, killedBy) => {
    // One that never started has said so already.
    if (code === 0 || signal.aborted || child.pid === undefined) return;
    onTrouble(`${child.spawnfile} ended with ${killedBy ?? code}`);
  });
}
