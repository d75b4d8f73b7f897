/**
 * What a fault is: how often it comes, how long it lasts, and what it touches.
 */
import type { Touchable } from "./checkers/touches.ts";
import type { Host } from "./host.ts";
import type { Random } from "./random.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

export type FaultContext = {
  readonly world: World;
  readonly random: Random;
  /** The host that it befalls; more often than not the one that the key names. */
  readonly host: Host;
};

export type Fault = {
  readonly weight: number;
  /** In seconds, from and to, as likely short as long; an instant has none. */
  readonly lastsS?: readonly [number, number];
  /** Given where it must never cost the VIP: the longest that it may then last, in seconds. */
  readonly harmlessUpToS?: number | ((scenario: Scenario) => number);
  /** In which hours it can come; in all where it is not given. */
  readonly fits?: (scenario: Scenario) => boolean;
  readonly touches?: { readonly part: Touchable; readonly who: "host" | "all" };
  /** Begins; returns what ends it. */
  readonly begin: (context: FaultContext) => (() => void) | void;
};
