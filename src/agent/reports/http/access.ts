/**
 * Who may read: basic authentication, as far as it is configured.
 *
 * Sums of equal length are compared, and always both of them, so that neither the time nor an early
 * end tells how much of a guess was right.
 */
import { createHash, timingSafeEqual } from "node:crypto";

export type Credentials = { readonly username: string; readonly password: string };

/** Whether the value of an Authorization header carries these credentials. */
export function isAdmitted(header: string | undefined, credentials: Credentials): boolean {
  const { username, password } = credentials;
  const wanted = Buffer.from(`${username}:${password}`, "utf8");
  const [scheme = "", encoded = ""] = header?.split(" ", 2) ?? [];
  const isBasic = scheme.toLowerCase() === "basic";
  return timingSafeEqual(sumOf(Buffer.from(encoded, "base64")), sumOf(wanted)) && isBasic;
}

function sumOf(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
