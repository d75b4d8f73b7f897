/**
 * Gives one VIP its keeper, and the keeper its hands.
 */
import type { Rules } from "../policy/world.ts";
import { Announcer } from "../vip/announce.ts";
import { announcingTool } from "../vip/announcement.ts";
import type { IpBatch } from "../vip/ip-batch.ts";
import type { Tools } from "../vip/tools.ts";
import type { Clock } from "./clock.ts";
import type { Settings, VipSettings } from "./config/settings.ts";
import type { Courtesy } from "./courtesy.ts";
import { Keeper } from "./keeper.ts";
import { createKeeperReport } from "./reports/keeper-report.ts";
import type { Log } from "./reports/log.ts";
import { longestAnswerAgeMs } from "./sources/leader.ts";

/** What all keepers of one daemon share. */
export type Shared = {
  readonly settings: Settings;
  readonly ip: IpBatch;
  readonly tools: Tools;
  readonly courtesy: Courtesy;
  readonly clock: Clock;
  readonly log: Log;
};

export function createKeeper(vip: VipSettings, shared: Shared, feelPulse: () => void): Keeper {
  const { settings, ip, tools, courtesy, clock, log } = shared;
  const report = createKeeperReport(log, vip);
  const program = tools[announcingTool(vip)];
  const announcer = new Announcer({
    vip,
    program: program.ok ? program.path : undefined,
    isHolding: () => keeper.isHolding(),
    onTrouble: (detail) => report.trouble("announce", detail),
    random: Math.random,
  });
  const hands = { vip, ip, announcer, clock, ...courtesy };
  const keeper = new Keeper({ rules: rulesOf(vip, settings), hands, report, feelPulse });
  return keeper;
}

function rulesOf(vip: VipSettings, settings: Settings): Rules {
  return {
    member: vip.member,
    prefixLength: vip.prefixLength,
    requireSession: settings.requireSession,
    leaseMarginMs: settings.leaseMarginMs,
    onDcsLoss: settings.onDcsLoss,
    lifetimeS: settings.lifetimeS,
    longestAnswerAgeMs: longestAnswerAgeMs(settings.consul.waitMs),
    announce: settings.announce,
  };
}
