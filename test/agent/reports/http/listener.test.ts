/**
 * Where the agent answers: over TCP with and without TLS, on its socket, and what may be in the way.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { Listener, type Listening } from "../../../../src/agent/reports/http/listener.ts";
import { noMetrics } from "../../../../src/agent/reports/metrics.ts";
import { systemClock } from "../../../../src/clock.ts";
import { makeFolder } from "../../../support/folder.ts";
import { recordingLog, someSources } from "./support.ts";

/** A listener that has had the time to open, or to complain. */
async function listen(t: TestContext, settings: Partial<Listening>) {
  const { log, lines } = recordingLog();
  const clock = systemClock();
  const listener = new Listener({ log, metrics: noMetrics, clock, sources: someSources() });
  t.after(() => listener.close());
  listener.open({ listener: undefined, statusSocket: undefined, ...settings });
  await new Promise((resolve) => setTimeout(resolve, 150));
  return { listener, lines };
}

async function askSocket(socketPath: string): Promise<string> {
  const question = request({ socketPath, path: "/status", agent: false }).end();
  const [answer] = await once(question, "response");
  return await text(answer);
}

/** What a killed process leaves: a socket that nobody listens at. */
async function leaveDeadSocket(path: string): Promise<void> {
  const program = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, "SIGKILL"))`;
  await once(spawn(process.execPath, ["--eval", program]), "exit");
  assert.ok((await stat(path)).isSocket());
}

function onPort(port: number): Partial<Listening> {
  const settings = { address: "127.0.0.1", port, tls: undefined, basicAuth: undefined };
  return { listener: settings };
}

async function takenPort(t: TestContext): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server's address is one
  return (server.address() as AddressInfo).port;
}

test("a port that is taken is a warning", async (t) => {
  const port = await takenPort(t);
  const { lines } = await listen(t, onPort(port));
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? "",
    /^trouble: nobody is answered on 127\.0\.0\.1 port \d+: .*EADDRINUSE/u,
  );
});

test("a certificate that is not there is a warning, and nothing is served without it", async (t) => {
  const port = await takenPort(t);
  const tls = {
    certFile: "/nowhere/cert.pem",
    keyFile: "/nowhere/key.pem",
    clientCaFile: undefined,
  };
  const settings = { address: "127.0.0.1", port: port + 1, tls, basicAuth: undefined };
  const { lines } = await listen(t, { listener: settings });
  assert.match(lines.join("\n"), /nobody is answered on .*\/nowhere\/cert\.pem/u);
  await assert.rejects(fetch(`http://127.0.0.1:${port + 1}/metrics`));
});

test("the socket answers everybody, in a directory that is made for it", async (t) => {
  const statusSocket = `${makeFolder(t)}/status/vip-agent.sock`;
  const { lines, listener } = await listen(t, { statusSocket });
  assert.deepEqual(lines, []);
  assert.match(await askSocket(statusSocket), /"version":1/u);
  assert.equal((await stat(statusSocket)).mode & 0o777, 0o666);
  listener.close();
  await assert.rejects(askSocket(statusSocket));
});

test("what is no socket is left alone, and named", async (t) => {
  const folder = makeFolder(t);
  await mkdir(`${folder}/directory`);
  await writeFile(`${folder}/file`, "precious");
  const one = await listen(t, { statusSocket: `${folder}/directory` });
  assert.match(one.lines.join("\n"), /it is a directory; name another path or remove it/u);
  const other = await listen(t, { statusSocket: `${folder}/file` });
  assert.match(other.lines.join("\n"), /it is a file; name another path or remove it/u);
  assert.equal((await stat(`${folder}/file`)).size, "precious".length);
});

test("a socket that a dead agent left is replaced, one that answers is not", async (t) => {
  const statusSocket = `${makeFolder(t)}/vip-agent.sock`;
  const first = await listen(t, { statusSocket });
  const second = await listen(t, { statusSocket });
  assert.match(second.lines.join("\n"), /another agent answers there/u);
  second.listener.close();
  assert.match(await askSocket(statusSocket), /"version":1/u);
  first.listener.close();
  await leaveDeadSocket(statusSocket);
  const third = await listen(t, { statusSocket });
  assert.deepEqual(third.lines, []);
  assert.match(await askSocket(statusSocket), /"version":1/u);
});

test("opened again it listens where the new settings say, and nowhere else", async (t) => {
  const folder = makeFolder(t);
  const { listener } = await listen(t, { statusSocket: `${folder}/one.sock` });
  listener.open({ listener: undefined, statusSocket: `${folder}/two.sock` });
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.match(await askSocket(`${folder}/two.sock`), /"version":1/u);
  await assert.rejects(askSocket(`${folder}/one.sock`));
});
