/**
 * The one digest by which texts are compared: of files on a host, of what a unit was started with, of
 * what a Python environment was made from.
 *
 * A digest may be kept and shown where the text may not. SHA-256 in hex, since every host can compute
 * it with what it has (`sha256sum`).
 */
import { createHash } from "node:crypto";

export function digestOf(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
