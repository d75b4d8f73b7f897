/**
 * The ACL token: written out, kept in a file, or handed over by systemd as a credential.
 *
 * consul-token and consul-token-file are two ways to say one thing. The stronger source wins; both
 * in one source contradict each other. Wherever it comes from, the token itself never leaves this
 * module but as the value that Consul is sent: complaints speak of the place it was read from.
 */
import type { Complaint, Where } from "./complaints.ts";
import { levelsInOrder } from "./merge.ts";
import type { Given } from "./raw.ts";
import { type Reading, readGiven } from "./reading.ts";

/** The name that the unit file gives to the credential. */
export const credentialName = "consul-token";

const worldReadable = 0o004;

export function readToken(reading: Reading): string | undefined {
  for (const level of levelsInOrder(reading.levels)) {
    const token = spoken(level.get("consul-token"));
    const file = spoken(level.get("consul-token-file"));
    if (token !== undefined && file !== undefined) reading.complaints.push(twoTokens(token, file));
    if (token !== undefined) return plainToken(reading, token);
    if (file !== undefined) return tokenFromFile(reading, file);
  }
  return tokenFromCredential(reading);
}

function spoken(given: Given | undefined): Given | undefined {
  return given === undefined || given.raw.kind === "empty" ? undefined : given;
}

function twoTokens(token: Given, file: Given): Complaint {
  return {
    severity: "error",
    key: "consul-token-file",
    where: file.raw.where,
    ...(file.raw.kind === "text" ? { value: file.raw.text } : {}),
    wrong: `is given beside ${token.name}`,
    expected: "one of the two",
    remedy: "keep the file, which can be protected",
  };
}

function plainToken(reading: Reading, { raw }: Given): string | undefined {
  const token = readGiven(reading, "consul-token", raw);
  if (token === undefined) return undefined;
  const { where } = raw;
  if (where.kind === "flag") {
    reading.complaints.push({
      severity: "warning",
      key: "consul-token",
      where,
      wrong: "can be read by every user of this host in the list of processes",
      remedy: "use consul-token-file",
    });
  }
  if (where.kind === "file")
    warnIfExposed(reading, { key: "consul-token", where, file: where.file });
  return checkedToken(reading, { key: "consul-token", token, where, place: "set" });
}

function tokenFromFile(reading: Reading, { raw }: Given): string | undefined {
  const key = "consul-token-file";
  const file = readGiven(reading, key, raw);
  if (file === undefined) return undefined;
  const read = reading.host.readFile(file);
  if (!read.ok) {
    const complaint = {
      severity: "error",
      key,
      where: raw.where,
      value: file,
      wrong: read.problem,
    } as const;
    reading.complaints.push({
      ...complaint,
      expected: "a file that holds the token and nothing else",
    });
    return undefined;
  }
  warnIfExposed(reading, { key, where: raw.where, file });
  return checkedToken(reading, { key, token: read.text.trim(), where: raw.where, place: file });
}

function tokenFromCredential(reading: Reading): string | undefined {
  const directory = reading.host.variables["CREDENTIALS_DIRECTORY"];
  if (directory === undefined || directory === "") return undefined;
  const file = `${directory}/${credentialName}`;
  const read = reading.host.readFile(file);
  if (!read.ok && read.problem === "does not exist") return undefined;
  const where = { kind: "credential", file } as const;
  if (read.ok)
    return checkedToken(reading, {
      key: "consul-token",
      token: read.text.trim(),
      where,
      place: file,
    });
  reading.complaints.push({ severity: "error", key: "consul-token", where, wrong: read.problem });
  return undefined;
}

type Candidate = {
  readonly key: "consul-token" | "consul-token-file";
  readonly token: string;
  readonly where: Where;
  readonly place: string;
};

/**
 * A token travels in an HTTP header; a blank or a line break inside of it would be sent as
 * something else.
 */
function checkedToken(
  reading: Reading,
  { key, token, where, place }: Candidate,
): string | undefined {
  const isFile = place !== "set";
  if (/^[\u0021-\u007e]+$/.test(token)) {
    const shown = isFile ? `set, from file ${place}` : "set";
    reading.origins.push({ key: "consul-token", shown, where });
    return token;
  }
  reading.complaints.push({
    severity: "error",
    key,
    where,
    ...(isFile && key === "consul-token-file" ? { value: place } : {}),
    wrong:
      token === "" ? "is an empty file" : "holds a blank, a line break or a sign that no token has",
    expected: "the token and nothing else",
  });
  return undefined;
}

function warnIfExposed(
  reading: Reading,
  { key, where, file }: { key: "consul-token" | "consul-token-file"; where: Where; file: string },
): void {
  const read = reading.host.readFile(file);
  if (!read.ok || (read.mode & worldReadable) === 0) return;
  reading.complaints.push({
    severity: "warning",
    key,
    where,
    ...(key === "consul-token-file" ? { value: file } : {}),
    wrong: "can be read by every user of this host",
    remedy: `chmod o-r ${file}`,
  });
}
