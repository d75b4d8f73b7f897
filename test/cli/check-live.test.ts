/**
 * What `check --live` finds on hosts and in Consuls that are broken in one way each.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Settings } from "../../src/agent/config/settings.ts";
import { checkLive } from "../../src/cli/check-live.ts";
import type { Eyes } from "../../src/cli/finding.ts";
import { done, failed } from "../../src/outcome.ts";
import type { InterfaceState } from "../../src/vip/observe.ts";
import type { Tool, ToolName } from "../../src/vip/tools.ts";
import {
  badFindings,
  entry,
  goodEyes,
  held,
  present,
  readLeader,
  settings,
  vip,
} from "./healthy.ts";

function missing(name: string): Tool {
  return {
    ok: false,
    problem: `${name} is not installed`,
    consequence: "harm is done",
    package: `${name}-package`,
  };
}

function onInterface(state: InterfaceState): Partial<Eyes> {
  return { observe: () => Promise.resolve(done(state)) };
}

test("A host and a Consul in order make good findings only, one for each look.", async () => {
  const findings = await checkLive(settings, goodEyes);
  assert.deepEqual(
    findings.map(({ severity, subject }) => `${severity} ${subject}`),
    [
      "good ip",
      "good arping",
      "good nft",
      "good ss",
      "good interface eth0",
      "good VIP 192.168.1.140",
      "good Consul http://127.0.0.1:8500",
      "good Consul http://127.0.0.2:8500",
      "good Patroni's configuration db/test/config",
    ],
  );
});

describe("a missing tool is named with its consequence and its package", () => {
  const rows: readonly [ToolName, Partial<Settings>, string | undefined][] = [
    ["ip", {}, "error"],
    ["arping", {}, "warning"],
    ["nft", {}, "warning"],
    ["ss", {}, "warning"],
    ["arping", { announce: false }, undefined],
    ["nft", { guard: false }, undefined],
    ["ss", { reset: false }, undefined],
  ];
  for (const [name, changes, severity] of rows) {
    test(`${name} with ${JSON.stringify(changes)}: ${severity ?? "nothing"}`, async () => {
      const [finding] = await badFindings(
        { tools: { ...goodEyes.tools, [name]: missing(name) } },
        changes,
      );
      assert.equal(finding?.severity, severity);
      if (finding === undefined) return;
      assert.match(finding.found, /not installed; without it harm is done/);
      assert.match(finding.remedy ?? "", new RegExp(`${name}-package`));
    });
  }
});

const wide = { vips: [{ ...vip, prefixLength: 24 }] };

describe("a host that is broken in one way makes one finding", () => {
  const down: InterfaceState = {
    kind: "present",
    isUp: false,
    hasCarrier: false,
    addresses: [held("192.168.1.10", 24)],
  };
  const loose: InterfaceState = {
    kind: "present",
    isUp: true,
    hasCarrier: false,
    addresses: [held("192.168.1.10", 24)],
  };
  const foreign: InterfaceState = {
    kind: "present",
    isUp: true,
    hasCarrier: true,
    addresses: [held("10.0.0.1", 24)],
  };
  const endless = held("192.168.1.140", 32);
  const rows: readonly [string, Partial<Eyes>, Partial<Settings>, string, RegExp][] = [
    ["no interface", onInterface({ kind: "absent" }), {}, "error", /does not exist/],
    ["an interface that is down", onInterface(down), {}, "error", /down/],
    ["no carrier", onInterface(loose), {}, "warning", /carrier/],
    [
      "an interface that cannot be looked at",
      { observe: () => Promise.resolve(failed("timeout", "ip hangs")) },
      {},
      "error",
      /ip hangs/,
    ],
    ["the host's own address", onInterface(present(endless)), {}, "error", /without an end/],
    [
      "the same, and a vip-manager that runs",
      { ...onInterface(present(endless)), hasVipManager: () => true },
      {},
      "warning",
      /the vip-manager that runs here has put it there/,
    ],
    [
      "the same, with lifetime 0",
      onInterface(present(endless)),
      { lifetimeS: 0 },
      "warning",
      /lifetime 0/,
    ],
    ["the address on another interface", { holdersOf: () => ["eth1"] }, {}, "error", /eth1/],
    ["a VIP of another subnet", onInterface(foreign), {}, "warning", /no subnet of eth0/],
    ["a wide prefix without promotion", {}, wide, "warning", /the host's own/],
    [
      "a wide prefix, promotion unknown",
      { isPromotingSecondaries: () => undefined },
      wide,
      "warning",
      /unknown/,
    ],
  ];
  for (const [title, eyes, changes, severity, text] of rows) {
    test(title, async () => {
      const findings = await badFindings(eyes, changes);
      assert.equal(findings.length, 1, JSON.stringify(findings));
      assert.equal(findings[0]?.severity, severity);
      assert.match(findings[0]?.found ?? "", text);
    });
  }

  test("A vip-manager beside a VIP that is not here, or the agent's, is no fault.", async () => {
    for (const state of [present(), present(held("192.168.1.140", 32, 4))]) {
      const eyes = { ...onInterface(state), hasVipManager: () => true };
      assert.deepEqual(await badFindings(eyes), []);
    }
  });

  test("A VIP that the agent holds is no fault.", async () => {
    assert.deepEqual(await badFindings(onInterface(present(held("192.168.1.140", 32, 4)))), []);
  });

  test("A wide prefix with promotion is no fault.", async () => {
    assert.deepEqual(await badFindings({ isPromotingSecondaries: () => true }, wide), []);
  });
});

const oneSilent: Eyes["readKey"] = (endpoint) =>
  Promise.resolve(
    endpoint.kind === "tcp" && endpoint.host === "127.0.0.2"
      ? failed("timeout", "silence")
      : done({ entry, index: 7 }),
  );

describe("what Consul answers is said in words", () => {
  const rows: readonly [string, Eyes["readKey"], Partial<Settings>, RegExp][] = [
    [
      "no such key",
      () => Promise.resolve(done({ entry: undefined, index: 7 })),
      {},
      /no key db\/test\/leader/,
    ],
    [
      "no session",
      () => Promise.resolve(done({ entry: { ...entry, session: undefined }, index: 7 })),
      {},
      /no session locks it/,
    ],
    [
      "no right",
      () => Promise.resolve(failed("forbidden", "HTTP 403")),
      {},
      /403: the token may not read/,
    ],
    ["nobody there", () => Promise.resolve(failed("refused", "ECONNREFUSED")), {}, /refuses/],
  ];
  for (const [title, readKey, changes, text] of rows) {
    test(title, async () => {
      const findings = await badFindings({ readKey: readLeader(readKey) }, changes);
      assert.equal(findings.length, 2);
      for (const { found: words } of findings) assert.match(words, text);
    });
  }

  test("One endpoint that fails is a warning, all of them are errors.", async () => {
    const one = await badFindings({ readKey: readLeader(oneSilent) });
    assert.deepEqual(
      one.map(({ severity }) => severity),
      ["warning"],
    );
    const all = await badFindings({ readKey: () => Promise.resolve(failed("timeout", "silence")) });
    assert.deepEqual(
      all.map(({ severity }) => severity),
      ["error", "error"],
    );
  });

  test("The value seen is shown, and whether it is this member.", async () => {
    const other = { ...entry, value: "pg2" };
    const findings = await checkLive(settings, {
      ...goodEyes,
      readKey: readLeader(() => Promise.resolve(done({ entry: other, index: 7 }))),
    });
    assert.match(findings.at(-2)?.found ?? "", /is "pg2", another member than "pg1", locked/);
  });
});
