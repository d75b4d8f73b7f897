/**
 * Takes secrets out of texts that people get to see.
 *
 * Validators and servers quote what they do not like, and nobody can know beforehand what they will
 * quote. So it is looked for, as it is and in the forms that it takes in JSON, in addresses and in
 * base64.
 */
import type { Secret } from "../secrets/secrets.ts";

/** Shorter than this it would be found in half of all words, and is no secret. */
const minLength = 4;

export type Mask = (text: string) => string;

export function masking(secrets: readonly Secret[]): Mask {
  const forms = new Set(secrets.flatMap((secret) => formsOf(secret.reveal())));
  // The longest first: a part of a secret that is masked would leave the rest.
  const sorted = [...forms].toSorted((a, b) => b.length - a.length);
  return (text) => sorted.reduce((masked, form) => masked.replaceAll(form, "(secret)"), text);
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < minLength) return [];
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = Buffer.from(secret).toString("base64");
  return [secret, json, encodeURIComponent(secret), base64];
}
