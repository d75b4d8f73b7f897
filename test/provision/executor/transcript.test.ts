/**
 * The transcript tells everything but secrets.
 */
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { done, failed } from "../../../src/outcome.ts";
import { masking } from "../../../src/provision/executor/masking.ts";
import {
  type TranscriptEntry,
  withTranscript,
} from "../../../src/provision/executor/transcript.ts";
import { Secret } from "../../../src/provision/secrets/secrets.ts";
import { type BareAnswers, bareExecutor } from "./support/bare-executor.ts";

const words = [randomUUID(), randomBytes(32).toString("base64"), `a"b\\c d/${randomUUID()}`];
const secrets = words.map((word) => new Secret(word));

function recorded(answers: BareAnswers) {
  const entries: TranscriptEntry[] = [];
  let nowMs = 0;
  const executor = withTranscript(bareExecutor(answers), {
    secrets,
    report: (entry) => entries.push(entry),
    nowMs: () => (nowMs += 5),
  });
  return { executor, entries };
}

test("a secret is masked as it is, in JSON, in addresses and in base64", () => {
  const mask = masking(secrets);
  for (const word of words) {
    const forms = [
      word,
      JSON.stringify({ word }),
      encodeURIComponent(word),
      Buffer.from(word).toString("base64"),
    ];
    for (const form of forms) {
      const masked = mask(`before ${form} after`);
      assert.match(masked, /^before .*\(secret\).* after$/);
      assert(!masked.includes(word));
    }
  }
  assert.equal(mask("nothing of it"), "nothing of it");
});

test("a secret that contains another is masked whole", () => {
  const mask = masking([new Secret("abcd"), new Secret("abcdefgh")]);
  assert.equal(mask("abcdefgh"), "(secret)");
});

test("what a command is told and prints is reported without secrets, and answered with them", async () => {
  const answer = { exitCode: 1, stdout: `token ${words[0]}`, stderr: `no ${words[2]}` };
  const { executor, entries } = recorded({ ask: done(answer) });
  const asked = await executor.ask(["consul", "info", words[1] ?? ""]);
  assert.deepEqual(asked, done(answer));
  assert.equal(entries.length, 1);
  assert.deepEqual(entries[0], {
    host: "db1",
    command: "consul info '(secret)'",
    tookMs: 5,
    result: "done",
    output: "token (secret)\nno (secret)\nexit code 1",
  });
});

test("what a failed operation says is masked for the caller too", async () => {
  const detail = `the validator does not like ${words[1]}`;
  const { executor, entries } = recorded({ perform: failed("failed", detail) });
  const performed = await executor.perform({
    kind: "write-file",
    path: "/etc/x y",
    owner: "root",
    group: "consul",
    mode: "0640",
    content: { text: `all of ${words[0]}`, isSecret: true },
  });
  assert(!performed.ok);
  assert.equal(performed.detail, "the validator does not like (secret)");
  assert.equal(entries[0]?.result, "failed");
  assert.equal(entries[0]?.output, performed.detail);
  assert.equal(entries[0]?.command, "write-file '/etc/x y' root:consul 0640");
});
