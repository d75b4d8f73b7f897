/**
 * The ACL token: written out, kept in a file, handed over by systemd as a credential, or Patroni's.
 *
 * Patroni's is the last resort: it can write what the agent only reads, so that whoever gets hold of
 * it can move the leader key.
 */
import type { Complaint, Where } from "../../complaints.ts";
import { ownLevels } from "./merge.ts";
import type { Reading } from "./reading.ts";
import { type SecretKind, type SecretRead, checkedSecret, secretOf } from "./secrets.ts";

/** The name that the unit file gives to the credential. */
export const credentialName = "consul-token";

const consulToken: SecretKind = {
  key: "consul-token",
  fileKey: "consul-token-file",
  noun: "token",
  isFit: (secret) => /^[\u0021-\u007e]+$/.test(secret),
  unfit: "holds a blank, a line break or a sign that no token has",
  cut: (text) => text.trim(),
};

/** `keys` are those that it must be able to read. */
export function readToken(reading: Reading, keys: readonly string[]): string | undefined {
  for (const level of ownLevels(reading.levels)) {
    const read = secretOf(reading, consulToken, level);
    if (read !== undefined) return read.secret;
  }
  const credential = tokenFromCredential(reading);
  if (credential !== undefined) return credential.secret;
  const { patroni } = reading.levels;
  const read = patroni && secretOf(reading, consulToken, patroni);
  const where = patroni?.get("consul-token")?.raw.where;
  if (read?.secret !== undefined && where !== undefined) {
    reading.complaints.push(mightyToken(where, keys));
  }
  return read?.secret;
}

function mightyToken(where: Where, keys: readonly string[]): Complaint {
  const prefixes = new Set(keys.map((key) => key.slice(0, key.lastIndexOf("/") + 1)));
  const policies = [...prefixes].map((prefix) => `key_prefix "${prefix}" { policy = "read" }`);
  return {
    severity: "warning",
    key: "consul-token",
    where,
    wrong: "is Patroni's own, which can write what the agent only reads",
    expected: "a token of the agent's own",
    remedy: `create one with the policy ${policies.join(" ")}, and name its file in consul-token-file`,
  };
}

function tokenFromCredential(reading: Reading): SecretRead | undefined {
  const directory = reading.host.variables["CREDENTIALS_DIRECTORY"];
  if (directory === undefined || directory === "") return undefined;
  const file = `${directory}/${credentialName}`;
  const read = reading.host.readFile(file);
  if (!read.ok && read.problem === "does not exist") return undefined;
  const { key, cut } = consulToken;
  const where = { kind: "credential", file } as const;
  if (read.ok) {
    return checkedSecret(reading, consulToken, { key, secret: cut(read.text), where, file });
  }
  reading.complaints.push({ severity: "error", key, where, wrong: read.problem });
  return { secret: undefined };
}
