/**
 * The configuration files that README and docs show: each of them is accepted as it stands.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as v from "valibot";
import { parse } from "yaml";
import { callbackActions } from "../../../src/agent/reports/metrics.ts";
import { errorsOf, load } from "./loading.ts";

const root = join(import.meta.dirname, "../../..");
const pages = ["README.md", "docs/configuration.md", "docs/patroni.md"];

const shown = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = ""]) => ({ page, yaml }));
});

/** Of the reference cluster; what the pages show stands for the rest. */
const patroniFile = [
  "{scope: test, namespace: /db/, name: test-db1, consul: {host: 127.0.0.1:8500},",
  "restapi: {connect_address: 192.168.1.141:8008}}",
].join("\n");

describe("the agent's file", () => {
  const own = shown.filter(({ yaml }) => /^(ip|vips):/m.test(yaml));

  test("is shown", () => assert(own.length >= 4));

  for (const { page, yaml } of own) {
    test(`of ${page}: ${yaml.split("\n").slice(-2, -1).join("")}`, () => {
      const files = { "/etc/patroni/patroni.yml": patroniFile };
      const loaded = load({ lines: yaml.split("\n"), files });
      assert.deepEqual(errorsOf(loaded), []);
      assert.equal(loaded.settings?.vips[0]?.key, "db/test/leader");
    });
  }
});

const callbacks = v.object({
  postgresql: v.object({ callbacks: v.record(v.string(), v.string()) }),
});

test("patroni.yml wires each callback that there is", () => {
  const wired = shown.flatMap(({ yaml }) => {
    const parsed = v.safeParse(callbacks, parse(yaml));
    return parsed.success ? [parsed.output.postgresql.callbacks] : [];
  });
  assert.equal(wired.length, 1);
  const actions = callbackActions.filter((action) => action !== "other");
  assert.deepEqual(Object.keys(wired[0] ?? {}).toSorted(), actions.toSorted());
});
