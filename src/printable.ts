/**
 * Texts of others made harmless: names, values and error texts may hold anything, and a character
 * that steers the terminal could hide a line or write another.
 */

/** Control characters, and those that turn the direction of writing. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const steering = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** In one line, with what would steer shown as what it is. */
export function withoutSteering(text: string): string {
  return text.replaceAll(steering, (character) => `\\u{${codeOf(character)}}`);
}

/** One line of JSON, which itself leaves some of those characters as they are. */
export function jsonLine(value: unknown): string {
  const json = JSON.stringify(value);
  return json.replaceAll(steering, (character) => `\\u${codeOf(character).padStart(4, "0")}`);
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
