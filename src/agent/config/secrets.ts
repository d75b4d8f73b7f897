/**
 * A secret of the configuration: written out, or kept in a file of its own.
 *
 * The two are two ways to say one thing. The stronger source wins; both in one source contradict
 * each other. Wherever it comes from, the secret itself leaves this module only as the value that is
 * sent: complaints and origins speak of the place it was read from.
 */
import type { Complaint, Where } from "../../complaints.ts";
import { type Level, isSpoken } from "./merge.ts";
import type { Given } from "./raw.ts";
import { type Reading, readGiven } from "./reading.ts";

export type SecretKind = {
  /** The setting that names it; the file's, where it is only ever kept in one. */
  readonly key: "consul-token" | "patroni-password" | "metrics-password-file";
  readonly fileKey: "consul-token-file" | "patroni-password-file" | "metrics-password-file";
  /** What it is called in complaints. */
  readonly noun: "token" | "password";
  readonly isFit: (secret: string) => boolean;
  readonly unfit: string;
  /** What a file holds beside the secret is cut off: a line break at the least. */
  readonly cut: (text: string) => string;
  /** What the agent leaves undone without it, where it goes on all the same; else that is an error. */
  readonly without?: string;
};

/** The word of one source; undefined in it is a secret that cannot be used. */
export type SecretRead = { readonly secret: string | undefined };

const worldReadable = 0o004;

/** What one source says; undefined where it says nothing. */
export function secretOf(reading: Reading, kind: SecretKind, level: Level): SecretRead | undefined {
  const plain = level.get(kind.key);
  const file = level.get(kind.fileKey);
  if (isSpoken(plain) && isSpoken(file)) reading.complaints.push(doubled(kind, plain, file));
  // Whoever may read patroni.yml is Patroni's business.
  if (isSpoken(plain)) return plainSecret(reading, kind, plain, level !== reading.levels.patroni);
  return isSpoken(file) ? secretFromFile(reading, kind, file) : undefined;
}

function doubled({ fileKey, noun }: SecretKind, plain: Given, file: Given): Complaint {
  return {
    severity: "error",
    key: fileKey,
    where: file.raw.where,
    ...(file.raw.kind === "text" ? { value: file.raw.text } : {}),
    wrong: `is given beside ${plain.name}`,
    expected: `one of the two says the ${noun}`,
    remedy: "keep the file, which can be protected",
  };
}

function plainSecret(
  reading: Reading,
  kind: SecretKind,
  { raw }: Given,
  isOwn: boolean,
): SecretRead {
  const { key, fileKey } = kind;
  const secret = readGiven(reading, key, raw);
  if (secret === undefined) return { secret };
  const { where } = raw;
  if (where.kind === "flag") {
    reading.complaints.push({
      severity: "warning",
      key,
      where,
      wrong: "can be read by every user of this host in the list of processes",
      remedy: `use ${fileKey}`,
    });
  }
  if (isOwn && where.kind === "file") warnIfExposed(reading, { key, where, file: where.file });
  return checkedSecret(reading, kind, { key, secret, where });
}

/** The secret that a file holds which a setting names. */
export function secretFromFile(reading: Reading, kind: SecretKind, { raw }: Given): SecretRead {
  const { fileKey: key, noun, cut } = kind;
  const file = readGiven(reading, key, raw);
  if (file === undefined) return { secret: undefined };
  const read = reading.host.readFile(file);
  if (!read.ok) {
    reading.complaints.push({
      ...weighed(kind, read.problem),
      key,
      where: raw.where,
      value: file,
      expected: `a file that holds the ${noun} and nothing else`,
    });
    return { secret: undefined };
  }
  warnIfExposed(reading, { key, where: raw.where, file });
  return checkedSecret(reading, kind, { key, secret: cut(read.text), where: raw.where, file });
}

export type SecretCandidate = {
  /** The setting that a complaint is about. */
  readonly key: SecretKind["key"] | SecretKind["fileKey"];
  readonly secret: string;
  readonly where: Where;
  /** The file that holds it and nothing else, if there is one. */
  readonly file?: string;
};

/** A secret travels in an HTTP header; what cannot be sent there would be sent as something else. */
export function checkedSecret(
  reading: Reading,
  kind: SecretKind,
  { key, secret, where, file }: SecretCandidate,
): SecretRead {
  const { key: shownKey, fileKey, noun, isFit, unfit } = kind;
  if (isFit(secret)) {
    const shown = file === undefined ? "set" : `set, from file ${file}`;
    reading.origins.push({ key: shownKey, shown, where });
    return { secret };
  }
  reading.complaints.push({
    ...weighed(kind, secret === "" ? "is an empty file" : unfit),
    key,
    where,
    ...(file !== undefined && key === fileKey ? { value: file } : {}),
    expected: `the ${noun} and nothing else`,
  });
  return { secret: undefined };
}

function weighed({ without }: SecretKind, problem: string): Pick<Complaint, "severity" | "wrong"> {
  return without === undefined
    ? { severity: "error", wrong: problem }
    : { severity: "warning", wrong: `${problem}: ${without}` };
}

type Exposure = {
  readonly key: SecretKind["key"] | SecretKind["fileKey"];
  readonly where: Where;
  readonly file: string;
};

function warnIfExposed(reading: Reading, { key, where, file }: Exposure): void {
  const read = reading.host.readFile(file);
  if (!read.ok || (read.mode & worldReadable) === 0) return;
  reading.complaints.push({
    severity: "warning",
    key,
    where,
    ...(key.endsWith("-file") ? { value: file } : {}),
    wrong: "can be read by every user of this host",
    remedy: `chmod o-r ${file}`,
  });
}
