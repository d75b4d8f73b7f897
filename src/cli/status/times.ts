/**
 * Durations and points in time as a person reads them at night: no more digits than matter, and the
 * day only where it is another one.
 */

export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  // 9.96 would be rounded to 10.0.
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** In this host's time zone; `now` tells which day is today. Both are ISO texts. */
export function clockText(at: string, now: string): string {
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
  if (date.toDateString() === new Date(now).toDateString()) return time;
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join("-");
  return `${day} ${time}`;
}

/** "03:00:00 (2 h 14 min)". */
export function sinceText(at: string, now: string): string {
  return `${clockText(at, now)} (${durationText(Date.parse(now) - Date.parse(at))})`;
}

/** "03:00:00 (2 h 14 min ago)". */
export function agoText(at: string, now: string): string {
  return `${clockText(at, now)} (${durationText(Date.parse(now) - Date.parse(at))} ago)`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
