/**
 * A value in the unit of its panel, as short as an axis wants it; Grafana's names of units.
 */
const steps = [1, 2, 2.5, 5, 10];
const bytesInMebibyte = 2 ** 20;

export function inUnit(value: number, unit: string, decimals?: number): string {
  switch (unit) {
    case "s":
      return value !== 0 && Math.abs(value) < 1
        ? `${short(value * 1_000)} ms`
        : `${short(value)} s`;
    case "bytes":
      return `${short(value / bytesInMebibyte)} MiB`;
    case "percentunit":
      return `${short(value * 100, decimals)} %`;
    case "reqps":
      return `${short(value)} /s`;
    default:
      return short(value, decimals);
  }
}

function short(value: number, decimals = Math.abs(value) >= 10 ? 0 : 2): string {
  return String(Number(value.toFixed(decimals)));
}

/** The next round number in that unit, so that an axis ends in one. */
export function roundUp(value: number, unit: string): number {
  if (unit === "bytes") return roundNumber(value / bytesInMebibyte) * bytesInMebibyte;
  return roundNumber(value);
}

function roundNumber(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = steps.find((one) => one * power >= value * 0.999) ?? 10;
  return step * power;
}
