/**
 * What can be wrong with the way to Consul, and what is said about it.
 */
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { certificate } from "./certificate.ts";
import { goodLines } from "./loading.ts";
import { type Mistake, assertRefused, withLine } from "./mistakes.ts";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const lockedKey = pair.privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();

const mistakes: readonly Mistake[] = [
  ...[
    ["http://127.0.0.1:8500/v1", /path/, /write http:\/\/127\.0\.0\.1:8500/],
    ["http://127.0.0.1", /no port/, /8500/],
    ["https://consul", /no port/, /8501/],
    ["127.0.0.1:8500", /no scheme/, /write http:\/\/127\.0\.0\.1:8500/],
    ["http://127.0.0.1:8500?dc=a", /query/, /host and port/],
    ["http://127.0.0.1:70000", /port/, undefined],
    ["http://[::1:8500", /no host/, /brackets/],
    ["http://1.2.3:8500", /no host/, undefined],
    ["etcd://127.0.0.1:2379", /scheme etcd/, undefined],
    ["unix://run/consul.sock", /absolute/, /three slashes/],
  ].map(([endpoint, wrong, remedy]) => ({
    title: `the endpoint ${String(endpoint)}`,
    sketch: {
      lines: [
        ...goodLines,
        "dcs-endpoints:",
        "  - http://10.0.0.1:8500",
        `  - ${String(endpoint)}`,
      ],
    },
    key: "dcs-endpoints",
    line: 6,
    wrong: wrong instanceof RegExp ? wrong : /never/,
    expected: /http:\/\/host:port/,
    ...(remedy instanceof RegExp ? { remedy } : {}),
  })),
  {
    title: "an empty list of endpoints",
    sketch: withLine("dcs-endpoints: []"),
    key: "dcs-endpoints",
    line: 4,
    wrong: /0 endpoints/,
  },
  ...["etcd", "etcd3"].map((type) => ({
    title: `${type} as dcs-type`,
    sketch: {
      lines: [
        ...goodLines,
        `dcs-type: ${type}`,
        "etcd-user: patroni",
        "dcs-endpoints: http://x:2379/v3",
      ],
    },
    key: "dcs-type",
    line: 4,
    value: type,
    wrong: /not built yet: only consul, patroni/,
  })),
  {
    title: "a token file that is not there",
    sketch: withLine("consul-token-file: /etc/token"),
    key: "consul-token-file",
    line: 4,
    value: "/etc/token",
    wrong: /does not exist/,
    expected: /the token/,
  },
  {
    title: "a token file that may not be read",
    sketch: {
      ...withLine("consul-token-file: /etc/token"),
      files: { "/etc/token": { ok: false, problem: "may not be read by this user" } },
    },
    key: "consul-token-file",
    line: 4,
    value: "/etc/token",
    wrong: /may not be read/,
  },
  {
    title: "an empty token file",
    sketch: { ...withLine("consul-token-file: /etc/token"), files: { "/etc/token": "\n" } },
    key: "consul-token-file",
    line: 4,
    value: "/etc/token",
    wrong: /empty/,
  },
  {
    title: "a token in one source with a token file",
    sketch: {
      lines: [...goodLines, "consul-token-file: /etc/token", "consul-token: abc"],
      files: { "/etc/token": "abc" },
    },
    key: "consul-token-file",
    line: 4,
    value: "/etc/token",
    wrong: /beside consul-token/,
    expected: /one of the two/,
  },
  {
    title: "authorities that are no PEM",
    sketch: {
      lines: [...goodLines, "dcs-endpoints: https://consul:8501", "consul-ca-file: /ca"],
      files: { "/ca": "nothing" },
    },
    key: "consul-ca-file",
    line: 5,
    value: "/ca",
    wrong: /no certificate in PEM/,
  },
  {
    title: "a key without its certificate",
    sketch: {
      lines: [...goodLines, "dcs-endpoints: https://consul:8501", "consul-key-file: /key"],
      files: { "/key": privateKey },
    },
    key: "consul-key-file",
    line: 5,
    value: "/key",
    wrong: /without consul-cert-file/,
    expected: /both or neither/,
  },
  {
    title: "a private key with a passphrase",
    sketch: {
      lines: [
        ...goodLines,
        "dcs-endpoints: https://consul:8501",
        "consul-cert-file: /cert",
        "consul-key-file: /key",
      ],
      files: { "/cert": certificate, "/key": lockedKey },
    },
    key: "consul-key-file",
    line: 6,
    value: "/key",
    wrong: /passphrase/,
  },
  {
    title: "a private key of another certificate",
    sketch: {
      lines: [
        ...goodLines,
        "dcs-endpoints: https://consul:8501",
        "consul-cert-file: /cert",
        "consul-key-file: /key",
      ],
      files: { "/cert": certificate, "/key": privateKey },
    },
    key: "consul-key-file",
    line: 6,
    value: "/key",
    wrong: /does not belong/,
  },
  {
    title: "a certificate that is damaged",
    sketch: {
      lines: [...goodLines, "dcs-endpoints: https://consul:8501", "consul-ca-file: /ca"],
      files: { "/ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
    },
    key: "consul-ca-file",
    line: 5,
    value: "/ca",
    wrong: /damaged certificate/,
  },
];

describe("a mistake about Consul is refused with one complaint", () => {
  for (const mistake of mistakes) test(mistake.title, () => assertRefused(mistake));
});
