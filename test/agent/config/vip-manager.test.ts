/**
 * Who comes from vip-manager changes nothing: files, flags and variables of all its releases are
 * understood.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { settingRows, variableName } from "../../../src/agent/config/table.ts";
import { type Sketch, configPath, errorsOf, goodLines, load, warningsOf } from "./loading.ts";

/** Every setting of release 5, with a value that is accepted. */
const currentSettings: Readonly<Record<string, string>> = {
  ip: "192.168.1.140",
  netmask: "24",
  interface: "eth0",
  "trigger-key": "/db/test/leader",
  "trigger-value": "pg1",
  "dcs-type": "consul",
  "dcs-endpoints": "http://127.0.0.1:8500,http://127.0.0.2:8500",
  "etcd-user": "patroni",
  "etcd-password": "one-secret",
  "etcd-ca-file": "/ca",
  "etcd-cert-file": "/cert",
  "etcd-key-file": "/key",
  "consul-token": "another-secret",
  interval: "1000",
  "manager-type": "basic",
  "retry-after": "250",
  "retry-num": "3",
  verbose: "false",
};

/** Every name that a release before 5 had, with the setting of today. */
const oldNames: readonly [string, string][] = [
  ["mask", "netmask"],
  ["iface", "interface"],
  ["key", "trigger-key"],
  ["nodename", "trigger-value"],
  ["host", "trigger-value"],
  ["type", "dcs-type"],
  ["endpoint_type", "dcs-type"],
  ["endpoint", "dcs-endpoints"],
  ["endpoints", "dcs-endpoints"],
  ["hostingtype", "manager-type"],
  ["hosting_type", "manager-type"],
  ["hosting-type", "manager-type"],
  ["etcd_user", "etcd-user"],
  ["etcd_password", "etcd-password"],
  ["retry_num", "retry-num"],
  ["retry_after", "retry-after"],
  ["consul_token", "consul-token"],
];

const idle = settingRows.filter((row) => row.noEffect !== undefined).map((row) => row.key);

describe("every setting of release 5 is accepted", () => {
  const asFile = Object.entries(currentSettings).map(([key, value]) => `${key}: "${value}"`);
  const asVariables = Object.fromEntries(
    Object.entries(currentSettings).map(([key, value]) => [variableName(key), value]),
  );
  const sources: readonly [string, Sketch][] = [
    ["in a file", { lines: asFile }],
    ["as flags", { flags: currentSettings }],
    ["as variables", { variables: asVariables }],
  ];
  for (const [title, sketch] of sources) {
    test(title, () => {
      const loaded = load(sketch);
      assert.deepEqual(errorsOf(loaded), []);
      assert.equal(loaded.settings?.vips[0]?.prefixLength, 24);
      assert.equal(loaded.settings?.consul.endpoints.length, 2);
      const warned = warningsOf(loaded).map(({ key }) => key);
      assert.deepEqual(
        warned.filter((key) => key !== "consul-token"),
        idle,
      );
    });
  }
});

describe("every old name is understood, with a word about the new one", () => {
  for (const [oldName, key] of oldNames) {
    const value = currentSettings[key] ?? "";
    const lines = goodLines.filter((line) => !line.startsWith(`${key}:`));
    const isSameVariable = variableName(oldName) === variableName(key);
    const sources: readonly [string, Sketch, string][] = [
      ["in a file", { lines: [...lines, `${oldName}: "${value}"`] }, key],
      ["as a flag", { lines, flags: { [oldName]: value } }, `--${key}`],
      [
        "as a variable",
        { lines, variables: { [variableName(oldName)]: value } },
        variableName(key),
      ],
    ];
    for (const [place, sketch, newName] of sources) {
      test(`${oldName} ${place} is ${key}`, () => {
        const loaded = load(sketch);
        assert.ok(loaded.settings !== undefined, JSON.stringify(loaded.complaints));
        const renames = warningsOf(loaded).filter(
          ({ remedy }) => remedy === `rename it to ${newName}`,
        );
        assert.equal(renames.length, place === "as a variable" && isSameVariable ? 0 : 1);
      });
    }
  }

  test("The table lists just these names.", () => {
    const inTable = settingRows.flatMap((row) =>
      (row.oldNames ?? []).map((name): [string, string] => [name, row.key]),
    );
    assert.deepEqual(new Map(inTable), new Map(oldNames));
    assert.equal(inTable.length, oldNames.length);
  });
});

test("An old name beside the new one is a warning if they agree, an error if not.", () => {
  const agreeing = load({ lines: [...goodLines, "iface: eth0"] });
  assert.deepEqual(errorsOf(agreeing), []);
  assert.equal(warningsOf(agreeing).length, 1);
  const contrary = load({ lines: goodLines, variables: { VIP_HOST: "a", VIP_NODENAME: "b" } });
  assert.equal(errorsOf(contrary).length, 1);
});

test("An old name in a stronger source wins over the new name in a weaker one.", () => {
  const { settings } = load({ lines: goodLines, variables: { VIP_IFACE: "eth9" } });
  assert.equal(settings?.vips[0]?.interface, "eth9");
});

test("A file as vip-manager installs it loads with warnings only.", () => {
  const lines = [
    "# looks at the key this often, in milliseconds",
    "interval: 1000",
    'trigger-key: "/service/pgcluster/leader"',
    'trigger-value: "pgcluster_member1"',
    "ip: 192.168.0.123 # the address",
    "netmask: 24 # its mask",
    "interface: enp0s3 # its interface",
    "hosting-type: basic # or hetzner",
    "dcs-type: consul",
    "dcs-endpoints:",
    "  - http://127.0.0.1:8500",
    "  - https://192.168.0.42:8500",
    'etcd-user: "patroni"',
    'etcd-password: "one secret"',
    'etcd-ca-file: "/path/to/ca"',
    'etcd-cert-file: "/path/to/cert"',
    'etcd-key-file: "/path/to/key"',
    'consul-token: "another-secret"',
    "retry-num: 3",
    "retry-after: 250 # in milliseconds",
    "verbose: false",
  ];
  const loaded = load({ lines });
  assert.deepEqual(errorsOf(loaded), []);
  assert.deepEqual(loaded.settings?.vips[0], {
    address: { family: "ipv4", text: "192.168.0.123" },
    prefixLength: 24,
    interface: "enp0s3",
    key: "service/pgcluster/leader",
    member: "pgcluster_member1",
  });
  assert.deepEqual(
    warningsOf(loaded).map(({ key }) => key),
    ["manager-type", ...idle],
  );
});

describe("dcs-type: patroni asks the Patroni of this host", () => {
  const lines = ["ip: 10.0.0.1", "interface: eth0", "dcs-type: patroni"];

  function urlOf(...more: readonly string[]): string {
    const { settings, complaints } = load({ lines: [...lines, ...more] });
    assert.ok(settings !== undefined, JSON.stringify(complaints));
    assert.equal(settings.source, "patroni");
    assert.equal(settings.vips[0]?.member, "pg1");
    const { isSecure, host, port } = settings.patroni ?? assert.fail("nobody is asked");
    return `${isSecure ? "https" : "http"}://${host}:${port}`;
  }

  test("at the first endpoint, or where vip-manager asks by default", () => {
    assert.equal(urlOf(), "http://127.0.0.1:8008");
    assert.equal(urlOf("dcs-endpoints: http://10.0.0.1:8009/"), "http://10.0.0.1:8009");
    assert.equal(urlOf("dcs-endpoints: [http://a:1, http://b:2]"), "http://a:1");
    assert.equal(urlOf("patroni-url: http://c:3", "dcs-endpoints: http://a:1"), "http://c:3");
  });

  test("and source: patroni beside it says the same, for itself", () => {
    const { origins } = load({ lines: [...lines, "source: patroni"] });
    const where = origins.find(({ key }) => key === "source")?.where;
    assert.deepEqual(where, { kind: "file", file: configPath, line: 4 });
  });

  test("whatever of the leader's paths is named, with the status 200", () => {
    for (const path of ["/leader", "leader", "/primary", "/master", "/read-write", "/"]) {
      assert.equal(urlOf(`trigger-key: ${path}`, "trigger-value: 200"), "http://127.0.0.1:8008");
    }
  });

  test("by flags and variables, too", () => {
    const { settings } = load({
      lines: ["ip: 10.0.0.1", "interface: eth0"],
      flags: { "dcs-type": "patroni", key: "/leader" },
      variables: { VIP_ENDPOINTS: "http://a:1", VIP_HOST: "200" },
    });
    assert.deepEqual([settings?.source, settings?.patroni?.host], ["patroni", "a"]);
  });

  test("and mentions what is weaker, and the endpoints that are not asked", () => {
    const mentioned = warningsOf(
      load({ lines: [...lines, "dcs-endpoints: [http://a:1, http://b:2]"] }),
    );
    assert.deepEqual(
      mentioned.map(({ key }) => key),
      ["dcs-endpoints", "source"],
    );
  });

  const mistakes: readonly [string, string][] = [
    ["trigger-key: /replica", "trigger-key"],
    ["trigger-key: db/test/leader", "trigger-key"],
    ["trigger-value: 503", "trigger-value"],
    ["trigger-value: pg1", "trigger-value"],
    ["source: consul", "source"],
    ["dcs-endpoints: http://a", "patroni-url"],
  ];
  for (const [line, key] of mistakes) {
    test(`but not with ${line}`, () => {
      const errors = errorsOf(load({ lines: [...lines, line] })).map((error) => error.key);
      assert.ok(errors.includes(key), String(errors));
    });
  }
});

test("The keys of a file may be written in capitals.", () => {
  const { settings } = load({
    lines: ["IP: 10.0.0.1", "Interface: eth0", "TRIGGER-KEY: a/leader"],
  });
  assert.equal(settings?.vips[0]?.address.text, "10.0.0.1");
});
