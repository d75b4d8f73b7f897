/**
 * The commands that follow the VIP, as a file names them: lists of words, which no shell reads.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Sketch, errorsOf, goodLines, load, warningsOf } from "./loading.ts";
import { type Mistake, assertMentioned, assertRefused } from "./mistakes.ts";

const program = "/usr/local/bin/tell-dns";
const files = { [program]: { ok: true, text: "", mode: 0o100755 } } as const;

function withHook(text: string, more: Sketch["files"] = {}): Sketch {
  return { lines: [...goodLines, `on-acquire: ${text}`], files: { ...files, ...more } };
}

function argvOf(sketch: Sketch): readonly string[] | undefined {
  const { settings, complaints } = load(sketch);
  assert.deepEqual(complaints, []);
  return settings?.hooks.onAcquire;
}

describe("a hook is the words that were written", () => {
  const rows: readonly [string, string, readonly string[] | undefined][] = [
    ["a program alone", `[${program}]`, [program]],
    ["arguments", `[${program}, add, "two words"]`, [program, "add", "two words"]],
    [
      "numbers and switches",
      `[${program}, 0012, 1.50, no, -x]`,
      [program, "0012", "1.50", "no", "-x"],
    ],
    ["what a shell would read", `[${program}, '$HOME; rm *']`, [program, "$HOME; rm *"]],
    ["a word with commas", `[${program}, 'a,b']`, [program, "a,b"]],
    ["nothing", "", undefined],
  ];
  for (const [title, text, argv] of rows) {
    test(title, () => assert.deepEqual(argvOf(withHook(text)), argv));
  }

  test("one a line", () => {
    const lines = [...goodLines, "on-release:", `  - ${program}`, "  - remove", "hook-deadline: 3"];
    const { settings, complaints, origins } = load({ lines, files });
    assert.deepEqual(complaints, []);
    const onRelease = [program, "remove"];
    assert.deepEqual(settings?.hooks, { onAcquire: undefined, onRelease, deadlineMs: 3_000 });
    const origin = origins.find(({ key }) => key === "on-release");
    assert.equal(origin?.shown, JSON.stringify(onRelease));
  });
});

const mistakes: readonly Mistake[] = [
  {
    title: "one text",
    sketch: withHook(`${program} add`),
    key: "on-acquire",
    line: 4,
    value: `${program} add`,
    wrong: /one text/,
    expected: /list of words/,
    remedy: /^write \["\/usr\/local\/bin\/tell-dns","add"\]$/,
  },
  {
    title: "a line for a shell",
    sketch: withHook(`'${program} add && echo done'`),
    key: "on-acquire",
    line: 4,
    wrong: /one text/,
    remedy: /script/,
  },
  { title: "a mapping", sketch: withHook("{a: b}"), key: "on-acquire", line: 4, wrong: /mapping/ },
  {
    title: "an empty list",
    sketch: withHook("[]"),
    key: "on-acquire",
    line: 4,
    wrong: /empty list/,
    remedy: /remove it/,
  },
  {
    title: "a program without its path",
    sketch: withHook("[tell-dns, add]"),
    key: "on-acquire",
    line: 4,
    value: "tell-dns",
    wrong: /without its path/,
    remedy: /from the root/,
  },
  {
    title: "an empty word",
    sketch: withHook(`[${program}, ""]`),
    key: "on-acquire",
    line: 4,
    wrong: /empty word 2/,
  },
  {
    title: "a word that is a mapping",
    sketch: withHook(`[${program}, port: 5432]`),
    key: "on-acquire",
    line: 4,
    wrong: /mapping as word 2/,
    remedy: /quote/,
  },
  {
    title: "a word of two lines",
    sketch: withHook(`[${program}, "a\\nb"]`),
    key: "on-acquire",
    line: 4,
    wrong: /word 2 that contains a control character/,
  },
  {
    title: "a deadline out of range",
    sketch: { lines: [...goodLines, "hook-deadline: 0"] },
    key: "hook-deadline",
    line: 4,
    value: "0",
    wrong: /out of range/,
  },
];

describe("a mistake in a hook is refused with one complaint", () => {
  for (const mistake of mistakes) test(mistake.title, () => assertRefused(mistake));
});

const oddities: readonly Mistake[] = [
  {
    title: "a program that is not there",
    sketch: withHook("[/usr/local/bin/gone]"),
    key: "on-acquire",
    line: 4,
    value: "/usr/local/bin/gone",
    wrong: /not there/,
  },
  {
    title: "a program that is a directory",
    sketch: withHook("[/opt/hooks]", { "/opt/hooks/a": "" }),
    key: "on-acquire",
    line: 4,
    value: "/opt/hooks",
    wrong: /directory/,
  },
  {
    title: "a program that may not be executed",
    sketch: withHook("[/plain]", { "/plain": "text" }),
    key: "on-acquire",
    line: 4,
    value: "/plain",
    wrong: /vip-agent may not execute/,
    remedy: /chmod \+x \/plain/,
  },
];

describe("a program that cannot be run today is mentioned once", () => {
  for (const oddity of oddities) test(oddity.title, () => assertMentioned(oddity));
});

test("A hook has no flag and no variable.", () => {
  const loaded = load({ lines: goodLines, variables: { VIP_ON_ACQUIRE: program } });
  assert.deepEqual(
    warningsOf(loaded).map(({ key }) => key),
    ["VIP_ON_ACQUIRE"],
  );
  assert.equal(loaded.settings?.hooks.onAcquire, undefined);
});

test("A release minds no hook.", () => {
  const loaded = load({ ...withHook("[]"), purpose: "release" });
  assert.deepEqual(errorsOf(loaded), []);
  assert.deepEqual(loaded.complaints, []);
});
