/**
 * What a row of the table of settings says, and the types that many rows share.
 */
import type { ValueType } from "./value-type.ts";

export type SettingGroup =
  | "The VIP"
  | "The leader key"
  | "Consul"
  | "Patroni"
  | "Safety"
  | "Metrics and status"
  | "Hooks"
  | "The process"
  | "Of vip-manager, without effect";

export type SettingRow = {
  readonly key: string;
  readonly group: SettingGroup;
  readonly type: ValueType;
  readonly help: string;
  /** The default as one would write it; absent where there is none. */
  readonly default?: string;
  /** The default in words, where it is not a fixed value. */
  readonly defaultNote?: string;
  /** Never shown: not in a complaint, not in a dump, not in a log. */
  readonly isSecret?: true;
  /** The only place where it can stand; absent where every source may name it. */
  readonly place?: "file" | "command" | "flag";
  /** Whether releasing a VIP that was left behind depends on it. */
  readonly isForRelease?: true;
  /** Names that releases of vip-manager used for it. */
  readonly oldNames?: readonly string[];
  /** Why the setting is accepted and does nothing. */
  readonly noEffect?: string;
};

export const text = { kind: "text" } as const;
export const path = { kind: "path" } as const;
export const onOff = { kind: "switch" } as const;
