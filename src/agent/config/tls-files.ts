/**
 * The files that a connection over TLS wants: authorities, and a certificate with its key.
 *
 * They are opened here, at the start, although only a connection needs them: a certificate that
 * cannot be read is worth a refusal now rather than a lost VIP at the next reconnection. Where the
 * connection is not needed, and patroni.yml alone names the file, a refusal would cost more than it
 * is worth: then it is a warning, and the connection goes without. So it is with what the agent
 * itself serves, on which no VIP depends: what is wrong with a file is a warning there.
 */
import type { TlsSettings } from "../../clients/endpoint.ts";
import { ownWord, winner } from "./merge.ts";
import { type PemKind, dateProblem, isKeyPair, pemProblem } from "./pem.ts";
import { type Reading, readSetting } from "./reading.ts";

type Service = "consul" | "patroni";
export type TlsFileKey =
  | `${Service}-${"ca" | "cert" | "key"}-file`
  | `metrics-${"client-ca" | "cert" | "key"}-file`;

/** How much depends on the files. */
export type TlsWeight = {
  readonly isNeeded: boolean;
  /** What the agent leaves undone without a file, where it goes on all the same. */
  readonly without?: string;
};

/** The TLS of one service, with a complaint for each file that is not in order. */
export function readTlsFiles(reading: Reading, service: Service, weight: TlsWeight): TlsSettings {
  const files = new TlsFiles(reading, weight);
  const ca = files.read(`${service}-ca-file`, "certificate");
  const pair = files.readPair(`${service}-cert-file`, `${service}-key-file`);
  return { ...(ca === undefined ? {} : { caFile: ca.file }), ...pair };
}

type PemFile = { readonly file: string; readonly text: string };

/** What is said of a file; `isOfText` where the configuration is at fault, whatever the file says. */
type Said = { readonly wrong: string; readonly expected: string; readonly isOfText?: true };

export class TlsFiles {
  readonly #reading: Reading;
  readonly #weight: TlsWeight;

  constructor(reading: Reading, weight: TlsWeight) {
    this.#reading = reading;
    this.#weight = weight;
  }

  /** A PEM file that is in order; complains of any other. */
  read(key: TlsFileKey, kind: PemKind): PemFile | undefined {
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

  /** A certificate with its key; none of the two where something is wrong with either. */
  readPair(
    certKey: TlsFileKey,
    keyKey: TlsFileKey,
  ): { readonly certFile?: string; readonly keyFile?: string } {
    if (this.isGiven(certKey) !== this.isGiven(keyKey)) this.#complainOfHalf(certKey, keyKey);
    const cert = this.read(certKey, "certificate");
    const key = this.read(keyKey, "key");
    if (cert === undefined || key === undefined) return {};
    if (isKeyPair(cert.text, key.text)) {
      this.#warnOfDates(certKey, cert);
      return { certFile: cert.file, keyFile: key.file };
    }
    this.#complain(keyKey, key.file, {
      wrong: `holds a key that does not belong to the certificate of ${certKey}`,
      expected: "the private key of that certificate",
    });
    return {};
  }

  isGiven(key: TlsFileKey): boolean {
    return winner(this.#reading.levels, key) !== undefined;
  }

  /** Complains of a file that stands there without another that it needs. */
  complainOfLone(present: TlsFileKey, absent: TlsFileKey, expected: string): void {
    const raw = winner(this.#reading.levels, present)?.raw;
    const file = raw?.kind === "text" ? raw.text : undefined;
    this.#complain(present, file, {
      wrong: `is given without ${absent}`,
      expected,
      isOfText: true,
    });
  }

  #complainOfHalf(certKey: TlsFileKey, keyKey: TlsFileKey): void {
    const [present, absent] = this.isGiven(certKey) ? [certKey, keyKey] : [keyKey, certKey];
    this.complainOfLone(present, absent, "both or neither");
  }

  /** Whoever is shown it may refuse it; some do not look. */
  #warnOfDates(key: TlsFileKey, { file, text }: PemFile): void {
    const problem = dateProblem(text, Date.now());
    if (problem === undefined) return;
    const { levels, complaints } = this.#reading;
    complaints.push({
      severity: "warning",
      key,
      where: winner(levels, key)?.raw.where ?? { kind: "nowhere" },
      value: file,
      wrong: problem,
      expected: "a certificate that is valid today",
    });
  }

  #complain(key: TlsFileKey, file: string | undefined, { wrong, expected, isOfText }: Said): void {
    const { levels, complaints } = this.#reading;
    const { isNeeded, without } = this.#weight;
    const isMinded = isNeeded || ownWord(levels, key) !== undefined;
    const isBorne = without !== undefined && isOfText === undefined;
    complaints.push({
      severity: isMinded && !isBorne ? "error" : "warning",
      key,
      where: winner(levels, key)?.raw.where ?? { kind: "nowhere" },
      ...(file === undefined ? {} : { value: file }),
      wrong: isBorne ? `${wrong}: ${without}` : wrong,
      expected,
    });
  }
}
