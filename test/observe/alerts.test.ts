/**
 * The alerts: they fire when they should and not otherwise (promtool), ask for what the agent
 * exports, and tell whoever is woken by them what to do.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as v from "valibot";
import { parse } from "yaml";

import { hurried } from "../../lab/prometheus.ts";
import { notExported } from "./held-against-page.ts";
import { promtool, skipWithoutPrometheus } from "./promtool.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "packaging/prometheus");
const rulesText = readFileSync(join(folder, "alerts.yml"), "utf8");
const testsText = readFileSync(join(folder, "alerts.test.yml"), "utf8");

const ruleFile = v.object({
  groups: v.array(
    v.object({
      name: v.string(),
      rules: v.array(
        v.strictObject({
          alert: v.string(),
          expr: v.string(),
          for: v.optional(v.string()),
          labels: v.strictObject({ severity: v.picklist(["critical", "warning"]) }),
          annotations: v.strictObject({
            summary: v.string(),
            description: v.string(),
            runbook: v.string(),
          }),
        }),
      ),
    }),
  ),
});

const rules = v.parse(ruleFile, parse(rulesText)).groups.flatMap((group) => group.rules);
const names = rules.map(({ alert }) => alert);
const skip = await skipWithoutPrometheus();

describe("promtool", { skip }, () => {
  test("takes the rules", async () => {
    await promtool(["check", "rules", join(folder, "alerts.yml")]);
  });

  test("finds that each alert fires when it should and not otherwise", async () => {
    await promtool(["test", "rules", join(folder, "alerts.test.yml")]);
  });

  test("takes the example of a scrape", async () => {
    await promtool(["check", "config", "--syntax-only", join(folder, "prometheus.example.yml")]);
  });
});

test("there is a case in which it fires, and one in which it does not, for each alert", () => {
  const firing = [...testsText.matchAll(/alertname="(\w+)",alertstate="firing"/gu)];
  const shown = new Set(firing.map(([, name]) => name));
  assert.deepEqual(shown, new Set(names));
});

test("they ask for nothing that the agent does not export", async () => {
  assert.deepEqual(await notExported(rules.map(({ expr }) => expr)), []);
});

test("each says what it means for clients, what to do first, and where there is more", () => {
  for (const { alert, annotations } of rules) {
    const { description, runbook } = annotations;
    assert.match(description, /client|VIP|restart/iu, alert);
    assert.match(description, / First: \S/u, alert);
    assert.equal(runbook, `docs/operations.md#alert-${alert.toLowerCase()}`);
  }
});

const runbook = join(root, "docs/operations.md");

test("the page that each leads to has something to say", () => {
  const page = readFileSync(runbook, "utf8");
  const headings = [...page.matchAll(/^#+ Alert (\w+)\n\n(?!#)\S/gmu)].map(([, name]) => name);
  assert.deepEqual(new Set(headings), new Set(names));
});

test("what compares hosts waits longer than two scrapes lie apart", () => {
  const comparing = rules.filter(({ expr }) =>
    /^(sum|max|count) by \(job, cluster, vip\)/u.test(expr),
  );
  const waiting = comparing.filter(({ expr }) => !expr.includes("changes("));
  assert.ok(waiting.length >= 4, String(waiting.length));
  for (const rule of waiting) assert.match(rule.for ?? "", /^(\d+m|\d+h)$/u, rule.alert);
});

test("hurried rules differ in their patience only", () => {
  const { groups } = v.parse(ruleFile, parse(hurried(rulesText)));
  const quick = groups.flatMap((group) => group.rules);
  const twoHolders = quick.find(({ alert }) => alert === "VipAgentTwoHolders");
  assert.equal(twoHolders?.for, "3s");
  const patient = quick.map((rule, index) => {
    const { for: patience } = rules[index] ?? {};
    return patience === undefined ? rule : { ...rule, for: patience };
  });
  assert.deepEqual(patient, rules);
});
