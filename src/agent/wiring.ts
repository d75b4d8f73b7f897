/**
 * Gives one VIP its keeper, and the keeper its hands.
 */
import type { Rules, World } from "../policy/world.ts";
import { Announcer } from "../vip/announce.ts";
import { canProbe } from "../vip/conflict.ts";
import type { Settings, VipSettings } from "./config/settings.ts";
import { type Hooks, createHooks } from "./hooks/hooks.ts";
import { Keeper } from "./keeper.ts";
import type { Outside } from "./outside.ts";
import { type KeeperReport, createKeeperReport } from "./reports/keeper-report.ts";
import { conflictSource } from "./sources/conflict.ts";
import { longestAnswerAgeMs } from "./sources/leader.ts";

export type KeeperParts = {
  readonly settings: Settings;
  readonly outside: Outside;
  readonly feelPulse: () => void;
  /** Tells the Patroni of this host to look now; undefined where there is none to tell. */
  readonly wakePatroni: (() => void) | undefined;
  /** What a keeper of the same VIP has left that ended in this process. */
  readonly heritage: Heritage | undefined;
};

export type Heritage = {
  readonly world: World;
  readonly report: KeeperReport;
  readonly hooks: Hooks;
};

/** One VIP with the parts that keep it. */
export type Kept = {
  readonly vip: VipSettings;
  readonly keeper: Keeper;
  readonly report: KeeperReport;
  readonly hooks: Hooks;
};

/** Two VIPs of which this is equal are one and the same, before a reload and after it. */
export function identityOf({ address, prefixLength, interface: name, key, member }: VipSettings) {
  return [address.text, prefixLength, name, key, member].join(" ");
}

export function createKeeper(
  vip: VipSettings,
  { settings, outside, feelPulse, wakePatroni, heritage }: KeeperParts,
): Kept {
  const { ip, guard, reset, clock, voice, random } = outside;
  const report = heritage?.report ?? createKeeperReport(outside, vip);
  const hooks = heritage?.hooks ?? createHooks(outside, vip);
  hooks.follow(settings.hooks);
  const announcer = new Announcer({
    vip,
    voice,
    clock,
    isHolding: () => keeper.isHolding(),
    onTrouble: (detail) => report.trouble("announce", detail),
    onAnnounce: report.announced,
    random,
  });
  const probe = outside.probe && canProbe(vip) ? outside.probe : undefined;
  const askWire =
    probe &&
    conflictSource({
      vip,
      probe,
      clock,
      onSighting: (sighting) => keeper.tell(sighting),
      onTrouble: (detail) => report.trouble("probe", detail),
    });
  const hands = { vip, ip, announcer, clock, guard, reset, askWire, wakePatroni };
  const rules = rulesOf(vip, settings, probe !== undefined);
  const keeper = new Keeper({
    rules,
    hands,
    report: {
      ...report,
      judged: (verdict, world) => {
        report.judged(verdict, world);
        hooks.seen(verdict, world);
      },
    },
    feelPulse,
    heritage: heritage?.world,
  });
  return { vip, keeper, report, hooks };
}

function rulesOf(vip: VipSettings, settings: Settings, isProbing: boolean): Rules {
  return {
    member: vip.member,
    prefixLength: vip.prefixLength,
    // Patroni's word bears no session.
    requireSession: settings.requireSession && settings.source === "consul",
    leaseMarginMs: settings.leaseMarginMs,
    onDcsLoss: settings.onDcsLoss,
    lifetimeS: settings.lifetimeS,
    longestAnswerAgeMs: longestAnswerAgeMs(settings.consul.waitMs),
    announce: settings.announce,
    onConflict: isProbing ? settings.onConflict : "ignore",
    gate: settings.gate,
    gateDeadlineMs: settings.gateDeadlineMs,
    standbyVip: settings.standbyVip,
    wake: settings.wake && settings.patroni !== undefined,
  };
}
