/**
 * The listener by https: who is served, who is not, and what a crowd of handshakes may cost.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request } from "node:https";
import { type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { connect as connectSecurely } from "node:tls";
import { type TestContext, test } from "node:test";
import { answerTo } from "../../../../src/agent/reports/http/routes.ts";
import { listenOnTcp } from "../../../../src/agent/reports/http/tcp.ts";
import { makeFolder } from "../../../support/folder.ts";
import { type SelfSigned, selfSigned } from "../../../support/self-signed.ts";
import { someSources } from "./support.ts";

type Files = { readonly certFile: string; readonly keyFile: string };

async function write(folder: string, name: string, pair: SelfSigned): Promise<Files> {
  const files = { certFile: `${folder}/${name}.pem`, keyFile: `${folder}/${name}-key.pem` };
  await writeFile(files.certFile, pair.certificate);
  await writeFile(files.keyFile, pair.privateKey);
  return files;
}

/** Served with this pair; with `client`, only who shows that certificate is heard. */
async function serve(t: TestContext, server: Files, client?: string) {
  let nowMs = 0;
  const listening = await listenOnTcp({
    settings: {
      address: "127.0.0.1",
      port: 0,
      tls: { ...server, clientCaFile: client },
      basicAuth: undefined,
    },
    answerTo: async (method, target) => answerTo(method, target, someSources()),
    nowMs: () => nowMs,
  });
  t.after(() => {
    listening.close();
    listening.closeAllConnections();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is one
  const { port } = listening.address() as AddressInfo;
  return { port, later: (ms: number) => (nowMs += ms) };
}

async function ask(port: number, options: object): Promise<string> {
  const place = { host: "127.0.0.1", port, path: "/health/live", agent: false };
  const question = request({ ...place, ...options }).end();
  const [answer] = await once(question, "response");
  return await text(answer);
}

test("who trusts the certificate is answered, who does not ends the handshake", async (t) => {
  const pair = selfSigned();
  const { port } = await serve(t, await write(makeFolder(t), "server", pair));
  assert.equal(await ask(port, { ca: pair.certificate }), "well\n");
  await assert.rejects(ask(port, { ca: selfSigned().certificate }), /self.signed|unable to/iu);
});

test("only who shows the right certificate is heard where one is asked for", async (t) => {
  const folder = makeFolder(t);
  const [server, client, stranger] = [selfSigned(), selfSigned(), selfSigned()];
  const { certFile: ca } = await write(folder, "client", client);
  const { port } = await serve(t, await write(folder, "server", server), ca);
  const shown = ({ certificate, privateKey }: SelfSigned) => {
    return { ca: server.certificate, cert: certificate, key: privateKey };
  };
  assert.equal(await ask(port, shown(client)), "well\n");
  await assert.rejects(ask(port, { ca: server.certificate }));
  await assert.rejects(ask(port, shown(stranger)));
});

test("a renewed certificate is taken up within a minute, a broken one never", async (t) => {
  const folder = makeFolder(t);
  const [old, renewed] = [selfSigned(), selfSigned()];
  const { port, later } = await serve(t, await write(folder, "server", old));
  await write(folder, "server", renewed);
  assert.equal(await ask(port, { ca: old.certificate }), "well\n");
  later(60_000);
  await ask(port, { ca: old.certificate }).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await ask(port, { ca: renewed.certificate }), "well\n");
  await writeFile(`${folder}/server.pem`, randomUUID());
  later(60_000);
  await ask(port, { ca: renewed.certificate });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await ask(port, { ca: renewed.certificate }), "well\n");
});

test("of a crowd of handshakes only some are made in each second", async (t) => {
  const pair = selfSigned();
  const { port } = await serve(t, await write(makeFolder(t), "server", pair));
  const attempts = Array.from({ length: 200 }, async () => {
    const options = { port, host: "127.0.0.1", ca: pair.certificate, servername: "localhost" };
    const socket = connectSecurely(options);
    t.after(() => socket.destroy());
    await once(socket, "secureConnect");
    socket.destroy();
  });
  const results = await Promise.allSettled(attempts);
  const made = results.filter(({ status }) => status === "fulfilled").length;
  assert.ok(made > 0 && made <= 150, `${made} of 200`);
});
