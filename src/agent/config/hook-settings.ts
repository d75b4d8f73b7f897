/**
 * The commands that follow the VIP: what runs once it has come, and once it has gone.
 *
 * Each is a list of words, so that nothing is left to quote: what stands in a word reaches the
 * program as it is. A program that cannot be run today is a warning: it may be there by the time it
 * is needed, and the VIP does not depend on it.
 */
import { ownWord } from "./merge.ts";
import type { Raw } from "./raw.ts";
import { type Reading, expectedOf, readSetting } from "./reading.ts";
import type { HookSettings } from "./settings.ts";
import { readValue } from "./values.ts";

type HookKey = "on-acquire" | "on-release";

export function readHooks(reading: Reading): HookSettings | undefined {
  const onAcquire = readArgv(reading, "on-acquire");
  const onRelease = readArgv(reading, "on-release");
  const deadlineS = readSetting(reading, "hook-deadline");
  if (deadlineS === undefined) return undefined;
  return { onAcquire, onRelease, deadlineMs: deadlineS * 1_000 };
}

function readArgv(reading: Reading, key: HookKey): readonly string[] | undefined {
  const raw = ownWord(reading.levels, key)?.raw;
  if (raw === undefined) return undefined;
  const problem = raw.kind === "list" ? undefined : noList(raw);
  const items = raw.kind === "list" ? raw.items : [];
  const wrong = problem ?? (items.length === 0 ? emptyList : undefined);
  if (wrong !== undefined) {
    complain(reading, key, { severity: "error", where: raw.where, ...wrong });
    return undefined;
  }
  const words = items.map((item, index) => readWord(reading, key, { item, index }));
  const argv = words.filter((word) => word !== undefined);
  if (argv.length < words.length) return undefined;
  judgeProgram(reading, key, { program: argv[0] ?? "", where: items[0]?.where ?? raw.where });
  reading.origins.push({ key, shown: JSON.stringify(argv), where: raw.where });
  return argv;
}

type Said = Pick<Reading["complaints"][number], "severity" | "where" | "wrong"> & {
  readonly value?: string;
  readonly remedy?: string;
};

function complain({ complaints }: Reading, key: HookKey, said: Said): void {
  complaints.push({ key, expected: expectedOf(key), ...said });
}

const emptyList = { wrong: "is an empty list", remedy: "remove it, to run nothing" };

function noList(raw: Raw): Pick<Said, "wrong" | "remedy" | "value"> {
  if (raw.kind !== "text") return { wrong: `is a ${raw.kind}, where a list of words is needed` };
  const { text: value } = raw;
  const wrong = "is one text, where a list of words is needed";
  // What a shell would read into it is not guessed.
  if (/[$`"'\\|&;<>(){}*?[\]~#]/.test(value)) {
    return { value, wrong, remedy: "no shell reads it: write a script, and name it here" };
  }
  return { value, wrong, remedy: `write ${JSON.stringify(value.split(/\s+/))}` };
}

function readWord(
  reading: Reading,
  key: HookKey,
  { item, index }: { readonly item: Raw; readonly index: number },
): string | undefined {
  const where = item.where;
  const name = `word ${index + 1}`;
  if (item.kind !== "text") {
    const isQuotable = item.kind === "mapping";
    complain(reading, key, {
      severity: "error",
      where,
      wrong: item.kind === "empty" ? `has an empty ${name}` : `has a ${item.kind} as ${name}`,
      ...(isQuotable ? { remedy: "quote the word: a colon makes a mapping" } : {}),
    });
    return undefined;
  }
  const read = readValue({ kind: "text" }, item.text);
  if (read.ok) return read.value;
  complain(reading, key, {
    severity: "error",
    where,
    value: item.text,
    wrong: `has a ${name} that ${read.wrong}`,
    remedy: "write a script, and name it here",
  });
  return undefined;
}

function judgeProgram(
  reading: Reading,
  key: HookKey,
  { program, where }: { readonly program: string; readonly where: Raw["where"] },
): void {
  const { host } = reading;
  const said = { where, value: program };
  if (!program.startsWith("/")) {
    const wrong = "names its program without its path";
    const remedy = "write the path from the root; command -v shows it";
    complain(reading, key, { ...said, severity: "error", wrong, remedy });
    return;
  }
  const found = host.kindOf(program);
  if (found === "missing") {
    complain(reading, key, {
      ...said,
      severity: "warning",
      wrong: "names a program that is not there",
    });
  } else if (found !== "file" && found !== "unseen") {
    const wrong = `names a ${found === "other" ? "device" : found}, which is no program`;
    complain(reading, key, { ...said, severity: "warning", wrong });
  } else if (!host.isExecutable(program)) {
    const wrong = `names a program that ${host.user} may not execute`;
    complain(reading, key, { ...said, severity: "warning", wrong, remedy: `chmod +x ${program}` });
  }
}
