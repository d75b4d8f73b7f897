/**
 * What can be wrong with patroni.yml and with the settings about Patroni, and what is said about it.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { configPath, errorsOf, load } from "./loading.ts";
import { assertMentioned, assertRefused, interfaceLine, ipLine, withLine } from "./mistakes.ts";
import {
  brief,
  loadWith,
  ordinary,
  patroniPath,
  settingsOf,
  shownOf,
  threeLines,
} from "./patroni-sketch.ts";

const unreadable = { ok: false, problem: "may not be read by this user" } as const;

describe("a patroni.yml that cannot be read is one error, beside those of our own file", () => {
  const rows = [
    { title: "not there", file: { ok: false, problem: "does not exist" }, wrong: /not exist/ },
    {
      title: "Patroni's alone",
      file: unreadable,
      wrong: /may not be read by vip-agent$/,
      remedy: /setfacl -m u:vip-agent:r \/etc\/patroni\/patroni\.yml/,
    },
    { title: "no YAML", file: ["scope: [test"], wrong: /not valid YAML/, line: 1 },
    {
      title: "two documents",
      file: ["scope: a", "---", "scope: b"],
      wrong: /more than one/,
      line: 2,
    },
    { title: "a list", file: ["- scope"], wrong: /no mapping/ },
    { title: "empty", file: [""], wrong: /no mapping/ },
  ] as const;
  for (const { title, file, wrong, ...rest } of rows) {
    test(title, () => {
      const lines = [...threeLines, "lifetime: 1"];
      const loaded = loadWith(file, { lines });
      const [mine, other, ...more] = errorsOf(loaded).toSorted((a, b) => (a.key < b.key ? 1 : -1));
      assert.deepEqual([mine?.key, other?.key, more], ["patroni", "lifetime", []]);
      assert.match(mine?.wrong ?? "", wrong);
      if ("remedy" in rest) assert.match(mine?.remedy ?? "", rest.remedy);
      const ours = { kind: "file", file: configPath, line: 3 };
      const theirs = { kind: "file", file: patroniPath, ...("line" in rest ? rest : {}) };
      assert.deepEqual(mine?.where, "ok" in file ? ours : theirs);
    });
  }
});

describe("a gap in patroni.yml is an error only where nobody else fills it", () => {
  const rows: readonly [string, readonly string[], RegExp, string][] = [
    ["trigger-key", ["name: a", "consul: {}"], /has no scope/, "trigger-key: a/leader"],
    ["trigger-value", ["scope: a", "consul: {}"], /has no name/, "trigger-value: a"],
    ["dcs-endpoints", ["scope: a", "name: a"], /no section consul/, "dcs-endpoints: http://c:1"],
    ["dcs-endpoints", ["scope: a", "name: a", "consul:"], /no section consul/, "source: patroni"],
    [
      "dcs-endpoints",
      ["scope: a", "name: a", "etcd3: {host: e}"],
      /names etcd3/,
      "source: patroni",
    ],
  ];
  for (const [key, file, wrong, remedy] of rows) {
    test(`${file.join(", ")}: ${key}`, () => {
      const [error, ...more] = errorsOf(loadWith(file));
      assert.deepEqual([error?.key, more], [key, []]);
      assert.match(error?.wrong ?? "", wrong);
      assert.deepEqual(error?.where, { kind: "file", file: patroniPath });
      const more2 = [...file, "restapi: {listen: '*:8008'}"];
      assert.deepEqual(errorsOf(loadWith(more2, { lines: [...threeLines, remedy] })), []);
    });
  }

  test("The old place of the name is one.", () => {
    const file = ["scope: a", "consul: {}", "postgresql: {name: old}"];
    assert.equal(settingsOf(loadWith(file)).vips[0]?.member, "old");
  });
});

test("A value of patroni.yml that cannot be understood is shown with its line there.", () => {
  const [error, ...more] = loadWith(["scope: a b", "name: a", "consul: {}"]).complaints;
  assert.deepEqual(more, []);
  assert.deepEqual([error?.key, error?.value], ["trigger-key", "service/a b/leader"]);
  assert.deepEqual(error?.where, { kind: "file", file: patroniPath, line: 1 });
});

test("What is unknown or stands twice in patroni.yml is none of our business.", () => {
  const more = ["tags: {nofailover: false}", "scope: again", "vips: 7", "ip: nonsense"];
  assert.deepEqual(loadWith([...ordinary, ...more]).complaints, []);
});

test("What patroni.yml says beyond need is not mentioned.", () => {
  const tls = "ctl: {insecure: on, cacert: /nowhere, certfile: /nowhere}";
  assert.deepEqual(loadWith([...brief, tls]).complaints, []);
  assert.deepEqual(loadWith([...brief, tls, "restapi: {listen: '*:8008'}"]).complaints, []);
});

test("A patroni.yml that cannot be read may well name the Patroni that is needed.", () => {
  for (const line of ["gate: writable", "source: patroni"]) {
    const errors = errorsOf(loadWith(unreadable, { lines: [...threeLines, line] }));
    assert.deepEqual(
      errors.map(({ key }) => key),
      ["patroni"],
    );
  }
});

describe("a directory of files is read as Patroni does", () => {
  const directory = "/etc/patroni";
  const lines = [ipLine, interfaceLine, `patroni: ${directory}`];
  const first = "scope: first\nname: a\nconsul: {host: c, port: 1, token: t}";

  test("A later file replaces, adds and takes away.", () => {
    const files = {
      [`${directory}/a.yml`]: first,
      [`${directory}/b.yaml`]: "scope: second\nconsul: {port: 2, token: null}",
      [`${directory}/c.txt`]: "scope: third",
    };
    const loaded = load({ lines, files });
    assert.equal(settingsOf(loaded).vips[0]?.key, "service/second/leader");
    assert.equal(shownOf(loaded, "dcs-endpoints"), "http://c:2");
    assert.equal(settingsOf(loaded).consul.token, undefined);
    const where = loaded.origins.find(({ key }) => key === "trigger-key")?.where;
    assert.deepEqual(where, { kind: "file", file: `${directory}/b.yaml`, line: 1 });
  });

  test("One that cannot be read is an error, and so is none.", () => {
    const files = { [`${directory}/a.yml`]: first, [`${directory}/b.yml`]: unreadable };
    const [error, ...more] = errorsOf(load({ lines, files }));
    assert.deepEqual([error?.value, more], [`${directory}/b.yml`, []]);
    const [none] = errorsOf(load({ lines, files: { [`${directory}/c.txt`]: "" } }));
    assert.match(none?.wrong ?? "", /without a file of YAML/);
  });
});

describe("the settings about Patroni", () => {
  const url = "patroni-url: http://127.0.0.1:8008";
  const refused: readonly [string, string, RegExp][] = [
    ["patroni-url: 127.0.0.1:8008", "patroni-url", /no scheme/],
    ["patroni-url: http://127.0.0.1", "patroni-url", /no port/],
    ["patroni-url: http://127.0.0.1:8008/leader", "patroni-url", /a path/],
    ["patroni-url: unix:///run/p.sock", "patroni-url", /Patroni does not speak/],
    ["gate: open", "gate", /none of/],
    ["gate-deadline: 0", "gate-deadline", /out of range/],
    ["gate-deadline: 601", "gate-deadline", /out of range/],
    ["callbacks: run/callbacks", "callbacks", /begin at the root/],
    ["source: etcd", "source", /none of/],
    ["gate: writable", "gate", /none is named/],
    ["source: patroni", "source", /none is named/],
  ];
  for (const [line, key, wrong] of refused) {
    test(`${line} is refused`, () => {
      const { settings, complaints } = load(withLine(line));
      const errors = complaints.filter(({ severity }) => severity === "error");
      assert.equal(settings, undefined);
      assert.deepEqual(
        errors.map((error) => error.key),
        [key],
      );
      assert.match(errors[0]?.wrong ?? "", wrong);
    });
  }

  const idle: readonly [readonly string[], string, RegExp][] = [
    [["wake: true"], "wake", /no Patroni/],
    [["patroni-username: a"], "patroni-username", /no Patroni/],
    [["patroni-insecure: true"], "patroni-insecure", /no Patroni/],
    [[url, "patroni-insecure: true"], "patroni-insecure", /not https/],
  ];
  for (const [lines, key, wrong] of idle) {
    test(`${lines.join(", ")} is mentioned`, () => {
      const sketch = { lines: [...(withLine(lines[0] ?? "").lines ?? []), ...lines.slice(1)] };
      assertMentioned({ title: key, sketch, key, wrong });
    });
  }

  test("Switched off, or not asked for, they are not mentioned.", () => {
    assert.deepEqual(load(withLine("wake: false")).complaints, []);
    assert.equal(load(withLine("callbacks: none")).settings?.callbacks, undefined);
    const settings = load(withLine("gate-deadline: 7")).settings;
    assert.equal(settings?.gateDeadlineMs, 7_000);
  });

  test("Several leader keys beside one Patroni are refused.", () => {
    const vips = ["vips:", "  - ip: 10.0.0.1", "  - {ip: 10.0.0.2, trigger-key: db/b/leader}"];
    const sketch = { lines: [interfaceLine, "trigger-key: db/a/leader", url, ...vips] };
    const wrong = /2 leader keys/;
    assertRefused({ title: "", sketch, key: "patroni-url", wrong, remedy: /vip-agent@/ });
    const [error] = errorsOf(loadWith(ordinary, { lines: [...threeLines.slice(1), ...vips] }));
    assert.equal(error?.key, "patroni");
  });
});

describe("source: patroni", () => {
  const rest = "restapi: {listen: '*:8008'}";
  const lines = [...threeLines, "source: patroni"];

  test("asks no Consul, needs no key, and says that it is weaker.", () => {
    const loaded = loadWith(["etcd: {host: e}", rest], { lines });
    const settings = settingsOf(loaded);
    assert.deepEqual([settings.source, settings.consul.endpoints], ["patroni", []]);
    assert.equal(settings.vips[0]?.key, "http://127.0.0.1:8008");
    const [warning, ...more] = loaded.complaints;
    assert.deepEqual([warning?.severity, warning?.key, more], ["warning", "source", []]);
    assert.match(warning?.wrong ?? "", /one loop_wait/);
  });

  test("knows the scope, where patroni.yml has one.", () => {
    assert.equal(
      settingsOf(loadWith([...brief, rest], { lines })).vips[0]?.key,
      "service/test/leader",
    );
  });
});

describe("a release minds nothing of all that", () => {
  const rows = [unreadable, { ok: false, problem: "does not exist" } as const, ["- [no yaml"]];
  for (const file of rows) {
    test(JSON.stringify(file), () => {
      const lines = [...threeLines, "gate: nonsense", "patroni-url: nonsense"];
      const loaded = loadWith(file, { lines, purpose: "release" });
      assert.equal(settingsOf(loaded).vips[0]?.address.text, "192.168.1.140");
      assert.deepEqual(loaded.complaints, []);
    });
  }
});
