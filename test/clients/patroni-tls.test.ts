/**
 * What the client makes of certificates, on both sides. They come from a CA that is made for the
 * run; the server's bears the names localhost and server.dc1.consul and the address 127.0.0.1.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type TestContext, before, describe, it } from "node:test";
import type { PatroniSettings, TlsSettings } from "../../src/clients/endpoint.ts";
import { skipWithout } from "../lab/support/capabilities.ts";
import { type Certificates, SERVER_NAME, makeCertificates } from "../lab/support/certificates.ts";
import { makeFolder } from "../support/folder.ts";
import { answering, clientOf, leading, listen, secureServer } from "./support/patroni-server.ts";

const deadlineMs = 2_000;

const skip = await skipWithout("a Consul (npm run setup brings one)");

describe("Patroni's REST API by HTTPS", { skip }, () => {
  const folder = makeFolder();
  let certificates: Certificates;

  before(async () => {
    certificates = await makeCertificates(folder);
  });

  async function ask(t: TestContext, changed: Partial<PatroniSettings>, isMutual = false) {
    const { certFile, keyFile } = certificates.server;
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    const mutual = { requestCert: true, ca: readFileSync(certificates.caFile) };
    const server = secureServer({ ...pair, ...(isMutual && mutual) }, answering(200, leading));
    const port = await listen(t, server, changed.host);
    const client = clientOf(t, port, { isSecure: true, ...changed });
    const answer = await client.readState(deadlineMs);
    return answer.ok ? "answered" : answer.code;
  }

  const ca = (): TlsSettings => ({ caFile: certificates.caFile });

  it("is asked at an address that the certificate bears", async (t) => {
    assert.equal(await ask(t, { tls: ca() }), "answered");
  });

  it("is asked by a name that the certificate bears", async (t) => {
    assert.equal(await ask(t, { tls: ca(), host: "localhost" }), "answered");
  });

  it("is not asked at an address that the certificate does not bear", async (t) => {
    assert.equal(await ask(t, { tls: ca(), host: "::1" }), "tls");
  });

  it("is asked there when the name to expect is given", async (t) => {
    const tls = { ...ca(), serverName: SERVER_NAME };
    assert.equal(await ask(t, { tls, host: "::1" }), "answered");
  });

  it("is not asked when another name is to be expected", async (t) => {
    assert.equal(await ask(t, { tls: { ...ca(), serverName: "db1.example.com" } }), "tls");
  });

  it("is not asked when another CA has signed", async (t) => {
    assert.equal(await ask(t, { tls: { caFile: certificates.otherCaFile } }), "tls");
  });

  it("is not asked without a CA", async (t) => {
    assert.equal(await ask(t, { tls: {} }), "tls");
  });

  it("is asked without a CA when its certificate is taken unchecked", async (t) => {
    assert.equal(await ask(t, { tls: {}, isUnchecked: true }), "answered");
  });

  it("shows the client's certificate", async (t) => {
    assert.equal(await ask(t, { tls: { ...ca(), ...certificates.client } }, true), "answered");
  });

  it("does not answer a client that has none to show", async (t) => {
    assert.notEqual(await ask(t, { tls: ca() }, true), "answered");
  });

  it("says that it is a matter of TLS when a file cannot be read", async (t) => {
    assert.equal(await ask(t, { tls: { caFile: `${certificates.caFile}.gone` } }), "tls");
  });

  it("says that it is a matter of TLS when a file is none", async (t) => {
    const caFile = `${certificates.caFile}.text`;
    await writeFile(caFile, "not a certificate\n");
    assert.equal(await ask(t, { tls: { caFile } }), "tls");
  });

  it("says that it is a matter of TLS when there is none", async (t) => {
    const port = await listen(t, createServer(answering(200, leading)));
    const answer = await clientOf(t, port, { isSecure: true }).readState(deadlineMs);
    assert(!answer.ok);
    assert.equal(answer.code, "tls");
  });

  it("is not answered by HTTP", async (t) => {
    assert.notEqual(await ask(t, { isSecure: false }), "answered");
  });

  it("is asked with a certificate that was renewed while the daemon ran", async (t) => {
    const { certFile, keyFile } = certificates.server;
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    const port = await listen(t, secureServer(pair, answering(200, leading)));
    const caFile = `${certificates.caFile}.renewed`;
    await writeFile(caFile, readFileSync(certificates.otherCaFile));
    const client = clientOf(t, port, { isSecure: true, tls: { caFile } });
    assert.equal((await client.readState(deadlineMs)).ok, false);
    await writeFile(caFile, readFileSync(certificates.caFile));
    assert.equal((await client.readState(deadlineMs)).ok, true);
  });
});
