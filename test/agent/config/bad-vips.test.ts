/**
 * What can be wrong with a VIP, and what is said about it.
 */
import { describe, test } from "node:test";
import { type Sketch, goodLines } from "./loading.ts";
import {
  type Mistake,
  assertRefused,
  interfaceLine,
  ipLine,
  keyLine,
  withLine,
} from "./mistakes.ts";

function withKey(key: string): Sketch {
  return { lines: [ipLine, interfaceLine, `trigger-key: ${key}`] };
}

function withIp(ip: string, ...more: readonly string[]): Sketch {
  return { lines: [interfaceLine, keyLine, `ip: ${ip}`, ...more] };
}

const mistakes: readonly Mistake[] = [
  {
    title: "no interface",
    sketch: { lines: [ipLine, keyLine] },
    key: "interface",
    wrong: /is missing/,
    expected: /network interface/,
    remedy: /--interface, VIP_INTERFACE/,
  },
  {
    title: "an interface without a value, which is found at its line",
    sketch: { lines: [ipLine, "interface:", keyLine] },
    key: "interface",
    line: 2,
    wrong: /is missing/,
  },
  {
    title: "no key",
    sketch: { lines: [ipLine, interfaceLine] },
    key: "trigger-key",
    wrong: /missing/,
  },
  { title: "no address", sketch: { lines: [interfaceLine, keyLine] }, key: "ip", wrong: /missing/ },
  {
    title: "an address that is none",
    sketch: withIp("192.168.1.1400"),
    key: "ip",
    line: 3,
    value: "192.168.1.1400",
    wrong: /no IP address/,
    expected: /IPv4 or IPv6/,
  },
  {
    title: "an address with a prefix",
    sketch: withIp("192.168.1.140/24"),
    key: "ip",
    line: 3,
    value: "192.168.1.140/24",
    wrong: /prefix length/,
    remedy: /ip: 192\.168\.1\.140 and netmask: 24/,
  },
  {
    title: "the address of the network itself",
    sketch: withIp("192.168.1.0", "netmask: 24"),
    key: "ip",
    line: 3,
    value: "192.168.1.0",
    wrong: /the network itself/,
  },
  {
    title: "a broadcast address",
    sketch: withIp("192.168.1.255", "netmask: 24"),
    key: "ip",
    line: 3,
    value: "192.168.1.255",
    wrong: /broadcast/,
  },
  ...[
    ["127.0.0.5", /loopback/],
    ["0.0.0.0", /unspecified/],
    ["224.0.0.18", /multicast/],
    ["255.255.255.255", /broadcast/],
    ['"::1"', /loopback/],
    ['"::"', /unspecified/],
    ["ff02::12", /multicast/],
    ["::ffff:192.168.1.140", /IPv4 address/],
  ].map(([ip, wrong]) => ({
    title: `${String(ip)} as VIP`,
    sketch: withIp(String(ip)),
    key: "ip",
    line: 3,
    wrong: wrong instanceof RegExp ? wrong : /never/,
  })),
  {
    title: "a mask in dotted form",
    sketch: withLine("netmask: 255.255.255.0"),
    key: "netmask",
    line: 4,
    value: "255.255.255.0",
    wrong: /dotted/,
    expected: /1 to 32/,
    remedy: /write 24/,
  },
  {
    title: "a mask beyond IPv4",
    sketch: withLine("netmask: 64"),
    key: "netmask",
    line: 4,
    value: "64",
    wrong: /too long for an IPv4/,
    expected: /1 to 32/,
  },
  ...["0", "129", "-2", "/24", "24.0"].map((netmask) => ({
    title: `a mask of ${netmask}`,
    sketch: withLine(`netmask: ${netmask}`),
    key: "netmask",
    line: 4,
    value: netmask,
    wrong: /out of range|no whole number/,
    expected: /1 to 32/,
  })),
  ...["averyverylongname", "eth0:1", "eth 0", "a/b"].map((name) => ({
    title: `an interface called ${name}`,
    sketch: { lines: [ipLine, `interface: "${name}"`, keyLine] },
    key: "interface",
    line: 2,
    value: name,
    wrong: /interface name/,
    expected: /at most 15/,
  })),
  ...[
    ["db/test/leader/", /slash/],
    ['"db/te st/leader"', /white space/],
    ["db/../leader", /\.\./],
    ["db/%2e/leader", /percent/],
    ['"db/\\u0007/leader"', /control/],
    ["///", /empty/],
    [`${"x".repeat(512)}/leader`, /longer than 512/],
  ].map(([key, wrong]) => ({
    title: `the key ${String(key).slice(0, 24)}`,
    sketch: withKey(String(key)),
    key: "trigger-key",
    line: 3,
    wrong: wrong instanceof RegExp ? wrong : /never/,
    expected: /Consul key/,
  })),
  {
    title: "two VIPs alike",
    sketch: {
      lines: [
        interfaceLine,
        keyLine,
        "vips:",
        "  - ip: 2001:db8::140",
        "  - ip: 2001:DB8:0::0140",
        "    interface: eth1",
      ],
    },
    key: "vips[1].ip",
    line: 5,
    value: "2001:db8::140",
    wrong: /same address as vips\[0\]\.ip \(.*:4\)/,
    expected: /once/,
  },
  {
    title: "one VIP beside a list of VIPs",
    sketch: { lines: [...goodLines, "vips:", "  - ip: 192.168.1.141"] },
    key: "ip",
    line: 1,
    value: "192.168.1.140",
    wrong: /beside vips \(.*:5\)/,
  },
  {
    title: "a VIP of the list without an address",
    sketch: { lines: [interfaceLine, keyLine, "vips:", "  - interface: eth1"] },
    key: "vips[0].ip",
    line: 4,
    wrong: /missing/,
  },
  {
    title: "a setting that no VIP of the list can have",
    sketch: {
      lines: [interfaceLine, keyLine, "vips:", "  - ip: 192.168.1.141", "    lifetime: 5"],
    },
    key: "vips[0].lifetime",
    line: 5,
    wrong: /cannot be set for one VIP/,
  },
  {
    title: "VIPs that are no list",
    sketch: { lines: [interfaceLine, keyLine, "vips: 192.168.1.140"] },
    key: "vips",
    line: 3,
    wrong: /no list/,
  },
  {
    title: "a mistake on the top level, which all VIPs of the list share",
    sketch: {
      lines: [
        interfaceLine,
        "trigger-key: db/test/leader/",
        "vips:",
        "  - ip: 10.0.0.1",
        "  - ip: 10.0.0.2",
      ],
    },
    key: "trigger-key",
    line: 2,
    wrong: /slash/,
  },
];

describe("a mistake about a VIP is refused with one complaint", () => {
  for (const mistake of mistakes) test(mistake.title, () => assertRefused(mistake));
});
