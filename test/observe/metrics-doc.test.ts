/**
 * docs/metrics.md names every metric with what the page says of it, every value of a label that is
 * known beforehand, every alert, and no other.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { familiesOf, metricsPage } from "./metrics-page.ts";
import { promtool, skipWithoutPrometheus } from "./promtool.ts";

const root = join(import.meta.dirname, "../..");
const doc = readFileSync(join(root, "docs/metrics.md"), "utf8");
const page = await metricsPage();
const families = familiesOf(page);
const skip = await skipWithoutPrometheus();

/** The cells of the tables between these marks, without their headings and the marks of code. */
function rowsOf(mark: string): readonly (readonly string[])[] {
  const parts = [...doc.matchAll(new RegExp(`<!-- ${mark} -->(.*?)<!-- /${mark} -->`, "gsu"))];
  const lines = parts.flatMap(([, part = ""]) => part.match(/^\| `.*$/gmu) ?? []);
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll("`", "").trim()),
  );
}

function unitOf(name: string): RegExp {
  if (/(?:timestamp|start_time)_seconds$/u.test(name)) return /^seconds since 1970$/u;
  if (name.includes("_seconds")) return /^seconds$/u;
  if (name.endsWith("_bytes")) return /^bytes$/u;
  return name.endsWith("_total") ? /^times$/u : /^(?:0 or )?1$/u;
}

test("every metric is there, with its kind, labels and meaning, and none is invented", () => {
  const exported = [...families].map(([name, { kind, help, labels }]) => {
    return [name, kind, [...labels.keys()].filter((label) => label !== "le").join(", "), help];
  });
  const documented = rowsOf("metrics").map(([name, kind, labels, , help]) => {
    return [name, kind, labels, help];
  });
  const byName = (rows: readonly (readonly unknown[])[]) => {
    return new Map(rows.map(([name, ...rest]) => [name, rest]));
  };
  assert.deepEqual(byName(documented), byName(exported));
  assert.equal(documented.length, exported.length);
});

test("each unit is that of the name", () => {
  for (const [name = "", , , unit = ""] of rowsOf("metrics"))
    assert.match(unit, unitOf(name), name);
});

test("every value of a label is there that is known beforehand", () => {
  const open = new Set(["vip", "version", "node", "hash", "le"]);
  const exported = [...families].flatMap(([name, { labels }]) => {
    const closed = [...labels].filter(([label]) => !open.has(label));
    return closed.map(([label, values]) => `${label} of ${name}: ${[...values].join(" ")}`);
  });
  const documented = rowsOf("values").map(
    ([label, name, values]) => `${label} of ${name}: ${values}`,
  );
  assert.deepEqual(new Set(documented), new Set(exported));
});

test("the alerts are those that are shipped, with their severity and patience", () => {
  const alerts = readFileSync(join(root, "packaging/prometheus/alerts.yml"), "utf8");
  const shipped = alerts
    .split("- alert: ")
    .slice(1)
    .map((rule) => {
      const [name] = rule.split("\n");
      const [, severity] = /severity: (\w+)/u.exec(rule) ?? [];
      const [, count = "", unit = ""] = /for: (\d+)(\w)/u.exec(rule) ?? [];
      const word = { m: "minute", h: "hour" }[unit] ?? "";
      const after = count === "" ? "at once" : `${count} ${word}${count === "1" ? "" : "s"}`;
      return [name, severity, after];
    });
  assert.deepEqual(rowsOf("alerts"), shipped);
});

test("Prometheus' own judge has nothing to say against the page", { skip }, async () => {
  assert.equal(await promtool(["check", "metrics"], page), "");
});
