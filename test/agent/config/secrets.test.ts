/**
 * A secret leaves the configuration in one place only: the value that Consul or Patroni is sent.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { complaintLine, complaintsText } from "../../../src/complaints.ts";
import { type Sketch, goodLines, load } from "./loading.ts";

const secret = "s3cr3t-5f1e";

/** Our own file names a patroni.yml with these lines beside what it must have. */
function inPatroniYml(...lines: readonly string[]): Sketch {
  const yaml = ["scope: a", "name: a", ...lines].join("\n");
  return {
    lines: ["ip: 10.0.0.1", "interface: eth0", "patroni: /p.yml"],
    files: { "/p.yml": yaml },
  };
}

function withPassword(value: string): Sketch {
  const authentication = `authentication: {username: a, password: ${value}}`;
  return inPatroniYml("consul: {}", `restapi: {listen: '*:8008', ${authentication}}`);
}

const rows: readonly [string, Sketch][] = [
  ["a token in the file", { lines: [...goodLines, `consul-token: ${secret}`] }],
  ["a token as a flag", { lines: goodLines, flags: { "consul-token": secret } }],
  ["a token as a variable", { lines: goodLines, variables: { VIP_CONSUL_TOKEN: secret } }],
  ["a token with a blank in it", { lines: [...goodLines, `consul-token: "${secret} ${secret}"`] }],
  ["a token that is a list", { lines: [...goodLines, `consul-token: [${secret}]`] }],
  ["a token of two lines", { lines: [...goodLines, `consul-token: "${secret}\\n${secret}"`] }],
  [
    "two different tokens",
    { lines: [...goodLines, `consul-token: ${secret}`, `consul_token: ${secret}2`] },
  ],
  ["a token with a misspelled name", { lines: [...goodLines, `consul-tokn: ${secret}`] }],
  [
    "a variable with a misspelled name",
    { lines: goodLines, variables: { VIP_CONSUL_TOKN: secret } },
  ],
  [
    "a token inside of an entry",
    { lines: ["vips:", "  - ip: 10.0.0.1", `    consul-token: ${secret}`] },
  ],
  ["the password of etcd", { lines: [...goodLines, `etcd-password: ${secret}`] }],
  ["a token that breaks the file", { lines: [...goodLines, `consul-token: "${secret}`] }],
  ["a token behind a tab", { lines: [...goodLines, "x:", `\t${secret}`] }],
  ["a token as a tag", { lines: [...goodLines, `consul-token: !${secret} %${secret}`] }],
  ["a token with an at sign before it", { lines: [...goodLines, `consul-token: @${secret}`] }],
  [
    "a password in an endpoint",
    { lines: [...goodLines, `dcs-endpoints: http://u:${secret}@c:8500`] },
  ],
  [
    "a token in an endpoint's query",
    { lines: [...goodLines, `dcs-endpoints: http://c:8500/?token=${secret}`] },
  ],
  [
    "a token file that holds two lines",
    { lines: [...goodLines, "consul-token-file: /t"], files: { "/t": `${secret}\n${secret}` } },
  ],
  [
    "a private key that is damaged",
    {
      lines: [...goodLines, "dcs-endpoints: https://c:8501", "consul-key-file: /k"],
      files: { "/k": `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----` },
    },
  ],
  ["a password in the file", { lines: [...goodLines, `patroni-password: ${secret}`] }],
  ["a password as a variable", { lines: goodLines, variables: { VIP_PATRONI_PASSWORD: secret } }],
  ["a password in Patroni's URL", { lines: [...goodLines, `patroni-url: http://u:${secret}@p:1`] }],
  ["the same without a scheme", { lines: [...goodLines, `patroni-url: u:${secret}@p:1`] }],
  [
    "a password without a user",
    { lines: [...goodLines, "patroni-url: http://p:1", `patroni-password: ${secret}`] },
  ],
  [
    "a password file that holds two lines",
    {
      lines: [
        ...goodLines,
        "patroni-url: http://p:1",
        "patroni-username: a",
        "patroni-password-file: /t",
      ],
      files: { "/t": `${secret}\n${secret}` },
    },
  ],
  ["Patroni's token", inPatroniYml(`consul: {token: ${secret}}`)],
  ["a token of Patroni's with a blank", inPatroniYml(`consul: {token: "${secret} x"}`)],
  ["a token of Patroni's that is a list", inPatroniYml(`consul: {token: [${secret}]}`)],
  ["a password in Patroni's way to Consul", inPatroniYml(`consul: {url: "http://u:${secret}@c"}`)],
  ["the same, damaged", inPatroniYml(`consul: {url: "u:${secret}@c"}`)],
  ["the same in the host", inPatroniYml(`consul: {host: "u:${secret}@c"}`)],
  ["Patroni's password", withPassword(secret)],
  ["a password of Patroni's of two lines", withPassword(`"${secret}\\n${secret}"`)],
  ["a password of Patroni's that is a mapping", withPassword(`{${secret}: ${secret}}`)],
  [
    "Patroni's password in one text",
    inPatroniYml("consul: {}", `restapi: {listen: '*:1', auth: "a:${secret}"}`),
  ],
  [
    "a password in the address of the REST API",
    inPatroniYml("consul: {}", `restapi: {connect_address: "u:${secret}@p:1"}`),
  ],
  ["a patroni.yml that a secret breaks", inPatroniYml(`consul: {token: "${secret}`)],
  ["a secret behind a tab in patroni.yml", inPatroniYml("x:", `\t${secret}`)],
];

describe("no complaint and no origin shows a secret", () => {
  for (const [title, sketch] of rows) {
    test(title, () => {
      const { complaints, origins } = load(sketch);
      const shown = [complaintsText(complaints), ...complaints.map(complaintLine)];
      const all = `${shown.join("\n")}${JSON.stringify(complaints)}${JSON.stringify(origins)}`;
      assert.ok(!all.includes(secret), all);
    });
  }
});

test("A value with control characters cannot forge a line of the output.", () => {
  const text = complaintsText(
    load({ flags: { ip: "1\n\u001b[31merror: all is lost" } }).complaints,
  );
  assert.ok(!text.includes("\u001b"));
  assert.ok(!text.includes("\nerror: all is lost"));
});
