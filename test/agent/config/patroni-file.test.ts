/**
 * What one line that names patroni.yml gives: every spelling that Patroni itself understands, and
 * each value with the line that it stands in.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { whereText } from "../../../src/complaints.ts";
import {
  brief,
  loadWith,
  ordinary,
  password,
  patroniPath,
  settingsOf,
  shownOf,
} from "./patroni-sketch.ts";

test("One line gives the key, the member, Consul, the REST API and the data directory.", () => {
  const loaded = loadWith(ordinary);
  const settings = settingsOf(loaded);
  const [vip] = settings.vips;
  assert.deepEqual([vip?.key, vip?.member], ["db/test/leader", "test-db1"]);
  assert.deepEqual(settings.consul, {
    endpoints: [{ kind: "tcp", isSecure: false, host: "127.0.0.1", port: 8500 }],
    tls: {},
    waitMs: 3000,
  });
  assert.deepEqual(settings.patroni, {
    isSecure: false,
    host: "192.168.1.141",
    port: 8008,
    tls: {},
    isUnchecked: false,
    credentials: { username: "patroni", password },
  });
  assert.equal(settings.dataDirectory, "/var/lib/postgresql/15/test");
  assert.deepEqual(loaded.complaints, []);
});

test("Each value is shown with its line of patroni.yml.", () => {
  const { origins } = loadWith(ordinary);
  const places = new Map(origins.map(({ key, where }) => [key, whereText(where)]));
  const lines: readonly [string, number][] = [
    ["trigger-key", 1],
    ["trigger-value", 3],
    ["dcs-endpoints", 5],
    ["patroni-url", 9],
    ["patroni-username", 11],
    ["patroni-password", 12],
    ["data-directory", 16],
  ];
  for (const [key, line] of lines) assert.equal(places.get(key), `${patroniPath}:${line}`, key);
});

describe("the leader key is where Patroni keeps it", () => {
  const rows: readonly [readonly string[], string][] = [
    [["scope: pg"], "service/pg/leader"],
    [["scope: pg", "namespace: db"], "db/pg/leader"],
    [["scope: pg", "namespace: //a//b/"], "a/b/pg/leader"],
    [["scope: pg", "namespace:"], "service/pg/leader"],
    [["scope: pg", "citus: {group: 0, database: citus}"], "service/pg/0/leader"],
    [["scope: pg", "citus: {group: 3, database: citus}"], "service/pg/3/leader"],
    [["scope: pg", "citus: {group: 3}"], "service/pg/leader"],
    [["scope: pg", "citus: {group: '3', database: citus}"], "service/pg/leader"],
    [["scope: first", "scope: last"], "service/last/leader"],
    [["Scope: other", "scope: pg"], "service/pg/leader"],
  ];
  for (const [lines, key] of rows) {
    test(`${lines.join(", ")}: ${key}`, () => {
      const settings = settingsOf(loadWith([...lines, "name: a", "consul: {}"]));
      assert.equal(settings.vips[0]?.key, key);
    });
  }
});

describe("Consul is where Patroni asks it", () => {
  const rows: readonly [string, string][] = [
    ["{}", "http://127.0.0.1:8500"],
    ["{host: c}", "http://c:8500"],
    ["{host: 'c:8501'}", "http://c:8501"],
    ["{host: 'c:8501', port: 8502}", "http://c:8502"],
    ["{port: 8502}", "http://127.0.0.1:8502"],
    ["{host: c, scheme: https}", "https://c:8500"],
    ["{host: '[::1]:8501'}", "http://[::1]:8501"],
    ["{url: 'http://c:8502/'}", "http://c:8502"],
    ["{url: 'https://c'}", "https://c:8500"],
    ["{url: 'http://c:8502', host: d, scheme: https}", "http://c:8502"],
    ["{host: c, checks: [], register_service: true, dc: a}", "http://c:8500"],
  ];
  for (const [consul, endpoint] of rows) {
    test(`consul ${consul}: ${endpoint}`, () => {
      const loaded = loadWith(["scope: test", "name: a", `consul: ${consul}`]);
      assert.equal(shownOf(loaded, "dcs-endpoints"), endpoint);
      assert.deepEqual(loaded.complaints, []);
    });
  }
});

describe("the REST API is asked under the address that Patroni gives it", () => {
  const rows: readonly [string, string][] = [
    ["{listen: '0.0.0.0:8008'}", "http://127.0.0.1:8008"],
    ["{listen: '*:8008'}", "http://127.0.0.1:8008"],
    ["{listen: '[::]:8008'}", "http://127.0.0.1:8008"],
    ["{listen: ':::8008'}", "http://127.0.0.1:8008"],
    ["{listen: '10.0.0.1:8008'}", "http://10.0.0.1:8008"],
    ["{listen: '10.0.0.1,10.0.0.2:8008'}", "http://10.0.0.1:8008"],
    ["{listen: '10.0.0.1,0.0.0.0:8008'}", "http://127.0.0.1:8008"],
    ["{listen: '*:8008', connect_address: 'pg1:8009'}", "http://pg1:8009"],
    ["{listen: '*:1', connect_address: '[fd00::1]:8008'}", "http://[fd00::1]:8008"],
    ["{listen: '*:1', connect_address: 'fd00::1:8008'}", "http://[fd00::1]:8008"],
    ["{listen: '*:8008', certfile: /etc/rest.pem}", "https://127.0.0.1:8008"],
  ];
  for (const [restapi, url] of rows) {
    test(`restapi ${restapi}: ${url}`, () => {
      const loaded = loadWith([...brief, `restapi: ${restapi}`]);
      assert.equal(shownOf(loaded, "patroni-url"), url);
      assert.deepEqual(loaded.complaints, []);
    });
  }

  test("Without the section it is not asked.", () => {
    const loaded = loadWith(brief);
    assert.equal(settingsOf(loaded).patroni, undefined);
    assert.deepEqual(loaded.complaints, []);
  });
});

describe("the credentials are those of Patroni's own client", () => {
  const [a, b] = ["authentication: {username: a, password: pa}", "auth: 'b:p:b'"];
  const rows: readonly [readonly string[], readonly [string, string] | undefined][] = [
    [[`restapi: {listen: '*:8008', ${a}}`], ["a", "pa"]],
    [[`restapi: {listen: '*:8008', ${b}}`], ["b", "p:b"]],
    [
      [`restapi: {listen: '*:8008', ${b}}`, `ctl: {${a}}`],
      ["a", "pa"],
    ],
    [["restapi: {listen: '*:8008', authentication: {username: a}}"], undefined],
    [["restapi: {listen: '*:8008'}"], undefined],
  ];
  for (const [lines, credentials] of rows) {
    test(`${lines.join(", ")}: ${credentials?.join(" with ") ?? "none"}`, () => {
      const loaded = loadWith([...brief, ...lines]);
      const { username, password: given } = settingsOf(loaded).patroni?.credentials ?? {};
      assert.deepEqual(username === undefined ? undefined : [username, given], credentials);
      assert.deepEqual(loaded.complaints, []);
    });
  }
});

describe("a value means what Python's YAML makes of it", () => {
  const rows: readonly [string, string][] = [
    ["0123", "83"],
    ["'0123'", "0123"],
    ["08123", "08123"],
    ["0x1F", "31"],
    ["0o17", "0o17"],
    ["1_000", "1000"],
    ["12345678901234567890", "12345678901234567890"],
    ["123e45", "123e45"],
    ["2026-11-21", "2026-11-21"],
    ["yes", "True"],
    ["off", "False"],
    ["y", "y"],
    ["' with blanks '", " with blanks "],
  ];
  for (const [written, meant] of rows) {
    test(`${written} is ${JSON.stringify(meant)}`, () => {
      const auth = `authentication: {username: a, password: ${written}}`;
      const loaded = loadWith([...brief, `restapi: {listen: '*:8008', ${auth}}`]);
      assert.equal(settingsOf(loaded).patroni?.credentials?.password, meant);
    });
  }

  test("Anchors, aliases and merges are followed.", () => {
    const loaded = loadWith([
      "base: &base {host: merged, port: 1}",
      "more: &more {port: 2, scheme: https}",
      "scope: &scope test",
      "name: *scope",
      "consul:",
      "  <<: [*base, *more]",
      "  port: 8503",
    ]);
    assert.equal(settingsOf(loaded).vips[0]?.member, "test");
    assert.equal(shownOf(loaded, "dcs-endpoints"), "https://merged:8503");
  });

  test("A merge that runs in circles ends.", () => {
    const loaded = loadWith(["scope: test", "name: a", "consul: &c", "  <<: *c", "  host: h"]);
    assert.equal(shownOf(loaded, "dcs-endpoints"), "http://h:8500");
  });
});
