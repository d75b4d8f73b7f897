/**
 * Secrets made: all that a cluster needs, once, and what a changed cluster file needs beside.
 *
 * What is there is never made anew, and never taken away: a host that has left the file may still
 * run, and its token is known nowhere else.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Cluster } from "../cluster/cluster.ts";
import { Secret, type Secrets, type Token } from "./secrets.ts";

/** Consul's: AES-256. */
const gossipKeyBytes = 32;

/** 190 bits, in letters and digits alone: so a password needs quotes nowhere. */
const passwordLength = 32;

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function createSecrets(cluster: Cluster): Secrets {
  const secrets: Secrets = {
    gossipKey: new Secret(randomBytes(gossipKeyBytes).toString("base64")),
    managementToken: makeToken(),
    agentTokens: new Map(),
    readingToken: makeToken(),
    patroniToken: makeToken(),
    vipAgentToken: makeToken(),
    superuserPassword: makePassword(),
    replicationPassword: makePassword(),
    rewindPassword: makePassword(),
    restPassword: makePassword(),
    rolePasswords: new Map(),
  };
  return completeSecrets(secrets, cluster);
}

/** The very same object, where nothing was missing. */
export function completeSecrets(stored: Secrets, cluster: Cluster): Secrets {
  const hosts = namesOf(cluster.hosts);
  const agentTokens = completed(stored.agentTokens, hosts, makeToken);
  const roles = namesOf(cluster.postgresql.roles);
  const rolePasswords = completed(stored.rolePasswords, roles, makePassword);
  const isComplete = agentTokens === stored.agentTokens && rolePasswords === stored.rolePasswords;
  return isComplete ? stored : { ...stored, agentTokens, rolePasswords };
}

function namesOf(named: readonly { readonly name: string }[]): readonly string[] {
  return named.map(({ name }) => name);
}

function completed<T>(
  stored: ReadonlyMap<string, T>,
  names: readonly string[],
  make: () => T,
): ReadonlyMap<string, T> {
  const missing = names.filter((name) => !stored.has(name));
  if (missing.length === 0) return stored;
  return new Map([...stored, ...missing.map((name) => [name, make()] as const)]);
}

function makeToken(): Token {
  return { accessor: randomUUID(), secret: new Secret(randomUUID()) };
}

function makePassword(): Secret {
  const picked = Array.from({ length: passwordLength }, () => letters[randomInt(letters.length)]);
  return new Secret(picked.join(""));
}
