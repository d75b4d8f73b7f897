/**
 * Findings as text.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import type { Finding } from "../../../src/provision/phases/events.ts";
import { findingsText } from "../../../src/provision/report/findings-text.ts";
import { printableLines } from "../../../src/provision/report/words.ts";
import { styleFor } from "../../../src/style.ts";
import { anyFinding } from "./a-run.ts";
import { spelled } from "./fake-terminal.ts";

const findings: readonly Finding[] = [
  { severity: "fine", host: "db1", code: "clock", finding: "the clock is 3 ms off" },
  {
    severity: "warning",
    host: "db1",
    code: "unattended-upgrades",
    finding: "packages are upgraded by themselves",
    remedy: "hold the packages of PostgreSQL",
  },
  {
    severity: "error",
    host: "db2",
    code: "port-taken",
    finding: "5432 is taken by postgres (4711)",
    remedy: "stop it:\nsystemctl stop postgresql",
  },
  { severity: "error", code: "vip-taken", finding: "02:00:00:00:00:07 answers for the VIP" },
  { severity: "error", host: "db2", code: "locale", finding: "there is no ru_RU.utf8" },
];

test("errors come first, by host, with what to do, and what is fine is counted", () => {
  assert.equal(
    findingsText(findings),
    `errors
  db2
    port-taken: 5432 is taken by postgres (4711)
      to do: stop it:
             systemctl stop postgresql
    locale: there is no ru_RU.utf8
  the cluster
    vip-taken: 02:00:00:00:00:07 answers for the VIP

warnings
  db1
    unattended-upgrades: packages are upgraded by themselves
      to do: hold the packages of PostgreSQL

3 errors, 1 warning, 1 fine
`,
  );
});

test("what is fine is listed on request", () => {
  const text = findingsText(findings, { isVerbose: true });
  assert.match(text, /\nfine\n {2}db1\n {4}clock: the clock is 3 ms off\n\n3 errors,/u);
});

test("all fine is one line, and nothing at all is not called fine", () => {
  assert.equal(findingsText(findings.slice(0, 1)), "1 fine\n");
  assert.equal(findingsText([]), "nothing was found, because nothing was looked at\n");
});

test("on a terminal the title and the count have the colour of the worst", () => {
  const text = findingsText(findings, { style: styleFor(true, {}) });
  const red = "\u001B[1m\u001B[31m";
  assert.ok(text.startsWith(`${red}errors`));
  assert.match(spelled(text), /ESC\[31m3 errors, 1 warning, 1 fine/u);
  assert.equal(
    findingsText(findings, { style: styleFor(true, { NO_COLOR: "1" }) }).includes(red),
    false,
  );
});

test("no error and no remedy is left out, whatever its text", () => {
  fc.assert(
    fc.property(fc.array(anyFinding), (found) => {
      const lines = findingsText(found)
        .split("\n")
        .map((one) => one.trim());
      for (const { severity, code, finding, remedy = "" } of found) {
        if (severity === "fine") continue;
        const [first = ""] = printableLines(finding);
        assert.ok(lines.includes(`${code}: ${first}`.trim()), finding);
        for (const part of printableLines(remedy)) {
          assert.ok(
            lines.some((one) => one.includes(part.trim())),
            remedy,
          );
        }
      }
    }),
  );
});
