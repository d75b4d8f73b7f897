/**
 * The schema that is shipped for editors is that of the table, accepts what the pages show, and is
 * of one mind with the agent.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { configurationSchema } from "../../../src/agent/config/json-schema.ts";
import { settingRows } from "../../../src/agent/config/table.ts";
import { errorsOf, goodLines, load } from "./loading.ts";
import { schemaProblems } from "../../support/schema-check.ts";

const root = join(import.meta.dirname, "../../..");
const schema = configurationSchema();

function problemsOf(lines: readonly string[]): readonly string[] {
  return schemaProblems(schema, parse(lines.join("\n")));
}

test("The shipped file is that of the table; if not, run: node setup/schema.ts", () => {
  const shipped: unknown = JSON.parse(
    readFileSync(join(root, "packaging/vip-agent.schema.json"), "utf8"),
  );
  assert.deepEqual(shipped, JSON.parse(JSON.stringify(schema)));
});

test("Every setting that a file can hold is in it, and none that it cannot.", () => {
  const forFile = settingRows.filter(({ place }) => place === undefined || place === "file");
  const names = forFile.flatMap(({ key, oldNames = [] }) => [key, ...oldNames]);
  assert.deepEqual(Object.keys(schema.properties ?? {}).toSorted(), names.toSorted());
});

test("Every default is a value that it accepts.", () => {
  const properties = Object.entries(schema.properties ?? {});
  const refused = properties.filter(([, property]) => {
    return property.default !== undefined && schemaProblems(property, property.default).length > 0;
  });
  assert.deepEqual(refused, []);
});

describe("it accepts what the pages show", () => {
  const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)];
  const shown = pages
    .filter((page) => page.endsWith(".md"))
    .flatMap((page) => {
      const text = readFileSync(join(root, page), "utf8");
      const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => yaml);
      return blocks.map((yaml) => ({ page, yaml }));
    })
    .filter(({ yaml }) => isOwn(yaml));

  test("which is something", () => assert.ok(shown.length >= 4));

  for (const { page, yaml } of shown) {
    test(`${page}: ${yaml.split("\n").slice(-2, -1).join("")}`, () => {
      assert.deepEqual(problemsOf([yaml]), []);
    });
  }
});

test("It accepts the example that is shipped, with and without what is commented out there.", () => {
  const example = readFileSync(join(root, "packaging/example/vip-agent.yml"), "utf8");
  const everything = example.replaceAll(/^#(?=[a-z-]+:)/gm, "");
  assert.notEqual(everything, example);
  for (const text of [example, everything]) {
    assert.deepEqual(problemsOf([text]), []);
    const files = { "/etc/patroni/patroni.yml": "{scope: test, name: a, consul: {}}" };
    const errors = errorsOf(load({ lines: [text], files })).map(({ key }) => key);
    // The file with the token is somebody's own.
    assert.deepEqual(errors, text === example ? [] : ["consul-token-file"]);
  }
});

/** A file of the agent's, and not Patroni's or Prometheus'. */
function isOwn(yaml: string): boolean {
  return /^(ip|vips|interface|on-acquire|on-release|metrics-[a-z-]+|status-socket):/m.test(yaml);
}

/** Each line is put beside the three that a file needs, or in the place of the same key. */
const accepted = [
  "netmask: 24",
  'netmask: "24"',
  "netmask: -1",
  "ip: 2001:db8::140",
  "iface: eth0",
  "trigger-key: /db//test/leader",
  "trigger-value: 17",
  "trigger-value: no",
  "guard: no",
  "guard: 1",
  'reset: "off"',
  "lifetime: 0",
  'lifetime: "60"',
  "consul-wait: 2000",
  "on-dcs-loss: release",
  "dcs-endpoints: http://a:8500,http://b:8500",
  "dcs-endpoints: [http://a:8500, unix:///run/c.sock]",
  "consul-token: 1234",
  "callbacks: none",
  "patroni-url: https://10.0.0.1:8008",
  "metrics-address: '::'",
  "metrics-port: 0",
  "status-socket: none",
  "status-socket: /run/a.sock",
  "on-acquire: [/bin/true, 1, no, a b]",
  "on-release:",
  "hook-deadline: 300",
  "interval: 1000",
  "retry_num: 3",
  "etcd-password: x",
  "log-level: debug",
  "lease-margin:",
];

const refused = [
  "netmask: 255.255.255.0",
  "netmask: 200",
  "ip: 192.168.1.140/24",
  "ip: vip.example.com",
  "interface: a-name-that-is-too-long",
  "interface: eth0 eth1",
  "trigger-key: db/test/",
  "trigger-key: db/%41/leader",
  "guard: maybe",
  "lifetime: 1",
  "lifetime: 61",
  "consul-wait: 3s",
  "on-conflict: fight",
  "dcs-type: etcd",
  "manager-type: hetzner",
  "dcs-endpoints: []",
  "callbacks: run/vip-agent",
  "patroni-url: 10.0.0.1:8008",
  "metrics-address: localhost",
  "metrics-port: 65536",
  "status-socket: run/a.sock",
  "on-acquire: /bin/true",
  "on-acquire: []",
  "on-acquire: [true-without-a-path]",
  "on-acquire: [/bin/true, {a: b}]",
  "hook-deadline: 301",
  "colour: red",
  "consul_tokens: x",
];

function fileWith(line: string): readonly string[] {
  const [key = ""] = line.split(":");
  const name = key === "iface" ? "interface" : key;
  return [...goodLines.filter((good) => !good.startsWith(`${name}:`)), line];
}

describe("it is of one mind with the agent", () => {
  for (const line of accepted) {
    test(`${line} is accepted`, () => {
      const loaded = load({ lines: fileWith(line) });
      assert.deepEqual(errorsOf(loaded), []);
      assert.deepEqual(problemsOf(fileWith(line)), []);
    });
  }

  for (const line of refused) {
    test(`${line} is refused`, () => {
      assert.notDeepEqual(errorsOf(load({ lines: fileWith(line) })), []);
      const problems = problemsOf(fileWith(line));
      assert.ok(problems.length > 0);
      const [key = ""] = line.split(":");
      assert.deepEqual(
        problems.filter((problem) => !problem.startsWith(`.${key}`)),
        [],
      );
    });
  }

  test("about several VIPs, too", () => {
    const vips = ["interface: eth0", "trigger-key: a/leader", "vips:"];
    assert.deepEqual(problemsOf([...vips, "  - {ip: 10.0.0.1, netmask: 24}"]), []);
    const wrong = ["  - {interface: eth1}", "  - {ip: 10.0.0.1, lifetime: 3}", "  - 10.0.0.1"];
    for (const entry of wrong) {
      assert.notDeepEqual(errorsOf(load({ lines: [...vips, entry] })), []);
      assert.notDeepEqual(problemsOf([...vips, entry]), [], entry);
    }
  });
});

test("What is accepted and not wanted any more bears a notice for the editor.", () => {
  const { properties = {} } = schema;
  assert.match(properties["iface"]?.deprecationMessage ?? "", /write interface/);
  assert.match(properties["interval"]?.deprecationMessage ?? "", /nothing is polled/);
  assert.equal(properties["interface"]?.deprecationMessage, undefined);
});
