/**
 * Whether a file holds the certificate or the key that a setting promises.
 *
 * OpenSSL would say so too, but at the first connection, in its own words, and to the log of a host
 * that is just being failed over to.
 */
import { X509Certificate, createPrivateKey } from "node:crypto";

export type PemKind = "certificate" | "key";

/**
 * What is wrong with the text, as a phrase that follows the file's name; undefined where it is in
 * order.
 */
export function pemProblem(kind: PemKind, text: string): string | undefined {
  return kind === "certificate" ? certificateProblem(text) : keyProblem(text);
}

/** Whether the private key belongs to the certificate; both must be in order. */
export function isKeyPair(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

/**
 * What its dates say against the certificate, which must be in order; undefined where they say
 * nothing.
 */
export function dateProblem(certificate: string, wallNowMs: number): string | undefined {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  if (wallNowMs > validToDate.getTime()) return `expired on ${dayOf(validToDate)}`;
  if (wallNowMs < validFromDate.getTime()) return `is valid from ${dayOf(validFromDate)} on only`;
  return undefined;
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, "2026-01-31".length);
}

function certificateProblem(text: string): string | undefined {
  if (!text.includes("-----BEGIN CERTIFICATE-----")) return "holds no certificate in PEM form";
  return succeeds(() => new X509Certificate(text)) ? undefined : "holds a damaged certificate";
}

function keyProblem(text: string): string | undefined {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return "holds no private key in PEM form";
  if (/ENCRYPTED/.test(text)) return "holds a private key that is locked by a passphrase";
  return succeeds(() => createPrivateKey(text)) ? undefined : "holds a damaged private key";
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
