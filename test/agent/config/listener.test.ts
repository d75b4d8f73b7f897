/**
 * Where metrics and status are served, and to whom; what is wrong with a file costs what is served,
 * never the VIP.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { selfSigned, validity } from "../../support/self-signed.ts";
import { type Sketch, configPath, goodLines, load, warningsOf } from "./loading.ts";
import { type Mistake, assertMentioned, assertRefused, withLine } from "./mistakes.ts";

const good = selfSigned();
const other = selfSigned();
const expired = selfSigned(validity({ fromDays: -9, toDays: -2 }));
const early = selfSigned(validity({ fromDays: 3, toDays: 9 }));
const password = randomUUID();

const tlsLines = ["metrics-cert-file: /cert", "metrics-key-file: /key"];
const tlsFiles = { "/cert": good.certificate, "/key": good.privateKey };
const userLines = ["metrics-username: prometheus", "metrics-password-file: /password"];

function sketch(lines: readonly string[], files: Sketch["files"] = {}): Sketch {
  return { lines: [...goodLines, ...lines], files };
}

function listenerOf(sketched: Sketch) {
  const { settings, complaints } = load(sketched);
  assert.ok(settings !== undefined, JSON.stringify(complaints));
  return settings.listener;
}

const plain = { address: "127.0.0.1", port: 9728, tls: undefined, basicAuth: undefined };
const tls = { certFile: "/cert", keyFile: "/key", clientCaFile: undefined };

describe("the listener is what the settings say", () => {
  const rows: readonly [string, Sketch, unknown][] = [
    ["by default on loopback", sketch([]), plain],
    ["nowhere", sketch(["metrics-port: 0"]), undefined],
    [
      "elsewhere",
      sketch(["metrics-address: '::'", "metrics-port: 80"]),
      { ...plain, address: "::", port: 80 },
    ],
    ["with TLS", sketch(tlsLines, tlsFiles), { ...plain, tls }],
    [
      "with certificates of clients",
      sketch([...tlsLines, "metrics-client-ca-file: /cert"], tlsFiles),
      { ...plain, tls: { ...tls, clientCaFile: "/cert" } },
    ],
    [
      "with a password",
      sketch(userLines, { "/password": `${password}\n` }),
      { ...plain, basicAuth: { username: "prometheus", password } },
    ],
  ];
  for (const [title, sketched, listener] of rows) {
    test(title, () => {
      assert.deepEqual(load(sketched).complaints, []);
      assert.deepEqual(listenerOf(sketched), listener);
    });
  }

  test("and the password is shown nowhere", () => {
    const { origins, complaints } = load(sketch(userLines, { "/password": password }));
    assert.ok(!JSON.stringify({ origins, complaints }).includes(password));
    const shown = origins.find(({ key }) => key === "metrics-password-file")?.shown;
    assert.equal(shown, "set, from file /password");
  });
});

const mistakes: readonly Mistake[] = [
  ...[
    ["pg1.example.com", undefined],
    ["localhost", /write 127\.0\.0\.1/],
    ["0.0.0.0:9728", /write 0\.0\.0\.0, and the port 9728 as metrics-port/],
    ["'[::]:9728'", /write ::, and the port 9728/],
    ["'*'", /0\.0\.0\.0/],
    ["10.0.0.1/24", undefined],
  ].map(([address, remedy]) => ({
    title: `the address ${String(address)}`,
    sketch: withLine(`metrics-address: ${String(address)}`),
    key: "metrics-address",
    line: 4,
    wrong: /no IP address/,
    expected: /of this host/,
    ...(remedy instanceof RegExp ? { remedy } : {}),
  })),
  {
    title: "a port out of range",
    sketch: withLine("metrics-port: 70000"),
    key: "metrics-port",
    line: 4,
    wrong: /out of range/,
  },
  {
    title: "a certificate without its key",
    sketch: sketch(tlsLines.slice(0, 1), tlsFiles),
    key: "metrics-cert-file",
    line: 4,
    wrong: /without metrics-key-file/,
  },
  {
    title: "a key without its certificate",
    sketch: sketch(tlsLines.slice(1), tlsFiles),
    key: "metrics-key-file",
    line: 4,
    wrong: /without metrics-cert-file/,
  },
  {
    title: "certificates wanted of clients, and none to show them",
    sketch: sketch(["metrics-client-ca-file: /cert"], tlsFiles),
    key: "metrics-client-ca-file",
    line: 4,
    wrong: /without metrics-cert-file/,
    expected: /TLS/,
  },
  {
    title: "a user without a password",
    sketch: sketch(userLines.slice(0, 1)),
    key: "metrics-username",
    line: 4,
    wrong: /without metrics-password-file/,
  },
  {
    title: "a password without a user",
    sketch: sketch(userLines.slice(1), { "/password": password }),
    key: "metrics-password-file",
    line: 4,
    wrong: /without metrics-username/,
  },
  {
    title: "a user with a colon",
    sketch: sketch(["metrics-username: 'a:b'", "metrics-password-file: /password"], {
      "/password": password,
    }),
    key: "metrics-username",
    line: 4,
    wrong: /colon/,
  },
];

describe("a mistake in the words is refused with one complaint", () => {
  for (const mistake of mistakes) test(mistake.title, () => assertRefused(mistake));
});

/** Each costs the listener, and nothing else. */
const brokenFiles: readonly Mistake[] = [
  {
    title: "a certificate that is not there",
    sketch: sketch(tlsLines, { "/key": good.privateKey }),
    key: "metrics-cert-file",
    line: 4,
    value: "/cert",
    wrong: /does not exist: nothing is served/,
  },
  {
    title: "a key that may not be read",
    sketch: sketch(tlsLines, {
      "/cert": good.certificate,
      "/key": { ok: false, problem: "may not be read by this user" },
    }),
    key: "metrics-key-file",
    line: 5,
    value: "/key",
    wrong: /may not be read by this user: nothing is served/,
  },
  {
    title: "a key of another certificate",
    sketch: sketch(tlsLines, { "/cert": good.certificate, "/key": other.privateKey }),
    key: "metrics-key-file",
    line: 5,
    wrong: /does not belong .*: nothing is served/,
  },
  {
    title: "authorities that are none",
    sketch: sketch([...tlsLines, "metrics-client-ca-file: /ca"], { ...tlsFiles, "/ca": "hello" }),
    key: "metrics-client-ca-file",
    line: 6,
    wrong: /no certificate in PEM form: nothing is served/,
  },
  {
    title: "a password that is not there",
    sketch: sketch(userLines),
    key: "metrics-password-file",
    line: 5,
    value: "/password",
    wrong: /does not exist: nothing is served/,
    expected: /the password and nothing else/,
  },
  {
    title: "a password file of two lines",
    sketch: sketch(userLines, { "/password": `${password}\n${password}\n` }),
    key: "metrics-password-file",
    line: 5,
    wrong: /line break .*: nothing is served/,
  },
  {
    title: "an empty password file",
    sketch: sketch(userLines, { "/password": "\n" }),
    key: "metrics-password-file",
    line: 5,
    wrong: /empty file: nothing is served/,
  },
];

describe("what is wrong with a file is mentioned once, and nothing is served", () => {
  for (const mistake of brokenFiles) {
    test(mistake.title, () => {
      assertMentioned(mistake);
      assert.equal(listenerOf(mistake.sketch), undefined);
    });
  }
});

const oddities: readonly Mistake[] = [
  {
    title: "a certificate that has expired",
    sketch: sketch(tlsLines, { "/cert": expired.certificate, "/key": expired.privateKey }),
    key: "metrics-cert-file",
    line: 4,
    value: "/cert",
    wrong: new RegExp(`^expired on ${validity({ toDays: -2 }).to.toISOString().slice(0, 10)}$`),
  },
  {
    title: "a certificate that is not valid yet",
    sketch: sketch(tlsLines, { "/cert": early.certificate, "/key": early.privateKey }),
    key: "metrics-cert-file",
    line: 4,
    wrong: /^is valid from \d{4}-\d\d-\d\d on only$/,
  },
  {
    title: "a password that everybody can read",
    sketch: sketch(userLines, { "/password": { ok: true, text: password, mode: 0o100644 } }),
    key: "metrics-password-file",
    line: 5,
    wrong: /every user/,
    remedy: /chmod o-r \/password/,
  },
  {
    title: "a password without TLS on the network",
    sketch: sketch([...userLines, "metrics-address: 0.0.0.0"], { "/password": password }),
    key: "metrics-password-file",
    line: 5,
    wrong: /in the clear/,
    remedy: /metrics-cert-file/,
  },
  {
    title: "the VIP as the address",
    sketch: withLine("metrics-address: 192.168.1.140"),
    key: "metrics-address",
    line: 4,
    wrong: /is the VIP/,
  },
];

describe("an oddity is mentioned once, and it is served", () => {
  for (const mistake of oddities) {
    test(mistake.title, () => {
      assertMentioned(mistake);
      assert.notEqual(listenerOf(mistake.sketch), undefined);
    });
  }
});

test("The address in force is shown as it is read.", () => {
  const { origins } = load(sketch(["metrics-address: 2001:DB8:0::1"]));
  const origin = origins.find(({ key }) => key === "metrics-address");
  assert.equal(origin?.shown, "2001:db8::1");
});

test("A password on loopback needs no TLS.", () => {
  for (const address of ["127.0.0.2", "'::1'"]) {
    const lines = [...userLines, `metrics-address: ${address}`];
    assert.deepEqual(load(sketch(lines, { "/password": password })).complaints, []);
  }
});

test("With metrics-port 0, each of the others is said to do nothing.", () => {
  const loaded = load(
    sketch(["metrics-port: 0", "metrics-address: '::'", ...tlsLines, ...userLines]),
  );
  assert.deepEqual(
    warningsOf(loaded).map(({ key, wrong }) => [key, wrong]),
    [
      "metrics-address",
      "metrics-cert-file",
      "metrics-key-file",
      "metrics-username",
      "metrics-password-file",
    ].map((key) => [key, "has no effect, since metrics-port is 0"]),
  );
});

describe("the status socket", () => {
  function socketOf(sketched: Sketch) {
    const { settings, complaints } = load(sketched);
    return { path: settings?.statusSocket, complaints };
  }

  test("is where the settings say, or nowhere", () => {
    const there = { ok: true, text: "", mode: 0o140666 } as const;
    const rows: readonly [Sketch, string | undefined][] = [
      [sketch([]), "/run/vip-agent/status/vip-agent.sock"],
      [sketch(["status-socket: none"]), undefined],
      [sketch(["status-socket: /run/a.sock"], { "/run/a.sock": there }), "/run/a.sock"],
      [{ lines: goodLines, variables: { VIP_STATUS_SOCKET: "/run/b.sock" } }, "/run/b.sock"],
    ];
    for (const [sketched, path] of rows) {
      assert.deepEqual(socketOf(sketched), { path, complaints: [] });
    }
  });

  const wrongPaths: readonly Mistake[] = [
    ["run/a.sock", /root/],
    ["/run/", /directory/],
    [`/${"a".repeat(107)}`, /107 bytes/],
  ].map(([path, wrong]) => ({
    title: `is not ${String(path).slice(0, 20)}`,
    sketch: withLine(`status-socket: ${String(path)}`),
    key: "status-socket",
    line: 4,
    value: String(path),
    wrong: wrong instanceof RegExp ? wrong : /never/,
    expected: /or none/,
  }));
  for (const mistake of wrongPaths) test(mistake.title, () => assertRefused(mistake));

  test("is done without where a directory or a file has its place", () => {
    const line = "status-socket: /run/a.sock";
    const rows: readonly [Sketch["files"], RegExp, RegExp][] = [
      [
        { "/run/a.sock/b": "" },
        /is a directory: vip-agent status cannot/,
        /a\.sock\/vip-agent\.sock/,
      ],
      [{ "/run/a.sock": "text" }, /there already, and no socket/, /remove it/],
    ];
    for (const [files, wrong, remedy] of rows) {
      const { path, complaints } = socketOf(sketch([line], files));
      assert.equal(path, undefined);
      const [complaint, ...more] = complaints;
      assert.deepEqual(
        [complaint?.severity, complaint?.key, more],
        ["warning", "status-socket", []],
      );
      assert.deepEqual(complaint?.where, { kind: "file", file: configPath, line: 4 });
      assert.match(complaint?.wrong ?? "", wrong);
      assert.match(complaint?.remedy ?? "", remedy);
    }
  });
});
