/**
 * docs/status.md names every field of a status, and no other.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { aStatus, aVipStatus } from "../agent/reports/a-status.ts";

const page = readFileSync(new URL("../../docs/status.md", import.meta.url), "utf8");

/** A status without a null, behind which fields could hide. */
const full = aStatus(
  [
    aVipStatus({
      trouble: { cause: "timeout", since: aStatus().at },
      conflict: "02:00:00:00:00:8e",
      attention: ["odd"],
    }),
  ],
  { reloadRefusedAt: aStatus().at },
);

function fieldsOf(value: unknown, name = ""): readonly string[] {
  assert.notEqual(value, null, `${name} hides what may be in it`);
  if (Array.isArray(value)) {
    assert.ok(value.length > 0, `${name} hides what may be in it`);
    return [...new Set(value.flatMap((one) => fieldsOf(one, `${name}[]`)))];
  }
  if (typeof value !== "object" || value === null) return [name];
  const dot = name === "" ? "" : ".";
  return Object.entries(value).flatMap(([key, one]) => fieldsOf(one, `${name}${dot}${key}`));
}

test("the fields of the reference are those of a status", () => {
  const [, reference = ""] = /<!-- fields -->([^]*)<!-- \/fields -->/u.exec(page) ?? [];
  const documented = [...reference.matchAll(/^\| `([^`]+)`/gmu)].map(([, name]) => name);
  assert.deepEqual(documented, fieldsOf(full));
});
