/**
 * The files that a connection over TLS wants: authorities, and a certificate with its key.
 *
 * They are opened here, at the start, although only a connection needs them: a certificate that
 * cannot be read is worth a refusal now rather than a lost VIP at the next reconnection. Where the
 * connection is not needed, and patroni.yml alone names the file, a refusal would cost more than it
 * is worth: then it is a warning, and the connection goes without.
 */
import type { TlsSettings } from "../../clients/endpoint.ts";
import { ownWord, winner } from "./merge.ts";
import { type PemKind, isKeyPair, pemProblem } from "./pem.ts";
import { type Reading, readSetting } from "./reading.ts";

type Service = "consul" | "patroni";
type FileKey = `${Service}-${"ca" | "cert" | "key"}-file`;

/** The TLS of one service, with a complaint for each file that is not in order. */
export function readTlsFiles(
  reading: Reading,
  service: Service,
  { isNeeded }: { isNeeded: boolean },
): TlsSettings {
  const files = new TlsFiles(reading, isNeeded);
  const ca = files.read(`${service}-ca-file`, "certificate");
  const pair = files.readPair(`${service}-cert-file`, `${service}-key-file`);
  return { ...(ca === undefined ? {} : { caFile: ca.file }), ...pair };
}

type PemFile = { readonly file: string; readonly text: string | undefined };

class TlsFiles {
  readonly #reading: Reading;
  readonly #isNeeded: boolean;

  constructor(reading: Reading, isNeeded: boolean) {
    this.#reading = reading;
    this.#isNeeded = isNeeded;
  }

  /** A PEM file that is in order; complains of any other. */
  read(key: FileKey, kind: PemKind): PemFile | undefined {
    const file = readSetting(this.#reading, key);
    if (file === undefined) return undefined;
    const read = this.#reading.host.readFile(file);
    const problem = read.ok ? pemProblem(kind, read.text) : read.problem;
    if (problem === undefined && read.ok) return { file, text: read.text };
    const what = kind === "key" ? "private key" : "certificate";
    this.#complain(key, file, {
      wrong: problem ?? "cannot be read",
      expected: `a readable ${what} in PEM form`,
    });
    return undefined;
  }

  readPair(certKey: FileKey, keyKey: FileKey): Pick<TlsSettings, "certFile" | "keyFile"> {
    const isGiven = (key: FileKey) => winner(this.#reading.levels, key) !== undefined;
    if (isGiven(certKey) !== isGiven(keyKey)) this.#complainOfHalf(certKey, keyKey);
    const cert = this.read(certKey, "certificate");
    const key = this.read(keyKey, "key");
    if (cert?.text === undefined || key?.text === undefined) return {};
    if (isKeyPair(cert.text, key.text)) return { certFile: cert.file, keyFile: key.file };
    this.#complain(keyKey, key.file, {
      wrong: `holds a key that does not belong to the certificate of ${certKey}`,
      expected: "the private key of that certificate",
    });
    return {};
  }

  #complainOfHalf(certKey: FileKey, keyKey: FileKey): void {
    const isCert = winner(this.#reading.levels, certKey) !== undefined;
    const [present, absent] = isCert ? [certKey, keyKey] : [keyKey, certKey];
    const raw = winner(this.#reading.levels, present)?.raw;
    this.#complain(present, raw?.kind === "text" ? raw.text : undefined, {
      wrong: `is given without ${absent}`,
      expected: "both or neither",
    });
  }

  #complain(
    key: FileKey,
    file: string | undefined,
    said: { readonly wrong: string; readonly expected: string },
  ): void {
    const { levels, complaints } = this.#reading;
    const isError = this.#isNeeded || ownWord(levels, key) !== undefined;
    complaints.push({
      severity: isError ? "error" : "warning",
      key,
      where: winner(levels, key)?.raw.where ?? { kind: "nowhere" },
      ...(file === undefined ? {} : { value: file }),
      ...said,
    });
  }
}
