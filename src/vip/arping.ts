/**
 * One ARP packet by the `arping` of iputils.
 *
 * `arping -c 1` sends its packet within milliseconds and then waits for a second; it is never
 * awaited on the way of a takeover. Spawned without pipes and without a library in between, because
 * each millisecond here is one in which a client still talks to the old host.
 */
import { spawn } from "node:child_process";
import type { BoundVip } from "./bind.ts";

export type ArpForm = "request" | "reply";

export type ArpingOptions = {
  readonly path: string;
  readonly vip: BoundVip;
  readonly form: ArpForm;
  readonly signal: AbortSignal;
  /** Called when it fails by itself; an abort is no failure. */
  readonly onTrouble: (detail: string) => void;
};

/** It needs one second; one that takes longer is stuck. */
const deadlineMs = 3_000;

const flags = { request: "-U", reply: "-A" } as const satisfies Record<ArpForm, string>;

export function sendArp({ path, vip, form, signal, onTrouble }: ArpingOptions): void {
  const args = ["-q", flags[form], "-c", "1", "-I", vip.interface, vip.address.text];
  const child = spawn(path, args, { stdio: "ignore", signal, timeout: deadlineMs });
  child.on("error", (error) => {
    if (!signal.aborted) onTrouble(`arping could not be started: ${error.message}`);
  });
  child.on("close", (code, killedBy) => {
    if (code !== 0 && !signal.aborted) onTrouble(`arping ended with ${killedBy ?? code}`);
  });
}
