/**
 * The recording that the simulation's Consul is held against, made again: a real Consul must still
 * answer as it did.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createLab, type Lab } from "../../lab/lab.ts";
import { realPort } from "../sim/traces/real-port.ts";
import { chapters, play } from "../sim/traces/script.ts";
import { readTranscript } from "../sim/traces/transcript.ts";
import { LAB, skipWithout } from "./support/capabilities.ts";

const skip = await skipWithout(...LAB);

describe("Consul that the simulation's model was recorded from", { skip }, () => {
  let lab: Lab;

  before(async () => {
    lab = await createLab({ hosts: ["dcs"], consul: true });
  });

  after(async () => {
    await lab.close();
  });

  for (const name of Object.keys(chapters)) {
    it(`still answers as recorded: ${name}`, async () => {
      const played = await play(realPort(lab.consul), [name]);
      assert.deepEqual(played[name], readTranscript()[name]);
    });
  }
});
