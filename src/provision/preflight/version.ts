/**
 * Versions of dotted numbers, as far as they have to be compared.
 */

/** Whether the first is older; what is no number counts as nought. */
export function isOlder(version: string, than: string): boolean {
  const [parts, others] = [partsOf(version), partsOf(than)];
  const length = Math.max(parts.length, others.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (parts[index] ?? 0) - (others[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function partsOf(version: string): readonly number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
