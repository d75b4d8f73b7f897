/**
 * Texts of others on a terminal: names and values come from Consul and may hold anything, and a
 * character that steers the terminal could hide a line or write another.
 */

/** A longer text is shown by its beginning: a value of Consul's may be half a megabyte. */
const maxTextLength = 200;

/** Control characters, and those that turn the direction of writing. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const steering = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** In one line, without what would steer a terminal, and never endless. */
export function printable(text: string): string {
  const shown = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
  return shown.replaceAll(steering, (character) => `\\u{${codeOf(character)}}`);
}

/** One line of JSON, which itself leaves some of those characters as they are. */
export function jsonLine(value: unknown): string {
  const json = JSON.stringify(value);
  return json.replaceAll(steering, (character) => `\\u${codeOf(character).padStart(4, "0")}`);
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
