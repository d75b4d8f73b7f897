/**
 * What is brought to hosts is what was asked for, is fetched once, and is never half of it.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { type RequestListener, createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createArtefacts } from "../../../src/provision/executor/artefacts.ts";
import { makeFolder } from "../../support/folder.ts";
import { zipOf } from "./support/zip.ts";

const content = Buffer.from("the bytes of a package");
const sha256 = createHash("sha256").update(content).digest("hex");

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert(address !== null && typeof address === "object");
  return `http://127.0.0.1:${address.port}`;
}

test("a file here is taken as it is, and its digest is told", async (t) => {
  const from = join(makeFolder(t), "package.deb");
  await writeFile(from, content);
  const artefacts = createArtefacts(makeFolder(t));
  const brought = await artefacts.fileOf({ from, sha256: undefined });
  assert.deepEqual(brought, { ok: true, value: { file: from, sha256 } });
});

test("a file with another digest is refused, and so is one that is not there", async (t) => {
  const from = join(makeFolder(t), "package.deb");
  await writeFile(from, "other bytes");
  const artefacts = createArtefacts(makeFolder(t));
  const wrong = await artefacts.fileOf({ from, sha256 });
  assert(!wrong.ok);
  assert.match(
    wrong.detail,
    new RegExp(`SHA-256 [0-9a-f]{64}, and the cluster file says ${sha256}`),
  );
  const missing = await artefacts.fileOf({ from: `${from}.none`, sha256 });
  assert(!missing.ok);
  assert.match(missing.detail, /ENOENT.*package\.deb\.none/);
});

test("an address is fetched once, for all who ask and for later runs", async (t) => {
  let requests = 0;
  const url = await serve(t, (request, response) => {
    requests += 1;
    if (request.url === "/moved") response.writeHead(302, { location: "/here" }).end();
    else response.end(content);
  });
  const cache = join(makeFolder(t), "deep", "cache");
  const artefact = { from: `${url}/moved`, sha256 };
  const first = createArtefacts(cache);
  const brought = await Promise.all([first.fileOf(artefact), first.fileOf(artefact)]);
  const later = await createArtefacts(cache).fileOf(artefact);
  for (const outcome of [...brought, later]) {
    assert(outcome.ok);
    assert.equal((await readFile(outcome.value.file)).compare(content), 0);
  }
  assert.equal(requests, 2, "one and its redirection");
  assert.deepEqual(await readdir(cache), [sha256]);
});

test("what is spoilt in the cache is fetched anew", async (t) => {
  const url = await serve(t, (_, response) => response.end(content));
  const cache = makeFolder(t);
  await writeFile(join(cache, sha256), "spoilt");
  const brought = await createArtefacts(cache).fileOf({ from: url, sha256 });
  assert(brought.ok);
  assert.equal((await readFile(brought.value.file)).compare(content), 0);
});

const bad: readonly (readonly [string, RequestListener, RegExp])[] = [
  ["other bytes", (_, response) => response.end("other"), /has SHA-256/],
  ["not found", (_, response) => response.writeHead(404).end("no"), /answers 404/],
  [
    "half of it",
    (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("half", () => response.destroy());
    },
    /could not be fetched/,
  ],
];

for (const [what, listener, expected] of bad) {
  test(`a server that sends ${what} leaves nothing in the cache`, async (t) => {
    const from = await serve(t, listener);
    const cache = makeFolder(t);
    const brought = await createArtefacts(cache).fileOf({ from, sha256 });
    assert(!brought.ok);
    assert.match(brought.detail, expected);
    assert.deepEqual(await readdir(cache), []);
  });
}

test("a server that is not there is told", async (t) => {
  const cache = makeFolder(t);
  const brought = await createArtefacts(cache).fileOf({ from: "http://127.0.0.1:9/x", sha256 });
  assert(!brought.ok);
  assert.match(brought.detail, /ECONNREFUSED/);
});

test("of an archive the program is sent, with the program's own digest", async (t) => {
  const folder = makeFolder(t);
  const from = join(folder, "consul.zip");
  await writeFile(from, zipOf([{ name: "consul", content }]));
  const artefacts = createArtefacts(folder);
  const operation = {
    kind: "install-program",
    path: "/usr/local/bin/consul",
    artefact: { from, sha256: undefined },
  } as const;
  const [one, two] = await Promise.all([
    artefacts.materialOf(operation),
    artefacts.materialOf(operation),
  ]);
  assert(one.ok && two.ok && one.value !== undefined);
  assert.equal(one.value.sha256, sha256);
  assert.equal((await readFile(one.value.file)).compare(content), 0);
  assert.deepEqual(one, two);
  await artefacts.close();
  await assert.rejects(readFile(one.value.file), /ENOENT/);
});

test("wheels are sent as one tar; a folder that is not there is told", async (t) => {
  const folder = makeFolder(t);
  const wheels = join(folder, "wheels");
  const artefacts = createArtefacts(folder);
  t.after(() => artefacts.close());
  const operation = { kind: "make-venv", path: "/opt/x", requirements: ["demo==1.0"] } as const;
  const missing = await artefacts.materialOf({ ...operation, wheels: `${wheels}-none` });
  assert(!missing.ok);
  assert.match(missing.detail, /ENOENT.*wheels-none/);
  await mkdir(wheels);
  await writeFile(join(wheels, "demo-1.0-py3-none-any.whl"), content);
  const packed = await artefacts.materialOf({ ...operation, wheels });
  assert(packed.ok && packed.value !== undefined);
  assert((await readFile(packed.value.file)).includes(content));
  const none = await artefacts.materialOf({ ...operation, wheels: undefined });
  assert.deepEqual(none, { ok: true, value: undefined });
});

test("where nothing can be made here, that is told, and there is nothing to remove", async (t) => {
  const folder = makeFolder(t);
  const wheels = join(folder, "wheels");
  await mkdir(wheels);
  const { TMPDIR: usual = "/tmp" } = process.env;
  process.env["TMPDIR"] = `${folder}/none`;
  t.after(() => {
    process.env["TMPDIR"] = usual;
  });
  const artefacts = createArtefacts(folder);
  const operation = { kind: "make-venv", path: "/opt/x", requirements: ["demo==1.0"] } as const;
  const told = await artefacts.materialOf({ ...operation, wheels });
  assert(!told.ok);
  assert.match(told.detail, /ENOENT.*none/);
  await artefacts.close();
});
