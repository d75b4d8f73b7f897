/**
 * `vip-agent release`: removes a VIP that an agent, or anything else, left behind on this host.
 *
 * The same steps as in the daemon, so that clients meet a reset here too. A daemon that runs and
 * may hold the VIP puts it back within milliseconds: this is for a host without one.
 */
import type { Outcome } from "../outcome.ts";
import { done, failed } from "../outcome.ts";
import { IpBatch } from "../vip/ip-batch.ts";
import { findAddress } from "../vip/observe.ts";
import { findTools } from "../vip/tools.ts";
import { systemClock } from "./clock.ts";
import type { Settings, VipSettings } from "./config/settings.ts";
import { type Courtesy, prepareCourtesy } from "./courtesy.ts";
import { perform } from "./perform.ts";
import { createLog } from "./reports/log.ts";

/** What the release needs to know of the settings: where the VIPs are, not who may hold them. */
export type ReleaseSettings = Pick<Settings, "vips" | "guard" | "reset">;

/** Releases every VIP that is held here; names those that were, as address/prefix on interface. */
export async function releaseLeftBehind(
  settings: ReleaseSettings,
): Promise<Outcome<{ readonly removed: readonly string[] }>> {
  const tools = await findTools();
  if (!tools.ip.ok) return failed("missing", tools.ip.problem);
  const ip = new IpBatch(tools.ip.path);
  const courtesy = await prepareCourtesy(settings, tools, createLog("warn"));
  try {
    const removed: string[] = [];
    for (const vip of settings.vips) {
      const outcome = await releaseVip(vip, ip, courtesy);
      if (!outcome.ok) return outcome;
      removed.push(...outcome.value);
    }
    return done({ removed });
  } finally {
    ip.close();
    courtesy.guard?.close();
    courtesy.reset?.close();
  }
}

async function releaseVip(
  vip: VipSettings,
  ip: IpBatch,
  courtesy: Courtesy,
): Promise<Outcome<readonly string[]>> {
  const answer = await ip.run([], vip.interface);
  if (!answer.ok) return answer;
  const held = findAddress(answer.value.state, vip.address);
  const prefixLengths = held.map(({ prefixLength }) => prefixLength);
  if (prefixLengths.length === 0) return done([]);
  const announcer = {
    know: () => undefined,
    burst: () => undefined,
    once: () => undefined,
    stop: () => undefined,
  };
  const hands = { vip, ip, announcer, clock: systemClock(), ...courtesy };
  const { sightings, complaints } = await perform({ kind: "release", prefixLengths }, hands);
  if (sightings.some(({ kind }) => kind === "action-failed")) {
    return failed("kept", `${vip.address.text} is still there: ${complaints.join("; ")}`);
  }
  return done(prefixLengths.map((length) => `${vip.address.text}/${length} on ${vip.interface}`));
}
