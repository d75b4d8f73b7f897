/**
 * What `check --live` finds out about Patroni: its REST API, its callbacks, its live configuration.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PatroniFile } from "../../src/agent/config/patroni-file.ts";
import type { Settings } from "../../src/agent/config/settings.ts";
import { checkLive } from "../../src/cli/check-live.ts";
import type { Eyes, Finding } from "../../src/cli/finding.ts";
import { done, failed } from "../../src/outcome.ts";
import { badFindings, entry, goodEyes, patroniState, settings, withPatroni } from "./healthy.ts";

const client = "/usr/lib/vip-agent/vip-agent-callback";

function wired(command: string | undefined): PatroniFile {
  const names = command === undefined ? [] : ["on_start", "on_stop", "on_role_change"];
  const callbacks = new Map(names.map((name) => [name, command ?? ""]));
  return { path: "/etc/patroni.yml", level: new Map(), callbacks };
}

function onlyOf(findings: readonly Finding[]): Finding {
  const [finding, ...more] = findings;
  assert(finding !== undefined && more.length === 0, JSON.stringify(findings));
  return finding;
}

describe("a Patroni that is broken in one way makes one finding", () => {
  const subject = "Patroni http://127.0.0.1:8008";
  const silent: Partial<Eyes> = { askPatroni: () => Promise.resolve(failed("timeout", "silence")) };
  const other = (changes: object): Partial<Eyes> => ({
    askPatroni: () => Promise.resolve(done({ ...patroniState, ...changes })),
  });
  const forbidden: Partial<Eyes> = {
    wakePatroni: () => Promise.resolve(failed("forbidden", "HTTP 401")),
  };
  const rows: readonly [string, Partial<Eyes>, Partial<Settings>, string, RegExp][] = [
    ["no answer", silent, {}, "warning", /no answer: silence/],
    ["no answer, and nobody else to ask", silent, { source: "patroni" }, "error", /no answer/],
    ["no answer to wait for", silent, { gate: "writable" }, "error", /no answer/],
    ["another cluster", other({ scope: "other" }), {}, "error", /scope other, .* of test/],
    ["another member", other({ name: "pg2" }), {}, "error", /member pg2, .* for pg1/],
    ["no leave to wake it", forbidden, {}, "warning", /cannot be woken: HTTP 401/],
  ];
  for (const [title, eyes, changes, severity, text] of rows) {
    test(title, async () => {
      const finding = onlyOf(await badFindings(eyes, { ...withPatroni, ...changes }));
      assert.deepEqual([finding.severity, finding.subject], [severity, subject]);
      assert.match(finding.found, text);
    });
  }

  test("Where it alone is asked, the name of the member means nothing.", async () => {
    const changes = { ...withPatroni, source: "patroni" } as const;
    assert.deepEqual(await badFindings(other({ name: "pg2" }), changes), []);
  });

  test("It is not woken where that is not wished for.", async () => {
    assert.deepEqual(await badFindings(forbidden, { ...withPatroni, wake: false }), []);
  });

  test("It is not asked where none is named.", async () => {
    assert.deepEqual(await badFindings({ ...silent, ...forbidden }), []);
  });
});

describe("callbacks are followed from patroni.yml to their place", () => {
  const rows: readonly [string, Partial<Eyes>, PatroniFile, RegExp, RegExp | undefined][] = [
    [
      "no place",
      { placeProblem: () => Promise.resolve("there is no such directory") },
      wired(client),
      /hears nothing: there is no such/,
      undefined,
    ],
    [
      "nothing wired",
      {},
      wired(undefined),
      /^on_start, on_stop, on_role_change do not/,
      /on_stop: \/usr\/lib/,
    ],
    [
      "another script",
      {},
      wired("/usr/local/bin/vip.sh"),
      /do not run vip-agent-callback/,
      /postgresql\.callbacks/,
    ],
    [
      "word left elsewhere",
      {},
      wired(`${client} --directory /elsewhere`),
      /elsewhere than in \/run/,
      /out there/,
    ],
  ];
  for (const [title, eyes, file, text, remedy] of rows) {
    test(title, async () => {
      const finding = onlyOf(await badFindings(eyes, withPatroni, file));
      assert.equal(finding.severity, "warning");
      assert.match(finding.found, text);
      if (remedy !== undefined) assert.match(finding.remedy ?? "", remedy);
    });
  }

  test("One that is missing is named alone.", async () => {
    const callbacks = new Map([
      ["on_start", client],
      ["on_role_change", client],
    ]);
    const finding = onlyOf(await badFindings({}, withPatroni, { ...wired(client), callbacks }));
    assert.match(finding.found, /^on_stop do not/);
  });

  test("The command line's own client is one too, and so is another directory.", async () => {
    assert.deepEqual(await badFindings({}, withPatroni, wired("vip-agent callback")), []);
    const elsewhere = { ...withPatroni, callbacks: "/run/two" };
    for (const option of ["--directory /run/two", "--directory=/run/two", "--callbacks /run/two"]) {
      assert.deepEqual(await badFindings({}, elsewhere, wired(`${client} ${option}`)), []);
    }
    const finding = onlyOf(await badFindings({}, elsewhere, wired(client)));
    assert.match(finding.remedy ?? "", /--directory \/run\/two/);
  });

  test("Those of the cluster's configuration count where patroni.yml has none.", async () => {
    const { callbacks } = { callbacks: Object.fromEntries(wired(client).callbacks) };
    const readPatroniConfig = () => {
      return Promise.resolve(JSON.stringify({ ttl: 30, postgresql: { callbacks } }));
    };
    assert.deepEqual(await badFindings({ readPatroniConfig }, withPatroni, wired(undefined)), []);
    assert.equal((await badFindings({ readPatroniConfig }, withPatroni, wired("x"))).length, 1);
  });

  test("Nobody listens, so nothing is looked for.", async () => {
    const deaf = { ...withPatroni, callbacks: undefined };
    assert.deepEqual(await badFindings({}, deaf, wired(undefined)), []);
  });

  test("Without a word about Patroni a missing place is no fault.", async () => {
    const eyes = { placeProblem: () => Promise.resolve("nothing there") };
    assert.deepEqual(await badFindings(eyes, { callbacks: "/run/x" }), []);
  });
});

describe("the live configuration is read beside the leader key", () => {
  const configEyes = (answer: Awaited<ReturnType<Eyes["readKey"]>>): Partial<Eyes> => ({
    readKey: (endpoint, key) =>
      key.endsWith("/config") ? Promise.resolve(answer) : goodEyes.readKey(endpoint, key),
  });
  const rows: readonly [
    string,
    Awaited<ReturnType<Eyes["readKey"]>>,
    RegExp,
    RegExp | undefined,
  ][] = [
    [
      "may not be read",
      failed("forbidden", "HTTP 403"),
      /may not be read .*ttl 30, loop_wait 10, retry_timeout 10/,
      /key_prefix "db\/test\/" \{ policy = "read" \}/,
    ],
    ["is missing", done({ entry: undefined, index: 7 }), /is not there/, /namespace and scope/],
    ["is damaged", done({ entry, index: 7 }), /no JSON/, undefined],
  ];
  for (const [title, answer, text, remedy] of rows) {
    test(title, async () => {
      const finding = onlyOf(await badFindings(configEyes(answer)));
      assert.equal(finding.severity, "warning");
      assert.equal(finding.subject, "Patroni's configuration db/test/config");
      assert.match(finding.found, text);
      if (remedy !== undefined) assert.match(finding.remedy ?? "", remedy);
    });
  }

  test("Its timings and modes are shown.", async () => {
    const config = { ttl: 40, pause: true, failsafe_mode: true, standby_cluster: { host: "a" } };
    const value = JSON.stringify(config);
    const eyes = configEyes(done({ entry: { ...entry, value }, index: 7 }));
    const findings = await checkLive(settings, { ...goodEyes, ...eyes });
    assert.match(
      findings.at(-1)?.found ?? "",
      /ttl 40, loop_wait 10, .* paused, failsafe mode, standby cluster, without the VIP/,
    );
  });

  test("It is not asked for where Consul does not answer of the leader key, or is not asked.", async () => {
    const silence = () => Promise.resolve(failed("timeout", "silence"));
    const subjects = (await badFindings({ readKey: silence })).map(({ subject }) => subject);
    assert.deepEqual(subjects, ["Consul http://127.0.0.1:8500", "Consul http://127.0.0.2:8500"]);
    const alone = {
      ...withPatroni,
      source: "patroni",
      consul: { ...settings.consul, endpoints: [] },
    };
    assert.deepEqual(await badFindings({ readKey: silence }, { ...alone, source: "patroni" }), []);
  });
});

test("All that is in order is told of as good.", async () => {
  const findings = await checkLive({ ...settings, ...withPatroni }, goodEyes, wired(client));
  const told = findings
    .slice(-5)
    .map(({ severity, subject, found }) => `${severity} ${subject} ${found}`);
  assert.deepEqual(told, [
    "good Patroni's configuration db/test/config says ttl 30, loop_wait 10, retry_timeout 10",
    "good Patroni http://127.0.0.1:8008 is pg1 of test: primary, running",
    "good Patroni http://127.0.0.1:8008 lets itself be woken",
    "good callbacks /run/vip-agent/callbacks is fit to hear Patroni",
    "good callbacks in /etc/patroni.yml run vip-agent-callback",
  ]);
});
