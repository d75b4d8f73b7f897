/**
 * Statements that make what is missing, and passwords that the server never sees.
 */
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";

import { bootstrapSql } from "../../../src/provision/render/roles.ts";
import { scramVerifier, verifierWith } from "../../../src/provision/render/scram.ts";
import { secretTexts, secretsFor, sixHosts } from "../support/clusters.ts";

const cluster = sixHosts();
const secrets = secretsFor(cluster);

/** The exchange of RFC 7677, section 3: user "user", password "pencil". */
const exchange = {
  salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
  messages:
    "n=user,r=rOprNGfwEbeRWgbNEkqO," +
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096," +
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
  clientProof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  serverSignature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};

test("With what is kept of a password, the server of the RFC's example knows its client.", () => {
  const verifier = verifierWith(Buffer.from(exchange.salt, "base64"), "pencil");
  const [, kept = ""] = /^SCRAM-SHA-256\$4096:(.*)$/.exec(verifier) ?? [];
  const [, stored = "", server = ""] = /^[^$]+\$([^:]+):(.+)$/.exec(kept) ?? [];
  const sign = (key: string) => {
    return createHmac("sha256", Buffer.from(key, "base64")).update(exchange.messages).digest();
  };
  assert.equal(sign(server).toString("base64"), exchange.serverSignature);
  const proof = Buffer.from(exchange.clientProof, "base64");
  const clientKey = proof.map((byte, index) => byte ^ (sign(stored)[index] ?? 0));
  assert.equal(createHash("sha256").update(clientKey).digest("base64"), stored);
});

test("The same password gives the same text, for another role another one.", () => {
  assert.equal(scramVerifier("a", "secret"), scramVerifier("a", "secret"));
  assert.notEqual(scramVerifier("a", "secret"), scramVerifier("b", "secret"));
  assert.match(
    scramVerifier("a", "secret"),
    /^SCRAM-SHA-256\$4096:[\w+/]{22}==\$[\w+/=]{44}:[\w+/=]{44}$/,
  );
});

test("No password is among the statements.", () => {
  const { text, isSecret } = bootstrapSql(cluster, secrets);
  const held = [...secretTexts(secrets)].filter(([, secret]) => text.includes(secret));
  assert.deepEqual(held, []);
  assert.equal(isSecret, true);
});

test("Every statement that makes something asks first whether it is there.", () => {
  const { text } = bootstrapSql(cluster, secrets);
  const makings = text.split("\n\n").filter((part) => /CREATE|GRANT|ALTER|DROP/.test(part));
  assert.equal(makings.length, 2 + 4 + 3 + 1);
  for (const making of makings) assert.match(making, /^SELECT '[^]*\nWHERE NOT [^]*\n\\gexec\s*$/);
});

test("A name cannot end its quotes.", () => {
  const name = `x"; DROP ROLE postgres; --'`;
  const postgresql = {
    ...cluster.postgresql,
    roles: [{ name, isReplica: false }],
    databases: [{ name, owner: name }],
  };
  const odd = { ...cluster, postgresql };
  const { text } = bootstrapSql(odd, secretsFor(odd));
  assert(text.includes(`CREATE DATABASE "x""; DROP ROLE postgres; --''" OWNER`));
  assert(text.includes(`datname = 'x"; DROP ROLE postgres; --'''`));
});

test("A role for replicas may replicate, others may not.", () => {
  const { text } = bootstrapSql(cluster, secrets);
  assert.match(text, /CREATE ROLE "backup" LOGIN REPLICATION PASSWORD/);
  assert.match(text, /CREATE ROLE "shop_owner" LOGIN PASSWORD/);
});
