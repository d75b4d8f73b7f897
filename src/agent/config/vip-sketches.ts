/**
 * What the sources say about each VIP: the top level alone, or each entry of the list `vips` with
 * the top level standing in for what it leaves out.
 *
 * Only the shape is judged here: whether there is one VIP or a list, and whether an entry says what
 * an entry can say. The values themselves are read in vips.ts.
 */
import { type Complaint, type Where, whereText } from "../../complaints.ts";
import { shownRaw, unknownKey, winner } from "./merge.ts";
import { settingNamed } from "./names.ts";
import type { Raw } from "./raw.ts";
import { type Reading, expectedOf } from "./reading.ts";
import { maxVips } from "./value-type.ts";

export const vipKeys = ["ip", "netmask", "interface", "trigger-key", "trigger-value"] as const;

export type VipKey = (typeof vipKeys)[number];

/**
 * One VIP as the sources describe it: its own words, and where the top level's stand in for them.
 */
export type Sketch = {
  /** "" for the top level, "vips[0]." for the first entry. */
  readonly prefix: string;
  readonly where: Where;
  readonly raws: ReadonlyMap<VipKey, Raw>;
  /** What the entry itself says; the rest it shares with all others. */
  readonly own: ReadonlySet<VipKey>;
};

export function sketchesOf(reading: Reading): readonly Sketch[] {
  const topLevel = new Map<VipKey, Raw>();
  for (const key of vipKeys) {
    const given = winner(reading.levels, key);
    if (given !== undefined) topLevel.set(key, given.raw);
  }
  const list = winner(reading.levels, "vips")?.raw;
  if (list === undefined)
    return [{ prefix: "", where: { kind: "nowhere" }, raws: topLevel, own: new Set() }];
  complainOfBoth(reading, topLevel.get("ip"), list);
  topLevel.delete("ip");
  const problem = listProblem(list);
  if (list.kind !== "list" || problem !== undefined) {
    const expected = expectedOf("vips");
    reading.complaints.push({
      severity: "error",
      key: "vips",
      where: list.where,
      wrong: problem ?? "is no list",
      expected,
    });
    return [];
  }
  return list.items.flatMap((item, index) => sketchEntry(reading, { item, index, topLevel }) ?? []);
}

function complainOfBoth({ complaints }: Reading, ip: Raw | undefined, list: Raw): void {
  if (ip === undefined) return;
  complaints.push({
    severity: "error",
    key: "ip",
    where: ip.where,
    ...shownRaw("ip", ip),
    wrong: `is given beside vips (${whereText(list.where)})`,
    expected: "either one VIP by ip, or a list of them by vips",
    remedy: "make it an entry of vips, or remove vips",
  });
}

function listProblem(list: Raw): string | undefined {
  if (list.kind !== "list") return "is no list";
  if (list.items.length === 0) return "is an empty list";
  return list.items.length > maxVips ? `has more than ${maxVips} entries` : undefined;
}

function sketchEntry(
  { complaints }: Reading,
  { item, index, topLevel }: { item: Raw; index: number; topLevel: ReadonlyMap<VipKey, Raw> },
): Sketch | undefined {
  const label = `vips[${index}]`;
  if (item.kind !== "mapping") {
    const complaint = {
      severity: "error",
      key: label,
      where: item.where,
      wrong: "is no mapping",
    } as const;
    complaints.push({ ...complaint, expected: "a mapping, such as `- ip: 192.168.1.140`" });
    return undefined;
  }
  const raws = new Map(topLevel);
  const own = new Set<VipKey>();
  for (const { name, where, raw } of item.entries) {
    const key = vipKeys.find((known) => known === name);
    if (key === undefined) complaints.push(strangerInEntry(`${label}.`, name, where));
    else if (raw.kind !== "empty") {
      raws.set(key, raw);
      own.add(key);
    }
  }
  return { prefix: `${label}.`, where: item.where, raws, own };
}

function strangerInEntry(prefix: string, name: string, where: Where): Complaint {
  const setting = settingNamed(name);
  const expected = `only ${vipKeys.join(", ")} in an entry of vips`;
  if (setting === undefined || setting.isOld) {
    return { ...unknownKey(name, where), key: `${prefix}${name}`, expected };
  }
  return {
    severity: "error",
    key: `${prefix}${name}`,
    where,
    wrong: "cannot be set for one VIP",
    expected,
    remedy: "move it to the top level, where it holds for all of them",
  };
}

/**
 * "vips[0].ip" for what the entry says or lacks, "interface" for what it has from the top level.
 */
export function labelOf({ prefix, raws, own }: Sketch, key: VipKey): string {
  return raws.has(key) && !own.has(key) ? key : `${prefix}${key}`;
}

export function whereOf(sketch: Sketch, key: VipKey): Where {
  return sketch.raws.get(key)?.where ?? sketch.where;
}
