/**
 * What can be wrong with a file or with a setting of any kind, and what is said about it.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errorsOf, goodLines, load } from "./loading.ts";
import { type Mistake, assertRefused, ipLine, keyLine, withLine } from "./mistakes.ts";

const mistakes: readonly Mistake[] = [
  {
    title: "hetzner as manager-type",
    sketch: withLine("manager-type: hetzner"),
    key: "manager-type",
    line: 4,
    value: "hetzner",
    wrong: /not built yet: only basic/,
  },
  ...[
    ["consul-wait", "1999", /2000 to 5000/],
    ["consul-wait", "3s", /milliseconds/],
    ["lifetime", "1", /0 or 2 to 60/],
    ["lifetime", "61", /0 or 2 to 60/],
    ["lease-margin", "999", /1000 to 10000/],
    ["guard", "maybe", /true or false/],
    ["log-level", "trace", /debug, info/],
  ].map(([key, value, expected]) => ({
    title: `${String(key)} ${String(value)}`,
    sketch: withLine(`${String(key)}: ${String(value)}`),
    key: String(key),
    line: 4,
    value: String(value),
    wrong: /out of range|no whole number|neither|none of/,
    expected: expected instanceof RegExp ? expected : /never/,
  })),
  {
    title: "a list where one value is needed",
    sketch: { lines: [ipLine, "interface: [eth0, eth1]", keyLine] },
    key: "interface",
    line: 2,
    wrong: /is a list/,
  },
  {
    title: "a key that stands twice, whatever its case",
    sketch: { lines: [...goodLines, "IP: 192.168.1.141"] },
    key: "ip",
    line: 4,
    wrong: /twice, first in line 1/,
  },
  {
    title: "an unknown key",
    sketch: withLine("interfce: eth0"),
    key: "interfce",
    line: 4,
    wrong: /no setting/,
    remedy: /interface/,
  },
  {
    title: "an old and a new name that contradict each other",
    sketch: withLine("iface: eth1"),
    key: "interface",
    line: 4,
    value: "eth1",
    wrong: /iface here and contradicts interface \(.*:2\)/,
    remedy: /keep interface only/,
  },
  {
    title: "a file that is a list",
    sketch: { lines: ["- ip: 1.2.3.4"] },
    key: "config",
    line: 1,
    wrong: /is a list/,
  },
  {
    title: "a file that is a word",
    sketch: { lines: ["hello"] },
    key: "config",
    line: 1,
    wrong: /no mapping/,
  },
  {
    title: "a file with a tab",
    sketch: { lines: [ipLine, "dcs-endpoints:", "\t- http://127.0.0.1:8500"] },
    key: "config",
    line: 3,
    wrong: /a tab/,
  },
  {
    title: "a file with an open quote",
    sketch: { lines: [ipLine, 'trigger-value: "pg1', "consul-token: abc"] },
    key: "config",
    wrong: /not valid YAML/,
  },
  {
    title: "a file with a second document",
    sketch: { lines: [...goodLines, "---", "lifetime: 10"] },
    key: "config",
    line: 4,
    wrong: /^the file holds more than one YAML document$/,
    remedy: /---/,
  },
  {
    title: "a file that is not there",
    sketch: { flags: { config: "/x.yml" } },
    key: "config",
    wrong: /not exist/,
  },
  {
    title: "a TOML file",
    sketch: { flags: { config: "/x.toml" } },
    key: "config",
    wrong: /\.toml/,
    expected: /YAML/,
  },
];

describe("a mistake in the file is refused with one complaint", () => {
  for (const mistake of mistakes) test(mistake.title, () => assertRefused(mistake));
});

test("All mistakes are reported at once, from all sources.", () => {
  const loaded = load({
    lines: ["ip: nonsense", "netmask: 255.0.255.0", "lifetime: 1", "guard: perhaps", "colour: red"],
    flags: { "consul-wait": "1" },
    variables: { VIP_LEASE_MARGIN: "x" },
  });
  const keys = errorsOf(loaded).map(({ key }) => key);
  assert.deepEqual(keys.toSorted(), [
    "colour",
    "consul-wait",
    "guard",
    "interface",
    "ip",
    "lease-margin",
    "lifetime",
    "netmask",
    "trigger-key",
  ]);
});
