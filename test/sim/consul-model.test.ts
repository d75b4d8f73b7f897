/**
 * The simulation's Consul against what a real Consul 1.22.3 was recorded to answer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { playOnModel } from "./traces/model-port.ts";
import { chapters } from "./traces/script.ts";
import { readTranscript } from "./traces/transcript.ts";

for (const name of Object.keys(chapters)) {
  test(`the model answers as a real Consul: ${name}`, async () => {
    const [played, recorded] = [await playOnModel(1), readTranscript()];
    assert((recorded[name]?.length ?? 0) > 0, "nothing was recorded");
    assert.deepEqual(played[name], recorded[name]);
  });
}
