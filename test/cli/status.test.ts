/**
 * `vip-agent status` against agents that are there, that are not, and that are something else.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, describe, test } from "node:test";
import type { VipStatus } from "../../src/agent/reports/status.ts";
import { type StatusOptions, status, tell } from "../../src/cli/status.ts";
import { askAgents, listSockets, whereToAsk } from "../../src/cli/status/agents.ts";
import { plainOptions } from "../../src/cli/status/plain-words.ts";
import { aStatus, aVipStatus } from "../agent/reports/a-status.ts";
import { makeFolder } from "../support/folder.ts";
import { type ScreenOptions, fakeScreen, listenAt, serveAt } from "./status-fakes.ts";

type Asked = Partial<StatusOptions> & ScreenOptions & { readonly path: string };

async function ask({ path, terminal, variables, ...options }: Asked) {
  const screen = fakeScreen({ ...(terminal && { terminal }), ...(variables && { variables }) });
  const flags = { "status-socket": path };
  const all = { flags, isJson: false, isWatch: false, isCluster: false, ...options };
  const code = await status(all, screen);
  return { code, text: screen.written.join(""), complaint: screen.complaints.join("") };
}

async function serve(t: TestContext, answer: Parameters<typeof serveAt>[2]): Promise<string> {
  return await serveAt(t, join(makeFolder(t), "vip-agent.sock"), answer);
}

const standby: Partial<VipStatus> = { state: "standby", verdict: "yield", isHeld: false };
const acquiring: Partial<VipStatus> = { state: "acquiring", isHeld: false };

describe("the exit code says where the VIP is, and whether that is well", () => {
  const rows: readonly [string, readonly Partial<VipStatus>[], number][] = [
    ["held here", [{}], 0],
    ["held here, two of them", [{}, {}], 0],
    ["held elsewhere", [standby], 4],
    ["one here and one elsewhere", [{}, standby], 4],
    ["on its way here", [acquiring], 4],
    ["held here, and something is odd", [{ attention: ["Consul gives no answer"] }], 3],
    ["held elsewhere, and something is odd", [{}, { ...standby, attention: ["odd"] }], 3],
  ];
  for (const [title, vips, code] of rows) {
    test(`${title}: ${code}`, async (t) => {
      const path = await serve(t, aStatus(vips.map((vip) => aVipStatus(vip))));
      for (const isJson of [false, true]) {
        const asked = await ask({ path, isJson });
        assert.deepEqual([asked.code, asked.complaint], [code, ""]);
      }
    });
  }
});

test("--json is the status as it came, in one line, with fields that are not known here", async (t) => {
  const said = { ...aStatus(), later: { field: [1, null] } };
  const path = await serve(t, JSON.stringify(said, undefined, 2));
  const { text } = await ask({ path, isJson: true });
  assert.equal(text.trimEnd().includes("\n"), false);
  assert.deepEqual(JSON.parse(text), said);
});

test("all sockets of the directory are asked, the standard one first, and nothing else", async (t) => {
  const folder = makeFolder(t);
  const standard = join(folder, "vip-agent.sock");
  const others = ["a.sock", "z.sock"].map((name) => join(folder, name));
  for (const path of others) await serveAt(t, path, aStatus());
  writeFileSync(join(folder, "b.sock"), "");
  assert.deepEqual(listSockets(standard), others);
  await serveAt(t, standard, aStatus());
  assert.deepEqual(listSockets(standard), [standard, ...others]);
});

test("of several agents each is told with its socket; one that is silent makes it 3", async (t) => {
  const folder = makeFolder(t);
  const paths = ["a.sock", "b.sock"].map((name) => join(folder, name));
  for (const path of paths) await serveAt(t, path, aStatus());
  const screen = fakeScreen();
  assert.equal(tell(await askAgents(paths), false, screen), 0);
  assert.deepEqual(
    screen.written.join("").match(/^(==.*==|.*HELD HERE)$/gmu),
    paths.flatMap((path) => [`== ${path} ==`, "192.168.1.140/32  HELD HERE"]),
  );
  const dead = join(folder, "c.sock");
  await desert(dead);
  const json = fakeScreen();
  assert.equal(tell(await askAgents([...paths, dead]), true, json), 3);
  assert.deepEqual(
    json.written.map((line) => JSON.parse(line)),
    [aStatus(), aStatus()],
  );
  assert.match(json.complaints.join(""), /nobody listens at .*c\.sock/u);
});

describe("the usual words are read without yargs", () => {
  const plain = { flags: {}, isJson: false, isWatch: false, isCluster: false };
  const flags = { "status-socket": "/a.sock" };
  const rows: readonly [string, StatusOptions | undefined][] = [
    ["", plain],
    ["--json", { ...plain, isJson: true }],
    ["--watch --json", { ...plain, isJson: true, isWatch: true }],
    ["--status-socket=/a.sock", { ...plain, flags }],
    ["--json --status-socket /a.sock", { ...plain, isJson: true, flags }],
    ["--status-socket=/b.sock --status-socket=/a.sock", { ...plain, flags }],
    ["--status-socket=none", { ...plain, flags: { "status-socket": "none" } }],
  ];
  for (const [words, options] of rows) {
    test(`status ${words}`, () =>
      assert.deepEqual(plainOptions(words.split(" ").filter(Boolean)), options));
  }
  const others = ["--help", "--cluster", "--jsn", "-json", "--json=false", "--no-json", "this"];
  const odd = ["--status-socket", "--status-socket=", "--status-socket --json", "--config=/a.yml"];
  for (const words of [...others, ...odd]) {
    test(`not so status ${words}`, () => assert.equal(plainOptions(words.split(" ")), undefined));
  }
});

test("where there is no socket at all, the one that should be there is asked", async (t) => {
  const standard = join(makeFolder(t), "status", "vip-agent.sock");
  assert.deepEqual(listSockets(standard), [standard]);
});

describe("which socket is asked", () => {
  const flag = { "status-socket": "/flag.sock" };
  const variable = { VIP_STATUS_SOCKET: "/variable.sock" };

  async function asked(
    flags: Record<string, string>,
    variables: Record<string, string> = {},
    standard?: string,
  ) {
    const where = await whereToAsk(flags, variables, standard);
    return where.ok ? where.value() : where.detail;
  }

  test("a flag comes before a variable, and that before a configuration", async (t) => {
    const config = join(makeFolder(t), "vip-agent.yml");
    writeFileSync(config, "status-socket: /file.sock\n");
    assert.deepEqual(await asked({ ...flag, config }, variable), ["/flag.sock"]);
    assert.deepEqual(await asked({ config }, variable), ["/variable.sock"]);
    assert.deepEqual(await asked({ config }), ["/file.sock"]);
  });

  test("a configuration that names none leaves it at those that are there", async (t) => {
    const folder = makeFolder(t);
    const config = join(folder, "vip-agent.yml");
    writeFileSync(config, "ip: 192.168.1.140\n");
    const only = await serveAt(t, join(folder, "only.sock"), aStatus());
    const standard = join(folder, "vip-agent.sock");
    assert.deepEqual(await asked({ config }, {}, standard), [only]);
    assert.deepEqual(await asked({}, {}, standard), [only]);
  });

  test("none is nowhere to ask, and says so", async () => {
    assert.match(String(await asked({ "status-socket": "none" })), /can be asked nowhere/u);
    const screen = fakeScreen();
    const options = { isJson: false, isWatch: false, isCluster: false };
    assert.equal(await status({ flags: { "status-socket": "none" }, ...options }, screen), 1);
    assert.match(screen.complaints.join(""), /status-socket is none/u);
  });
});

/** What an agent leaves that was killed: a socket at which nobody listens. */
async function desert(path: string): Promise<void> {
  const server = createServer().listen(`${path}.alive`);
  await once(server, "listening");
  linkSync(`${path}.alive`, path);
  server.close();
  await once(server, "close");
}

describe("who asks in vain is told why, and what to do", () => {
  async function expectTrouble(path: string, words: RegExp): Promise<void> {
    const { code, text, complaint } = await ask({ path });
    assert.deepEqual([code, text], [1, ""]);
    assert.match(complaint, words);
  }

  const rows: readonly [string, (t: TestContext, path: string) => unknown, RegExp][] = [
    [
      "no socket",
      () => undefined,
      /there is no socket .*\n {2}is the service running\? systemctl/u,
    ],
    ["a dead agent's socket", (_, path) => desert(path), /nobody listens at .*systemctl/su],
    ["a directory", (_, path) => mkdirSync(path), /is a directory, and no socket\n {2}name the/u],
    ["a file", (_, path) => writeFileSync(path, ""), /is a file, and no socket\n {2}name the/u],
    [
      "an agent that hangs",
      (t, path) => listenAt(t, path, () => undefined),
      /no answer at .* within 1000 ms\n {2}the agent hangs/u,
    ],
    [
      "an agent that hangs in the middle",
      (t, path) => serveAt(t, path, (_, response) => void response.write('{"version"')),
      /no answer at .* within 1000 ms/u,
    ],
    [
      "an agent that ends meanwhile",
      (t, path) => listenAt(t, path, (socket) => socket.on("data", () => socket.destroy())),
      /ended before it had answered\n {2}it was stopped or restarted/u,
    ],
    [
      "an agent that ends in its answer",
      (t, path) =>
        listenAt(t, path, (socket) => {
          const half = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{";
          socket.on("data", () => socket.end(half));
        }),
      /ended before it had answered/u,
    ],
    [
      "what speaks no HTTP",
      (t, path) => listenAt(t, path, (socket) => void socket.end("hello\n")),
      /does not speak HTTP/u,
    ],
    [
      "what knows no status",
      (t, path) => serveAt(t, path, (_, response) => void response.writeHead(404).end()),
      /says HTTP 404, and no status/u,
    ],
    [
      "what does not end",
      (t, path) => serveAt(t, path, (_, response) => void response.end("x".repeat(3_000_000))),
      /does not end/u,
    ],
    ["what is no JSON", (t, path) => serveAt(t, path, "well\n"), /it says no status/u],
    ["what has no version", (t, path) => serveAt(t, path, { vips: [] }), /it says no status/u],
    [
      "what lacks a field that is shown",
      (t, path) => serveAt(t, path, { ...aStatus(), vips: [{ ...aVipStatus(), since: "soon" }] }),
      /vips\.0\.since is missing or odd/u,
    ],
    [
      "an agent of a later time",
      (t, path) => serveAt(t, path, { ...aStatus(), version: 2 }),
      /has version 2, this program knows 1\n {2}call the vip-agent that belongs/u,
    ],
  ];
  for (const [title, prepare, words] of rows) {
    test(title, async (t) => {
      const path = join(makeFolder(t), "vip-agent.sock");
      await prepare(t, path);
      await expectTrouble(path, words);
    });
  }

  test("a socket that this user may not open", async (t) => {
    const path = await serve(t, aStatus());
    chmodSync(path, 0);
    // Root may open everything.
    const { geteuid, seteuid } = process;
    const isRoot = geteuid?.() === 0;
    if (isRoot) seteuid?.(65_534);
    try {
      await expectTrouble(path, /this user may not open .*\n {2}ask as root/u);
    } finally {
      if (isRoot) seteuid?.(0);
    }
  });

  test("--watch together with --cluster", async () => {
    const { code, complaint } = await ask({ path: "/nowhere", isWatch: true, isCluster: true });
    assert.equal(code, 2);
    assert.match(complaint, /--watch and --cluster do not go together/u);
  });
});
