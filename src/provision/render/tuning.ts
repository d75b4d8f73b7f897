/**
 * What tuning is made of: values with their reasons, and what the formulas start from. Types, and
 * one piece of arithmetic.
 */
export type TunedValue = { readonly value: string | number; readonly reason: string };

export type Tuned = Readonly<Record<string, TunedValue>>;

/** Of the smallest host. */
export type Basis = {
  readonly memoryMb: number;
  readonly processors: number;
  /** Of the smallest WAL volume; undefined: not known. */
  readonly walVolumeMb: number | undefined;
  /** What the cluster file says: the rest is computed from it. */
  readonly ownConnections: number | undefined;
  readonly ownSharedMb: number | undefined;
};

export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
