/**
 * vip-manager's `dcs-type: patroni`, in our words: source: patroni.
 *
 * There dcs-endpoints is the REST API, trigger-key the path that is asked, and trigger-value the
 * status that means "this host". The agent asks its own question and understands the answer, so of
 * the three only the address counts, provided that the other two mean what it asks.
 */
import { type Complaint, whereText } from "../../complaints.ts";
import { type Level, type Levels, isSpoken, ownWord, shownRaw } from "./merge.ts";
import { type Given, type Raw, rawTexts } from "./raw.ts";
import type { SettingKey } from "./table.ts";

/** vip-manager's own default for this type. */
const defaultUrl = "http://127.0.0.1:8008";

/** The levels as if they had been written for the agent. */
export function withoutDcsType(levels: Levels, complaints: Complaint[]): Levels {
  const dcsType = ownWord(levels, "dcs-type");
  if (dcsType === undefined || !isText(dcsType, /^patroni$/i)) return levels;
  complaints.push(
    ...otherSource(levels, dcsType),
    ...otherMeaning(levels, "trigger-key", pathOfLeader, "/leader or /primary"),
    ...otherMeaning(levels, "trigger-value", /^200$/, "200"),
    ...moreEndpoints(levels),
  );
  const file = new Map(translated(levels.file));
  // What follows from dcs-type is weaker than what has been said.
  if (ownWord(levels, "source") === undefined) file.set("source", { ...dcsType, key: "source" });
  const isNamed = (["dcs-endpoints", "patroni-url", "patroni"] as const).some(
    (key) => ownWord(levels, key) !== undefined,
  );
  if (!isNamed) {
    const raw = { kind: "text", text: defaultUrl, where: { kind: "default" } } as const;
    file.set("patroni-url", { key: "patroni-url", name: "dcs-endpoints", raw });
  }
  const { flags, variables } = levels;
  return { ...levels, flags: translated(flags), variables: translated(variables), file };
}

function translated(level: Level): Level {
  const words = new Map(level);
  const endpoints = words.get("dcs-endpoints");
  for (const key of ["dcs-endpoints", "trigger-key", "trigger-value"] as const) words.delete(key);
  if (isSpoken(endpoints) && !isSpoken(words.get("patroni-url"))) {
    words.set("patroni-url", { ...endpoints, key: "patroni-url", raw: firstOf(endpoints.raw) });
  }
  return words;
}

/** vip-manager asks the first one only. */
function firstOf(raw: Raw): Raw {
  const [first] = rawTexts(raw) ?? [];
  return first === undefined ? raw : { kind: "text", ...first };
}

/** Of the paths that Patroni answers with 200, those that nobody but the leader answers so. */
const pathOfLeader = /^\/?(leader|primary|master|read-write)?$/;

function otherMeaning(
  levels: Levels,
  key: SettingKey,
  meant: RegExp,
  expected: string,
): readonly Complaint[] {
  const given = ownWord(levels, key);
  if (given === undefined || isText(given, meant)) return [];
  return [
    {
      severity: "error",
      key,
      where: given.raw.where,
      ...shownRaw(key, given.raw),
      wrong: "does not mean the leader, where dcs-type is patroni",
      expected,
      remedy: "leave it out; or write source: patroni instead of dcs-type",
    },
  ];
}

function otherSource(levels: Levels, dcsType: Given): readonly Complaint[] {
  const source = ownWord(levels, "source");
  if (source === undefined || isText(source, /^patroni$/i)) return [];
  return [
    {
      severity: "error",
      key: "source",
      where: source.raw.where,
      ...shownRaw("source", source.raw),
      wrong: `contradicts dcs-type: patroni (${whereText(dcsType.raw.where)})`,
      remedy: "keep source only",
    },
  ];
}

function moreEndpoints(levels: Levels): readonly Complaint[] {
  const endpoints = ownWord(levels, "dcs-endpoints");
  const count = endpoints === undefined ? 0 : (rawTexts(endpoints.raw)?.length ?? 0);
  if (endpoints === undefined || count <= 1) return [];
  return [
    {
      severity: "warning",
      key: "dcs-endpoints",
      where: endpoints.raw.where,
      wrong: `names ${count} endpoints, of which the first alone is asked`,
      expected: "the REST API of this host's Patroni",
    },
  ];
}

function isText({ raw }: Given, pattern: RegExp): boolean {
  return raw.kind === "text" && pattern.test(raw.text);
}
