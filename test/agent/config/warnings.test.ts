/**
 * What is odd but works: it is mentioned, once, and the agent starts.
 */
import { describe, test } from "node:test";
import { type Sketch, goodLines } from "./loading.ts";
import { type Mistake, assertMentioned, interfaceLine, ipLine, withLine } from "./mistakes.ts";

function withKey(key: string): Sketch {
  return { lines: [ipLine, interfaceLine, `trigger-key: ${key}`] };
}

const mistakes: readonly Mistake[] = [
  {
    title: "a key that is not Patroni's leader key",
    sketch: withKey("db/test/master"),
    key: "trigger-key",
    wrong: /leader key/,
    expected: /\/leader/,
  },
  {
    title: "a key with a doubled slash",
    sketch: withKey("/db//test/leader"),
    key: "trigger-key",
    line: 3,
    wrong: /read as db\/test\/leader/,
  },
  {
    title: "vip-manager's netmask -1",
    sketch: withLine("netmask: -1"),
    key: "netmask",
    line: 4,
    value: "-1",
    wrong: /prefix of 32/,
  },
  {
    title: "no lifetime",
    sketch: withLine("lifetime: 0"),
    key: "lifetime",
    line: 4,
    wrong: /dead-man switch/,
  },
  {
    title: "a token file that everybody can read",
    sketch: {
      ...withLine("consul-token-file: /etc/token"),
      files: { "/etc/token": { ok: true, text: "abc\n", mode: 0o100644 } },
    },
    key: "consul-token-file",
    line: 4,
    wrong: /every user/,
    remedy: /chmod o-r \/etc\/token/,
  },
  {
    title: "TLS for an endpoint without TLS",
    sketch: withLine("consul-server-name: consul"),
    key: "consul-server-name",
    line: 4,
    wrong: /no endpoint is https/,
  },
  {
    title: "the port of etcd without a word on dcs-type",
    sketch: withLine("dcs-endpoints: http://127.0.0.1:2379"),
    key: "dcs-endpoints",
    line: 4,
    wrong: /port of etcd/,
  },
  {
    title: "an endpoint that is listed twice",
    sketch: withLine("dcs-endpoints: http://Consul:8500,http://consul:8500/"),
    key: "dcs-endpoints",
    line: 4,
    wrong: /twice/,
  },
  {
    title: "an unknown variable",
    sketch: { lines: goodLines, variables: { VIP_INTERFCE: "eth7" } },
    key: "VIP_INTERFCE",
    wrong: /ignored/,
    remedy: /VIP_INTERFACE/,
  },
  {
    title: "a token on the command line",
    sketch: { lines: goodLines, flags: { "consul-token": "abc" } },
    key: "consul-token",
    wrong: /list of processes/,
  },
  {
    title: "a file that names a file",
    sketch: withLine("config: /other.yml"),
    key: "config",
    line: 4,
    wrong: /no effect/,
  },
];

describe("an oddity is mentioned once", () => {
  for (const mistake of mistakes) test(mistake.title, () => assertMentioned(mistake));
});
