/**
 * What PostgreSQL keeps of a password (RFC 5802, RFC 7677), computed here.
 *
 * So the password itself never reaches the server: neither a log nor a list of activity can show
 * it. The salt is drawn from the password and the role, hence the same input gives the same text,
 * which can be compared; it needs no more chance than the password has, and passwords here are
 * random.
 */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** PostgreSQL's own number. */
const iterations = 4_096;

const saltBytes = 16;
const digestBytes = 32;

/** For `PASSWORD '...'`; holds letters, digits and `$+/:=-` only. */
export function scramVerifier(role: string, password: string): string {
  return verifierWith(hmac(password, `salt of ${role}`).subarray(0, saltBytes), password);
}

export function verifierWith(salt: Buffer, password: string): string {
  // Of the normal form that RFC 4013 asks for, this is what concerns letters; the rest forbids
  // signs.
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, digestBytes, "sha256");
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
  const serverKey = hmac(salted, "Server Key");
  const encoded = (bytes: Buffer) => bytes.toString("base64");
  return `SCRAM-SHA-256$${iterations}:${encoded(salt)}$${encoded(storedKey)}:${encoded(serverKey)}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
