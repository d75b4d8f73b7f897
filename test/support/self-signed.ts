/**
 * Certificates that sign themselves, made in a moment and without a tool: with whatever dates a
 * test wants, and with their keys.
 *
 * They bear the name localhost and the address 127.0.0.1, and each is its own authority. What is
 * written here is the shortest X.509 that OpenSSL accepts, in DER.
 */
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";

export type SelfSigned = { readonly certificate: string; readonly privateKey: string };

export type Dates = { readonly from: Date; readonly to: Date };

const dayMs = 86_400_000;

/** Days from now; valid from yesterday until the day after tomorrow unless told otherwise. */
export function validity({ fromDays = -1, toDays = 2 }): Dates {
  const at = (days: number) => new Date(Date.now() + days * dayMs);
  return { from: at(fromDays), to: at(toDays) };
}

export function selfSigned({ from, to }: Dates = validity({})): SelfSigned {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const name = sequence(tlv(0x31, sequence(oid(commonName), tlv(0x0c, Buffer.from("localhost")))));
  const content = sequence(
    tlv(0xa0, integer(2)),
    integer(1),
    sequence(oid(ecdsaWithSha256)),
    name,
    sequence(time(from), time(to)),
    name,
    publicKey,
    tlv(0xa3, sequence(ownAuthority, names)),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign("sha256", content, privateKey));
  const der = sequence(content, sequence(oid(ecdsaWithSha256)), signature);
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Object identifiers, as they are encoded. */
const ecdsaWithSha256 = "2a8648ce3d040302";
const commonName = "550403";
const basicConstraints = "551d13";
const subjectAltName = "551d11";

const isTrue = tlv(0x01, Buffer.from([0xff]));
const ownAuthority = sequence(oid(basicConstraints), isTrue, tlv(0x04, sequence(isTrue)));
const names = sequence(
  oid(subjectAltName),
  tlv(0x04, sequence(tlv(0x82, Buffer.from("localhost")), tlv(0x87, Buffer.from([127, 0, 0, 1])))),
);

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  return Buffer.concat([Buffer.from([tag, ...sizeOf(length)]), body]);
}

/** In as few bytes as it takes: OpenSSL is lenient about more, Go is not. */
function sizeOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  return [0x82, length >> 8, length & 0xff];
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, "hex"));
}

function integer(value: number): Buffer {
  return tlv(0x02, Buffer.from([value]));
}

/** YYMMDDHHMMSSZ; good until 2049. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/\D/g, "").slice(2, 14);
  return tlv(0x17, Buffer.from(`${digits}Z`));
}
