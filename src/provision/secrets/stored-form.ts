/**
 * Secrets as the text of their file, and back.
 *
 * The file is JSON of one form, checked to the last key: a secret that were passed over would be
 * made anew, and what was sent to the cluster with the old one would be lost. No text of the file
 * is part of what is said about it.
 */
import * as v from "valibot";
import { type Outcome, done, failed } from "../../outcome.ts";
import { Secret, type Secrets, type Token } from "./secrets.ts";

export type StoredSecrets = { readonly scope: string; readonly secrets: Secrets };

/** It is raised when a key is added or changes its meaning. */
const format = 1;

const uuid = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
);
const secretOf = (pattern: RegExp) =>
  v.pipe(
    v.string(),
    v.regex(pattern),
    v.transform((text) => new Secret(text)),
  );
const token = v.strictObject({
  accessor: uuid,
  secret: v.pipe(
    uuid,
    v.transform((text) => new Secret(text)),
  ),
});

/** What others rely on: letters and digits, so that it needs quotes nowhere. */
const password = secretOf(/^[A-Za-z0-9]{12,128}$/);

const file = v.strictObject({
  format: v.literal(format),
  scope: v.string(),
  "gossip-key": secretOf(/^[A-Za-z0-9+/]{43}=$/),
  "management-token": token,
  "agent-tokens": v.record(v.string(), token),
  "reading-token": token,
  "patroni-token": token,
  "vip-agent-token": token,
  "superuser-password": password,
  "replication-password": password,
  "rewind-password": password,
  "rest-password": password,
  "role-passwords": v.record(v.string(), password),
});

export function parseSecrets(text: string): Outcome<StoredSecrets, "not-understood"> {
  const json = parseJson(text);
  if (!json.ok) return json;
  const parsed = v.safeParse(file, json.value);
  if (!parsed.success) {
    const key = v.getDotPath(parsed.issues[0]) ?? "the file";
    return failed("not-understood", `${key} is not what it must be`);
  }
  const { output } = parsed;
  const secrets: Secrets = {
    gossipKey: output["gossip-key"],
    managementToken: output["management-token"],
    agentTokens: new Map(Object.entries(output["agent-tokens"])),
    readingToken: output["reading-token"],
    patroniToken: output["patroni-token"],
    vipAgentToken: output["vip-agent-token"],
    superuserPassword: output["superuser-password"],
    replicationPassword: output["replication-password"],
    rewindPassword: output["rewind-password"],
    restPassword: output["rest-password"],
    rolePasswords: new Map(Object.entries(output["role-passwords"])),
  };
  return done({ scope: output.scope, secrets });
}

/** The parser's own message would quote the text. */
function parseJson(text: string): Outcome<unknown, "not-understood"> {
  try {
    return done(JSON.parse(text));
  } catch {
    return failed("not-understood", "it is not valid JSON");
  }
}

export function secretsText({ scope, secrets }: StoredSecrets): string {
  const stored: v.InferInput<typeof file> = {
    format,
    scope,
    "gossip-key": secrets.gossipKey.reveal(),
    "management-token": tokenForm(secrets.managementToken),
    "agent-tokens": formOf(secrets.agentTokens, tokenForm),
    "reading-token": tokenForm(secrets.readingToken),
    "patroni-token": tokenForm(secrets.patroniToken),
    "vip-agent-token": tokenForm(secrets.vipAgentToken),
    "superuser-password": secrets.superuserPassword.reveal(),
    "replication-password": secrets.replicationPassword.reveal(),
    "rewind-password": secrets.rewindPassword.reveal(),
    "rest-password": secrets.restPassword.reveal(),
    "role-passwords": formOf(secrets.rolePasswords, (secret) => secret.reveal()),
  };
  return `${JSON.stringify(stored, undefined, 2)}\n`;
}

function tokenForm({ accessor, secret }: Token) {
  return { accessor, secret: secret.reveal() };
}

function formOf<T, Form>(
  values: ReadonlyMap<string, T>,
  form: (value: T) => Form,
): Readonly<Record<string, Form>> {
  return Object.fromEntries([...values].map(([name, value]) => [name, form(value)]));
}

/** All of them, for whoever has to see that none is shown. */
export function allSecrets(secrets: Secrets): readonly Secret[] {
  const { agentTokens, rolePasswords, gossipKey } = secrets;
  const { managementToken, readingToken, patroniToken, vipAgentToken } = secrets;
  const { superuserPassword, replicationPassword, rewindPassword, restPassword } = secrets;
  const named = [managementToken, readingToken, patroniToken, vipAgentToken];
  const passwords = [superuserPassword, replicationPassword, rewindPassword, restPassword];
  const tokens = [...named, ...agentTokens.values()];
  return [
    gossipKey,
    ...tokens.map(({ secret }) => secret),
    ...passwords,
    ...rolePasswords.values(),
  ];
}
