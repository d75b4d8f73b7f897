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
import { type ChildProcess, spawn } from "node:child_process";
import type { BoundVip } from "./bind.ts";

/** What belongs to saying something once. */
export type Utterance = {
  readonly signal: AbortSignal;
  /** Called when it fails by itself; an abort is no failure. */
  readonly onTrouble: (detail: string) => void;
};

export type Announcement = Utterance & {
  /** The program's path: arping for IPv4, ndptool for IPv6. */
  readonly path: string;
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
  const { path, signal, onTrouble } = announcement;
  const child = spawnQuietly(announcement);
  if (child === undefined) {
    onTrouble(`${path} could not be started`);
    return;
  }
  child.on("error", (error) => {
    if (!signal.aborted) onTrouble(`${path} could not be started: ${error.message}`);
  });
  child.on("close", (code, killedBy) => {
    if (code !== 0 && !signal.aborted) onTrouble(`${path} ended with ${killedBy ?? code}`);
  });
}

/** A host without memory makes `spawn` throw. */
function spawnQuietly({ path, args, signal }: Announcement): ChildProcess | undefined {
  try {
    // Not the agent's own environment, which may hold its token.
    const env = { LC_ALL: "C" };
    return spawn(path, args, { stdio: "ignore", signal, timeout: deadlineMs, env });
  } catch {
    return undefined;
  }
}
