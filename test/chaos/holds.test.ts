/**
 * From address events to the times in which a host held the VIP.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { holdsOf } from "../../chaos/holds.ts";
import type { AddressEvent } from "../../lab/watch.ts";

function event(kind: AddressEvent["kind"], atMs: number, prefix = 32): AddressEvent {
  return { kind, atMs, address: `192.168.1.140/${prefix}`, interface: "eth0", validS: 5 };
}

function spansOf(
  events: readonly AddressEvent[],
  linkDown: { fromMs: number; toMs: number }[] = [],
) {
  const holds = holdsOf("db1", events, { endMs: 1_000, linkDown });
  return holds.map(({ fromMs, toMs }) => [fromMs, toMs]);
}

describe("hold", () => {
  it("lasts from the bind to the removal, refreshes or not, and to the end where there is none", () => {
    const events = [
      event("added", 100),
      event("refreshed", 150),
      event("deleted", 200),
      event("added", 300),
    ];
    assert.deepEqual(spansOf(events), [
      [100, 200],
      [300, 1_000],
    ]);
  });

  it("goes on while another prefix of the address is there", () => {
    const events = [
      event("added", 100),
      event("added", 150, 24),
      event("deleted", 200),
      event("deleted", 300, 24),
    ];
    assert.deepEqual(spansOf(events), [[100, 300]]);
  });

  it("is none while the link is down", () => {
    const down = [
      { fromMs: 150, toMs: 200 },
      { fromMs: 900, toMs: Infinity },
    ];
    assert.deepEqual(spansOf([event("added", 100)], down), [
      [100, 150],
      [200, 900],
    ]);
  });
});
