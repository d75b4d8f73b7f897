/**
 * A run as JSON, a line for each event.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";

import { jsonReporter } from "../../../src/provision/report/json.ts";
import { anyRun, failedEvents } from "./a-run.ts";

test("each line is an event as it was told, and when", () => {
  const lines: string[] = [];
  const reporter = jsonReporter(
    (text) => lines.push(text),
    () => new Date(0),
  );
  for (const event of failedEvents) reporter.tell(event);
  assert.equal(
    lines[1],
    '{"at":"1970-01-01T00:00:00.000Z","kind":"phase-started","phase":"consul-servers",' +
      '"hosts":["test-dcs1","test-dcs2","test-dcs3"]}\n',
  );
  assert.equal(lines.length, failedEvents.length);
});

test("the lines read back to the events, whatever is in them", () => {
  fc.assert(
    fc.property(anyRun, (events) => {
      let text = "";
      const reporter = jsonReporter((line) => (text += line));
      for (const event of events) reporter.tell(event);
      const read = text
        .split("\n")
        .slice(0, -1)
        .map((line) => {
          const { at, ...event } = JSON.parse(line);
          assert.ok(!Number.isNaN(Date.parse(at)));
          return event;
        });
      // fast-check's records have no prototype.
      assert.deepEqual(read, structuredClone(events));
    }),
  );
});
