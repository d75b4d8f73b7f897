/**
 * patroni.yml is the weakest source: what is set for the agent itself wins, one by one.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import type { Settings } from "../../../src/agent/config/settings.ts";
import { certificate } from "./certificate.ts";
import { configPath, errorsOf, warningsOf } from "./loading.ts";
import {
  brief,
  loadWith,
  ordinary,
  password,
  patroniPath,
  settingsOf,
  shownOf,
  threeLines,
} from "./patroni-sketch.ts";

describe("what is written for the agent wins", () => {
  const rows: readonly [string, (settings: Settings) => unknown, unknown][] = [
    ["trigger-key: other/two/leader", ({ vips }) => vips[0]?.key, "other/two/leader"],
    ["trigger-value: someone", ({ vips }) => vips[0]?.member, "someone"],
    ["dcs-endpoints: unix:///run/c.sock", ({ consul }) => consul.endpoints[0]?.kind, "unix"],
    ["consul-token: own", ({ consul }) => consul.token, "own"],
    ["patroni-url: http://127.0.0.1:9008", ({ patroni }) => patroni?.port, 9008],
    ["patroni-password: own", ({ patroni }) => patroni?.credentials?.password, "own"],
    ["data-directory: /srv/pg", ({ dataDirectory }) => dataDirectory, "/srv/pg"],
  ];
  for (const [line, read, value] of rows) {
    test(line, () => {
      const [key = ""] = line.split(":");
      const loaded = loadWith(ordinary, { lines: [...threeLines, line] });
      assert.equal(read(settingsOf(loaded)), value);
      const origin = loaded.origins.find((one) => one.key === key);
      assert.deepEqual(origin?.where, { kind: "file", file: configPath, line: 4 });
    });
  }

  test("Flags and variables do so as well.", () => {
    const sketch = {
      flags: { "trigger-value": "of-the-flag" },
      variables: { VIP_TRIGGER_KEY: "of/variable/leader" },
    };
    const [vip] = settingsOf(loadWith(ordinary, sketch)).vips;
    assert.deepEqual([vip?.key, vip?.member], ["of/variable/leader", "of-the-flag"]);
  });

  test("The entries of vips fall back on patroni.yml.", () => {
    const lines = ["interface: eth0", `patroni: ${patroniPath}`, "vips:", "  - ip: 10.0.0.1"];
    const [vip] = settingsOf(loadWith(ordinary, { lines })).vips;
    assert.deepEqual([vip?.key, vip?.member], ["db/test/leader", "test-db1"]);
  });

  test("patroni.yml can be named by a flag or a variable alone.", () => {
    const lines = threeLines.slice(0, 2);
    const byVariable = loadWith(ordinary, { lines, variables: { VIP_PATRONI: patroniPath } });
    assert.equal(settingsOf(byVariable).vips[0]?.key, "db/test/leader");
  });
});

describe("the token", () => {
  const token = randomUUID();
  const withToken = ["scope: test", "namespace: db", "name: a", `consul: {token: ${token}}`];

  test("of Patroni is taken, with a warning that names the policy to create", () => {
    const loaded = loadWith(withToken);
    assert.equal(settingsOf(loaded).consul.token, token);
    const [warning, ...more] = loaded.complaints;
    assert.deepEqual([warning?.severity, warning?.key, more], ["warning", "consul-token", []]);
    assert.deepEqual(warning?.where, { kind: "file", file: patroniPath, line: 4 });
    assert.match(warning?.remedy ?? "", /key_prefix "db\/test\/" \{ policy = "read" \}/);
    assert.match(warning?.remedy ?? "", /consul-token-file/);
  });

  test("of the agent's own wins, whatever it is kept in, without a warning", () => {
    const own = { "/own": "own", "/run/c/consul-token": "own" };
    const rows = [
      { lines: [...threeLines, "consul-token-file: /own"] },
      { lines: [...threeLines, "consul-token: own"] },
      { variables: { CREDENTIALS_DIRECTORY: "/run/c" } },
      { variables: { VIP_CONSUL_TOKEN_FILE: "/own" } },
    ];
    for (const row of rows) {
      const loaded = loadWith(withToken, { ...row, files: own });
      assert.equal(settingsOf(loaded).consul.token, "own");
      assert.deepEqual(loaded.complaints, []);
    }
  });

  test("of Patroni is not taken in place of one that cannot be read", () => {
    const unreadable = { ok: false, problem: "may not be read by this user" } as const;
    const rows = [
      { lines: [...threeLines, "consul-token-file: /own"], files: { "/own": unreadable } },
      {
        variables: { CREDENTIALS_DIRECTORY: "/run/c" },
        files: { "/run/c/consul-token": unreadable },
      },
    ];
    for (const row of rows) {
      const loaded = loadWith(withToken, row);
      assert.deepEqual([errorsOf(loaded).length, warningsOf(loaded).length], [1, 0]);
    }
  });
});

describe("pairs are not torn apart", () => {
  test("A user of the agent's own wants a password of its own.", () => {
    const lines = [...threeLines, "patroni-username: somebody"];
    const [error, ...more] = loadWith(ordinary, { lines }).complaints;
    assert.deepEqual([error?.severity, error?.key, more], ["error", "patroni-username", []]);
  });

  test("A password of the agent's own serves Patroni's user, from a file as well.", () => {
    const lines = [...threeLines, "patroni-password-file: /p"];
    const loaded = loadWith(ordinary, { lines, files: { "/p": "of the file\n" } });
    const credentials = { username: "patroni", password: "of the file" };
    assert.deepEqual(settingsOf(loaded).patroni?.credentials, credentials);
  });

  test("A certificate of the agent's own is not paired with Patroni's key.", () => {
    const yaml = ["scope: test", "name: a", "consul: {url: 'https://c', cert: /c, key: /k}"];
    const lines = [...threeLines, "consul-cert-file: /own"];
    const [error, ...more] = loadWith(yaml, { lines, files: { "/own": certificate } }).complaints;
    assert.equal(more.length, 0);
    assert.match(error?.wrong ?? "", /without consul-key-file/);
  });
});

describe("the files of TLS", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const rest = "{listen: '*:8008', certfile: /rest, cafile: /ca}";
  const unreadable = { ok: false, problem: "may not be read by this user" } as const;
  const names = ({ patroni }: Settings) => patroni?.tls;

  test("of the REST API are those of ctl before those of restapi.", () => {
    const files = { "/ca": certificate, "/other": certificate };
    const byRestapi = loadWith([...brief, `restapi: ${rest}`], { files });
    assert.deepEqual(names(settingsOf(byRestapi)), { caFile: "/ca" });
    const byCtl = loadWith([...brief, `restapi: ${rest}`, "ctl: {cacert: /other}"], { files });
    assert.deepEqual(names(settingsOf(byCtl)), { caFile: "/other" });
  });

  test("ctl.insecure is taken over.", () => {
    const loaded = loadWith([
      ...brief,
      "restapi: {listen: '*:1', certfile: /c}",
      "ctl: {insecure: on}",
    ]);
    assert.equal(settingsOf(loaded).patroni?.isUnchecked, true);
  });

  test("that patroni.yml names are a warning where nothing depends on them.", () => {
    const lines = [...brief, `restapi: ${rest}`, "ctl: {certfile: /ca, keyfile: /key}"];
    const files = { "/ca": certificate, "/key": unreadable };
    const loaded = loadWith(lines, { files });
    assert.deepEqual(names(settingsOf(loaded)), { caFile: "/ca" });
    assert.deepEqual(
      loaded.complaints.map(({ severity, key: about }) => [severity, about]),
      [["warning", "patroni-key-file"]],
    );
    for (const line of ["gate: writable", "patroni-key-file: /key"]) {
      const [error] = errorsOf(loadWith(lines, { files, lines: [...threeLines, line] }));
      assert.equal(error?.severity, "error", line);
    }
  });

  test("of Consul are taken over only for https, and then must be in order.", () => {
    const tls = "cacert: /ca, cert: /both";
    const files = { "/ca": certificate, "/both": `${key}${certificate}` };
    const plain = loadWith(["scope: t", "name: a", `consul: {host: c, ${tls}}`]);
    assert.deepEqual([settingsOf(plain).consul.tls, plain.complaints], [{}, []]);
    const secure = ["scope: t", "name: a", `consul: {host: c, scheme: https, ${tls}}`];
    const [error, ...more] = loadWith(secure, { files }).complaints;
    assert.equal(more.length, 0);
    // One file holds both, as Patroni has it; here they do not belong together.
    assert.deepEqual([error?.key, error?.value], ["consul-key-file", "/both"]);
    assert.match(error?.wrong ?? "", /does not belong/);
  });

  test("of Consul that Patroni does not check are checked, which is mentioned.", () => {
    const yaml = ["scope: t", "name: a", "consul: {url: 'https://c', verify: off}"];
    const [warning, ...more] = loadWith(yaml).complaints;
    assert.deepEqual([warning?.severity, warning?.key, more], ["warning", "consul-ca-file", []]);
    const lines = [...threeLines, "consul-ca-file: /ca"];
    assert.deepEqual(loadWith(yaml, { lines, files: { "/ca": certificate } }).complaints, []);
  });
});

test("Who else may read patroni.yml is Patroni's business.", () => {
  const file = { ok: true, text: ordinary.join("\n"), mode: 0o100644 } as const;
  assert.deepEqual(loadWith(file).complaints, []);
});

test("A secret of patroni.yml is shown as set.", () => {
  assert.equal(shownOf(loadWith(ordinary), "patroni-password"), "set");
  assert.ok(!JSON.stringify(loadWith(ordinary).origins).includes(password));
});
