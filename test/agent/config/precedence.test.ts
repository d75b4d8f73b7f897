/**
 * Which source wins, and what a setting is when nobody mentions it.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FileRead } from "../../../src/agent/config/host.ts";
import { type Sketch, configPath, errorsOf, goodLines, load } from "./loading.ts";

const credentials = { CREDENTIALS_DIRECTORY: "/run/credentials/vip-agent" };
const credentialFile = { "/run/credentials/vip-agent/consul-token": "from-credential\n" };

function levelOf(sketch: Sketch): string | undefined {
  return load(sketch).settings?.logLevel;
}

function fromOf(sketch: Sketch, key: string): unknown {
  return load(sketch).origins.find((origin) => origin.key === key)?.where;
}

test("Three settings are enough; all others have their defaults.", () => {
  const { settings, complaints } = load({ lines: goodLines });
  assert.deepEqual(complaints, []);
  assert.deepEqual(settings, {
    vips: [
      {
        address: { family: "ipv4", text: "192.168.1.140" },
        prefixLength: 32,
        interface: "eth0",
        key: "db/test/leader",
        member: "pg1",
      },
    ],
    consul: {
      endpoints: [{ kind: "tcp", isSecure: false, host: "127.0.0.1", port: 8500 }],
      tls: {},
      waitMs: 3000,
    },
    source: "consul",
    patroni: undefined,
    dataDirectory: undefined,
    callbacks: "/run/vip-agent/callbacks",
    wake: true,
    gate: "lock",
    gateDeadlineMs: 30_000,
    standbyVip: false,
    requireSession: true,
    lifetimeS: 5,
    onDcsLoss: "lease",
    onConflict: "warn",
    leaseMarginMs: 4000,
    guard: true,
    reset: true,
    announce: true,
    logLevel: "info",
    listener: { address: "127.0.0.1", port: 9728, tls: undefined, basicAuth: undefined },
    statusSocket: "/run/vip-agent/status/vip-agent.sock",
    hooks: { onAcquire: undefined, onRelease: undefined, deadlineMs: 10_000 },
  });
});

describe("the stronger source wins", () => {
  const lines = [...goodLines, "lifetime: 10"];
  const variables = { VIP_LIFETIME: "20" };
  const flags = { lifetime: "30" };
  const rows: readonly [string, Sketch, number, unknown][] = [
    ["the default", { lines: goodLines }, 5, { kind: "default" }],
    ["the file over the default", { lines }, 10, { kind: "file", file: configPath, line: 4 }],
    [
      "a variable over the file",
      { lines, variables },
      20,
      { kind: "variable", variable: "VIP_LIFETIME" },
    ],
    ["a flag over all", { lines, variables, flags }, 30, { kind: "flag", flag: "--lifetime" }],
    [
      "the file, where the variable is empty",
      { lines, variables: { VIP_LIFETIME: "" } },
      10,
      { kind: "file", file: configPath, line: 4 },
    ],
  ];
  for (const [title, sketch, lifetimeS, where] of rows) {
    test(title, () => {
      assert.equal(load(sketch).settings?.lifetimeS, lifetimeS);
      assert.deepEqual(fromOf(sketch, "lifetime"), where);
    });
  }
});

test("A mistake in a weaker source does not matter where a stronger one speaks.", () => {
  const sketch = { lines: [...goodLines, "lifetime: nonsense"], flags: { lifetime: "7" } };
  assert.deepEqual(load(sketch).complaints, []);
});

test("Everything can come from variables, the name of the file included.", () => {
  const variables = {
    VIP_CONFIG: "/a.yml",
    VIP_IP: "10.0.0.1",
    VIP_TRIGGER_KEY: "/service/a/leader",
  };
  const { settings } = load({ variables, files: { "/a.yml": '{"interface": "eth3"}' } });
  assert.equal(settings?.vips[0]?.interface, "eth3");
  assert.equal(settings?.vips[0]?.key, "service/a/leader");
});

describe("the token comes from the strongest source that names one", () => {
  const files = { "/t": "from-file\n", "/t2": "from-other-file", ...credentialFile };
  const lines = [...goodLines, "consul-token-file: /t"];
  const rows: readonly [string, Sketch, string | undefined][] = [
    ["none at all", { lines: goodLines }, undefined],
    ["a credential", { lines: goodLines, files, variables: credentials }, "from-credential"],
    ["a file over a credential", { lines, files, variables: credentials }, "from-file"],
    [
      "a token over a weaker token file",
      { lines, files, variables: { VIP_CONSUL_TOKEN: "v" } },
      "v",
    ],
    [
      "a token file over a weaker token",
      { lines: [...goodLines, "consul-token: x"], files, flags: { "consul-token-file": "/t2" } },
      "from-other-file",
    ],
    ["an empty token is none", { lines: [...goodLines, 'consul-token: ""'] }, undefined],
    ["a credential that is not there", { lines: goodLines, variables: credentials }, undefined],
  ];
  for (const [title, sketch, token] of rows) {
    test(title, () => {
      const { settings, complaints } = load(sketch);
      assert.deepEqual(complaints, []);
      assert.equal(settings?.consul.token, token);
    });
  }
});

test("A credential that cannot be read is an error, not a missing one.", () => {
  const unreadable: FileRead = { ok: false, problem: "may not be read by this user" };
  const files = { "/run/credentials/vip-agent/consul-token": unreadable };
  const [error] = errorsOf(load({ lines: goodLines, variables: credentials, files }));
  assert.equal(error?.where.kind, "credential");
});

test("verbose means debug, unless a log level is named that counts at least as much.", () => {
  const verbose = [...goodLines, "verbose: true"];
  assert.equal(levelOf({ lines: verbose }), "debug");
  assert.equal(levelOf({ lines: [...goodLines, "verbose: false"] }), "info");
  assert.equal(levelOf({ lines: [...verbose, "log-level: warn"] }), "warn");
  assert.equal(levelOf({ lines: verbose, variables: { VIP_LOG_LEVEL: "error" } }), "error");
  assert.equal(
    levelOf({ lines: [...goodLines, "log-level: warn"], flags: { verbose: "t" } }),
    "debug",
  );
});

test("The entries of vips fall back on the top level, whatever its source.", () => {
  const lines = [
    "interface: eth0",
    "vips:",
    "  - ip: 192.168.1.140",
    "  - { ip: 2001:db8::140, interface: eth1, trigger-value: pg9, netmask: 64 }",
  ];
  const { settings, complaints, origins } = load({
    lines,
    variables: { VIP_TRIGGER_KEY: "db/test/leader" },
  });
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    settings?.vips.map((vip) => [
      vip.address.text,
      vip.prefixLength,
      vip.interface,
      vip.key,
      vip.member,
    ]),
    [
      ["192.168.1.140", 32, "eth0", "db/test/leader", "pg1"],
      ["2001:db8::140", 64, "eth1", "db/test/leader", "pg9"],
    ],
  );
  const from = origins.find(({ key }) => key === "vips[0].trigger-key")?.where;
  assert.deepEqual(from, { kind: "variable", variable: "VIP_TRIGGER_KEY" });
});

test("Endpoints may be a list, a text with commas, and every form that Consul listens on.", () => {
  const { settings } = load({
    lines: [
      ...goodLines,
      "dcs-endpoints: http://a:8500, https://[2001:DB8::1]:8501/,unix:///run/c.sock",
    ],
  });
  assert.deepEqual(settings?.consul.endpoints, [
    { kind: "tcp", isSecure: false, host: "a", port: 8500 },
    { kind: "tcp", isSecure: true, host: "2001:db8::1", port: 8501 },
    { kind: "unix", path: "/run/c.sock" },
  ]);
});

test("A release needs the address and the interface, and minds nothing else.", () => {
  const { settings, complaints } = load({
    purpose: "release",
    lines: [
      "ip: 10.0.0.1",
      "interface: eth0",
      "lifetime: nonsense",
      "colour: red",
      "dcs-type: etcd",
    ],
  });
  assert.equal(settings?.vips[0]?.address.text, "10.0.0.1");
  assert.deepEqual(
    complaints.map(({ severity, key }) => [severity, key]),
    [["warning", "colour"]],
  );
  assert.deepEqual(
    errorsOf(load({ purpose: "release", lines: ["ip: 10.0.0.1"] })).map(({ key }) => key),
    ["interface"],
  );
});

test("Anchors and aliases of YAML are followed, and end where they run in circles.", () => {
  const good = ["ip: &a 192.168.1.140", "interface: eth0", "trigger-key: db/test/leader"];
  assert.equal(
    load({ lines: [...good, "trigger-value: *a"] }).settings?.vips[0]?.member,
    "192.168.1.140",
  );
  const circle = load({ lines: ["interface: eth0", "trigger-key: a/leader", "vips: &v [*v]"] });
  assert.equal(circle.settings, undefined);
});
