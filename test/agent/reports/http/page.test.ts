/**
 * The status page as a document: self-contained, within its own policy, and without a way in for
 * markup. What it does in a browser is tested in test/lab/operate/status-page.test.ts.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Script } from "node:vm";
import { pagePolicy, statusPage } from "../../../../src/agent/reports/http/page.ts";
import { holdReasons, yieldReasons } from "../../../../src/policy/reasons.ts";

const page = statusPage();

function inside(tag: string): readonly string[] {
  const found = page.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, "gu"));
  return [...found].map(([, text = ""]) => text);
}

test("the policy allows this script and this style by their sums, and no others", () => {
  for (const tag of ["script", "style"]) {
    const texts = inside(tag);
    assert.equal(texts.length, 1);
    const sum = createHash("sha256")
      .update(texts[0] ?? "")
      .digest("base64");
    assert.ok(pagePolicy.includes(`${tag}-src 'sha256-${sum}'`), pagePolicy);
  }
  assert.match(pagePolicy, /^default-src 'none'; /u);
  assert.match(pagePolicy, /; frame-ancestors 'none'$/u);
  assert.doesNotMatch(pagePolicy, /unsafe|\*|http/u);
});

test("nothing comes from elsewhere, and nothing is run or styled outside of the policy", () => {
  assert.equal(page.match(/https?:|\/\/[a-z]|@import|\burl\(/u), null);
  assert.equal(page.match(/\s(?:src|srcset|action|on[a-z]+|style)=/iu), null);
  const links = [...page.matchAll(/href="([^"]*)"/gu)].map(([, target]) => target);
  assert.deepEqual([...new Set(links)], ["data:,", "status"]);
});

test("the script is a program, and has no way to turn a text into markup", () => {
  const [script = ""] = inside("script");
  assert.doesNotThrow(() => new Script(script));
  assert.equal(
    script.match(/innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(/u),
    null,
  );
});

test("every reason has its words on the page", () => {
  const [script = ""] = inside("script");
  for (const [reason, words] of Object.entries({ ...holdReasons, ...yieldReasons })) {
    assert.ok(script.includes(`${JSON.stringify(reason)}:${JSON.stringify(words)}`), reason);
  }
});

test("it is small: a scrape a second of it would cost nothing", () => {
  assert.ok(page.length < 30_000, `${page.length} characters`);
});
