/**
 * Texts of others on the screen of the status: made harmless, and cut.
 */
import { withoutSteering } from "../../printable.ts";

/** A longer text is shown by its beginning: a value of Consul's may be half a megabyte. */
const maxTextLength = 200;

/** In one line, without what would steer a terminal, and never endless. */
export function printable(text: string): string {
  const shown = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}…` : text;
  return withoutSteering(shown);
}
