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
import { systemClock } from "../clock.ts";
import type { Settings, VipSettings } from "./config/settings.ts";
import { prepareCourtesy } from "./courtesy.ts";
import { type Hands, perform } from "./perform.ts";
import { createLog } from "./reports/log.ts";

/** What the release needs to know of the settings: where the VIPs are, not who may hold them. */
export type ReleaseSettings = Pick<Settings, "vips" | "guard" | "reset">;

export type Released = {
  /** As address/prefix on interface. */
  readonly removed: readonly string[];
  /** Why others may still be here. */
  readonly problems: readonly string[];
};

/** Releases every VIP that is held here. */
export async function releaseLeftBehind(settings: ReleaseSettings): Promise<Outcome<Released>> {
  const tools = await findTools();
  if (!tools.ip.ok) return failed("missing", tools.ip.problem);
  const ip = new IpBatch(tools.ip.path);
  const clock = systemClock();
  const courtesy = await prepareCourtesy(settings, tools, { clock, log: createLog("warn", 2) });
  try {
    const removed: string[] = [];
    const problems: string[] = [];
    // One that cannot be released keeps none of the others.
    for (const vip of settings.vips) {
      const outcome = await releaseVip(vip, { ip, clock, ...courtesy });
      if (outcome.ok) removed.push(...outcome.value);
      else problems.push(outcome.detail);
    }
    return done({ removed, problems });
  } finally {
    ip.close();
    await courtesy.guard?.retire();
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
  // A slip of the finger must not read like a VIP that is gone.
  if (answer.value.state.kind === "absent") {
    return failed("absent", `there is no interface ${vip.interface}`);
  }
  const held = findAddress(answer.value.state, vip.address);
  const prefixLengths = held.map(({ prefixLength }) => prefixLength);
  if (prefixLengths.length === 0) return done([]);
  const action = { kind: "release", prefixLengths } as const;
  const { sightings, complaints } = await perform(action, {
    vip,
    announcer: silent,
    askWire: undefined,
    wakePatroni: undefined,
    ...hands,
  });
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
