/**
 * Amounts of memory as PostgreSQL writes them.
 */

/** `512MB`; whole gigabytes from two of them on. */
export function amountText(mb: number): string {
  return mb >= 2_048 && mb % 1_024 === 0 ? `${mb / 1_024}GB` : `${mb}MB`;
}

/** The same for kilobytes. */
export function kilobytesText(kb: number): string {
  return kb % 1_024 === 0 ? amountText(kb / 1_024) : `${kb}kB`;
}

export function megabytes(kb: number): number {
  return Math.ceil(kb / 1_024);
}

const factors: ReadonlyMap<string, number> = new Map([
  ["B", 1 / 1_024],
  ["kB", 1],
  ["MB", 1_024],
  ["GB", 1_024 ** 2],
  ["TB", 1_024 ** 3],
]);

/**
 * In kilobytes; undefined for what is no amount. A bare number counts in `unitKb`, the parameter's
 * own.
 */
export function kbOf(
  value: string | number | boolean | undefined,
  unitKb: number,
): number | undefined {
  if (value === undefined) return undefined;
  const [, digits = "", unit = ""] =
    /^\s*(\d+(?:\.\d+)?)\s*([kMGT]?B)?\s*$/.exec(String(value)) ?? [];
  if (digits === "") return undefined;
  const factor = unit === "" ? unitKb : factors.get(unit);
  return factor === undefined ? undefined : Number(digits) * factor;
}
