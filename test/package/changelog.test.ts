/**
 * CHANGELOG.md in the forms of Debian and RPM.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { debianChangelog, parseChangelog, rpmChangelog } from "../../setup/package/changelog.ts";

const text = `# Changelog

An introduction - with a dash.

## [Unreleased]

### Added

- A setting that takes
  100% of two lines.

### Fixed

- Short.

## [0.9.0-rc.1] - 2026-10-05

- ${"Many words ".repeat(12)}at once.
`;

const changes = parseChangelog(text, "1.0.0");
const history = { changes, epochS: 1_790_000_000, maintainer: "Somebody <some@body.invalid>" };

test("what is not released yet belongs to the version that is built", () => {
  assert.deepEqual(
    changes.map(({ version, date }) => ({ version, date })),
    [
      { version: "1.0.0", date: undefined },
      { version: "0.9.0-rc.1", date: "2026-10-05" },
    ],
  );
  assert.deepEqual(changes[0]?.lines, ["A setting that takes 100% of two lines.", "Short."]);
});

test("Debian's form: a candidate sorts before its release, days are written out, lines are short", () => {
  const written = debianChangelog(history);
  assert.match(written, /^vip-agent \(1\.0\.0\) unstable; urgency=medium\n\n {2}\* A setting/u);
  assert.match(
    written,
    /\n -- Somebody <some@body\.invalid> {2}Mon, 21 Sep 2026 14:13:20 \+0000\n/u,
  );
  assert.match(written, /\n\nvip-agent \(0\.9\.0~rc\.1\) unstable;/u);
  assert.ok(written.split("\n").every((line) => line.length <= 80));
});

test("RPM's form: no percent sign is left to be taken for a macro", () => {
  const written = rpmChangelog(history);
  assert.match(
    written,
    /^\* Mon Sep 21 2026 Somebody <some@body\.invalid> - 1\.0\.0-1\n- A setting/u,
  );
  assert.match(written, /100%% of/u);
  assert.match(written, /\n\* Mon Oct 05 2026 .* - 0\.9\.0~rc\.1-1\n- Many/u);
});
