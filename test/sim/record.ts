/**
 * Records what a real Consul answers to the script of traces; to be run in the lab's sandbox:
 *
 *     sh lab/sandbox.sh node test/sim/record.ts
 *
 * Takes about two minutes, and writes the transcript that the model is held against.
 */
import { writeFile } from "node:fs/promises";
import { createLab } from "../../lab/lab.ts";
import { realPort } from "./traces/real-port.ts";
import { play } from "./traces/script.ts";
import { transcriptFile } from "./traces/transcript.ts";

const lab = await createLab({ hosts: ["dcs"], consul: true });
try {
  const transcript = await play(realPort(lab.consul));
  await writeFile(transcriptFile, `${JSON.stringify(transcript, undefined, 2)}\n`);
  console.log(`written: ${transcriptFile}`);
} finally {
  await lab.close();
}
