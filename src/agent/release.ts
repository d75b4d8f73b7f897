/**
 * `vip-agent release`: removes a VIP that an agent, or anything else, left behind on this host.
 *
 * The same steps as in the daemon, so that clients meet a reset here too. A daemon that runs and
 * may hold the VIP puts it back within milliseconds: this is for a host without one.
 */
import { type Outcome, done, failed } from "../outcome.ts";
import { IpBatch } from "../vip/ip-batch.ts";
import { findAddress } from "../vip/observe.ts";
import { findTools } from "../vip/tools.ts";
import { systemClock } from "./clock.ts";
import type { Settings, VipSettings } from "./config/settings.ts";
import { prepareCourtesy } from "./courtesy.ts";
import { type Hands, perform } from "./perform.ts";
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
  const clock = systemClock();
  const courtesy = await prepareCourtesy(settings, tools, { clock, log: createLog("warn") });
  try {
    const removed: string[] = [];
    for (const vip of settings.vips) {
      const outcome = await releaseVip(vip, { ip, clock, ...courtesy });
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

type ReleaseHands = Pick<Hands, "ip" | "clock" | "guard" | "reset">;

async function releaseVip(
  vip: VipSettings,
  hands: ReleaseHands,
): Promise<Outcome<readonly string[]>> {
  const answer = await hands.ip.run([], vip.interface);
  if (!answer.ok) return answer;
  const held = findAddress(answer.value.state, vip.address);
  const prefixLengths = held.map(({ prefixLength }) => prefixLength);
  if (prefixLengths.length === 0) return done([]);
  const action = { kind: "release", prefixLengths } as const;
  const { sightings, complaints } = await perform(action, { vip, announcer: silent, ...hands });
  if (sightings.some(({ kind }) => kind === "action-failed")) {
    return failed("kept", `${vip.address.text} is still there: ${complaints.join("; ")}`);
  }
  return done(prefixLengths.map((length) => `${vip.address.text}/${length} on ${vip.interface}`));
}

/** Nothing was announced, so there is nothing to stop. */
const silent: Hands["announcer"] = {
  know: () => undefined,
  burst: () => undefined,
  once: () => undefined,
  stop: () => undefined,
};
