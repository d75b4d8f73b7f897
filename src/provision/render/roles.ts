/**
 * The statements that make the roles and databases of the cluster file, and the cluster's own users
 * where they are missing.
 *
 * For psql's stdin, as the superuser, on the leader. They may be run at any time: what is there
 * stays as it is, its password too. Patroni makes replicator and rewind when it makes the cluster;
 * one that was dropped, or a right of rewind that was taken away, comes back. Statements bear what
 * PostgreSQL keeps of a password, not the password, and are kept out of its log all the same.
 */
import assert from "node:assert/strict";

import type { Cluster } from "../cluster/cluster.ts";
import type { Content } from "../resources/resource.ts";
import type { Secret, Secrets } from "../secrets/secrets.ts";
import { replicator, rewinder } from "./pg-hba.ts";
import { scramVerifier } from "./scram.ts";

/** What pg_rewind calls on the primary, as Patroni grants it. */
const rewindFunctions = [
  "pg_ls_dir(text, boolean, boolean)",
  "pg_stat_file(text, boolean)",
  "pg_read_binary_file(text)",
  "pg_read_binary_file(text, bigint, bigint, boolean)",
];

const preamble = `SET synchronous_commit = local;
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET password_encryption = 'scram-sha-256';
SET standard_conforming_strings = on;
SET client_encoding = 'UTF8';`;

export function bootstrapSql({ postgresql }: Cluster, secrets: Secrets): Content {
  const roles = postgresql.roles.map(({ name, isReplica }) => {
    const options = isReplica ? "LOGIN REPLICATION" : "LOGIN";
    return roleStatement(name, options, passwordOf(secrets, name));
  });
  const parts = [
    // A leader whose replicas are still to come would wait for them.
    preamble,
    roleStatement(replicator, "LOGIN REPLICATION", secrets.replicationPassword),
    roleStatement(rewinder, "LOGIN", secrets.rewindPassword),
    ...rewindFunctions.map(grantStatement),
    ...roles,
    ...postgresql.databases.map(databaseStatement),
  ];
  return { text: `${parts.join("\n\n")}\n`, isSecret: true };
}

/** psql sends each row of the answer as a statement: none when there is nothing to do. */
function onlyIf(statement: string, condition: string): string {
  return `SELECT ${literal(statement)}\nWHERE ${condition}\n\\gexec`;
}

function roleStatement(name: string, options: string, password: Secret): string {
  const verifier = literal(scramVerifier(name, password.reveal()));
  return onlyIf(
    `CREATE ROLE ${identifier(name)} ${options} PASSWORD ${verifier}`,
    `NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(name)})`,
  );
}

function grantStatement(signature: string): string {
  const called = `pg_catalog.${signature}`;
  return onlyIf(
    `GRANT EXECUTE ON FUNCTION ${called} TO ${identifier(rewinder)}`,
    `NOT pg_catalog.has_function_privilege(${literal(rewinder)}, ${literal(called)}, 'EXECUTE')`,
  );
}

function databaseStatement({ name, owner }: { readonly name: string; readonly owner: string }) {
  return onlyIf(
    `CREATE DATABASE ${identifier(name)} OWNER ${identifier(owner)}`,
    `NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = ${literal(name)})`,
  );
}

function passwordOf({ rolePasswords }: Secrets, name: string): Secret {
  const password = rolePasswords.get(name);
  assert(password, `there is no password for the role ${name}`);
  return password;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * For a server with standard_conforming_strings. psql would put a variable for `:name` outside of
 * quotes only, so within them a colon is a colon.
 */
function literal(text: string): string {
  assert(!text.includes("\0"), "a text with a zero byte");
  return `'${text.replaceAll("'", "''")}'`;
}
