/**
 * Guard and reset, as far as this host has them: what makes a release heard instead of silent.
 *
 * Both are tried at the start, not believed: nftables may be there and lack `reject` in prerouting,
 * `ss -K` may run and the kernel lack the means. What is missing is said once, with its
 * consequence, and the agent works without it.
 */
import { Guard } from "../vip/guard.ts";
import { ConnectionReset } from "../vip/reset.ts";
import { checkReset } from "../vip/reset-check.ts";
import type { Tool, Tools } from "../vip/tools.ts";
import type { Clock } from "../clock.ts";
import type { Settings } from "./config/settings.ts";
import type { Log } from "./reports/log.ts";

export type Courtesy = {
  readonly guard: Pick<Guard, "raise" | "lift" | "retire" | "close"> | undefined;
  readonly reset: Pick<ConnectionReset, "run" | "arm" | "close"> | undefined;
};

export async function prepareCourtesy(
  settings: Pick<Settings, "guard" | "reset">,
  tools: Pick<Tools, "nft" | "ss">,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<Courtesy> {
  const [guard, reset] = await Promise.all([
    settings.guard ? prepareGuard(tools.nft, clock, log) : undefined,
    settings.reset ? prepareReset(tools.ss, log) : undefined,
  ]);
  return { guard, reset };
}

async function prepareGuard(nft: Tool, clock: Clock, log: Log): Promise<Guard | undefined> {
  if (!nft.ok) return without("guard", nft.problem, log);
  const guard = new Guard(nft.path, clock.nowMs);
  const prepared = await guard.prepare();
  if (prepared.ok) return guard;
  without("guard", prepared.detail, log);
  // A refusal is for good; a program that was late or was killed may be well when it is needed.
  if (prepared.code !== "refused") return guard;
  guard.close();
  return undefined;
}

async function prepareReset(ss: Tool, log: Log): Promise<ConnectionReset | undefined> {
  if (!ss.ok) return without("reset", ss.problem, log);
  const checked = await checkReset(ss.path);
  if (!checked.ok) {
    without("reset", checked.detail, log);
    if (checked.code === "refused") return undefined;
  }
  const reset = new ConnectionReset(ss.path);
  reset.arm();
  return reset;
}

const consequences = {
  guard: "a client whose SYN comes during a release waits a second or more",
  reset: "clients connected at a release wait for their own timeout",
} as const;

function without(part: "guard" | "reset", problem: string, log: Log): undefined {
  log.warn("tool-missing", `no ${part}: ${problem}; ${consequences[part]}`, { part });
  return undefined;
}
