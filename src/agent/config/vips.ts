/**
 * The VIPs: one from the top level, or several from the list `vips`, whose entries fall back on the
 * top level.
 *
 * Here each VIP is made complete and is judged as a whole: the prefix against the family, the
 * address against its network, and each address against all the others, since two entries with one
 * address would fight over it.
 */
import { type IpAddress, hostPrefixLength, isSameAddress } from "../../vip/address.ts";
import { unfitness } from "./address-rules.ts";
import { type Complaint, type Where, whereText } from "../../complaints.ts";
import { emptyPlace, gapIn, shownRaw } from "./merge.ts";
import { type Reading, expectedOf, readGiven } from "./reading.ts";
import type { VipSettings } from "./settings.ts";
import { variableName } from "./table.ts";
import { describeValue } from "./value-type.ts";
import { type Sketch, type VipKey, labelOf, sketchesOf, vipKeys, whereOf } from "./vip-sketches.ts";

type Placed = { readonly vip: VipSettings; readonly label: string; readonly where: Where };

/**
 * The VIPs that can be understood; for each of the others there is a complaint. `keyless` stands for
 * the leader key where none need be given.
 */
export function readVips(reading: Reading, keyless: string | undefined): readonly VipSettings[] {
  const placed = sketchesOf(reading).flatMap((sketch) => readVip(reading, sketch, keyless) ?? []);
  for (const [index, later] of placed.entries()) {
    const earlier = placed
      .slice(0, index)
      .find(({ vip }) => isSameAddress(vip.address, later.vip.address));
    if (earlier !== undefined) reading.complaints.push(doubleVip(earlier, later));
  }
  return placed.map(({ vip }) => vip);
}

function doubleVip(earlier: Placed, later: Placed): Complaint {
  return {
    severity: "error",
    key: later.label,
    where: later.where,
    value: later.vip.address.text,
    wrong: `is the same address as ${earlier.label} (${whereText(earlier.where)})`,
    expected: "each VIP once",
  };
}

function readVip(
  reading: Reading,
  sketch: Sketch,
  keyless: string | undefined,
): Placed | undefined {
  const address = readPart(reading, sketch, "ip");
  const name = readPart(reading, sketch, "interface");
  const isKeyGiven = sketch.raws.has("trigger-key");
  const key =
    isKeyGiven || keyless === undefined ? readPart(reading, sketch, "trigger-key") : keyless;
  const member = readMember(reading, sketch, keyless !== undefined);
  const prefixLength = readPrefix(reading, sketch, address);
  if (isKeyGiven && key !== undefined) judgeKey(reading, sketch, key);
  if (address === undefined || prefixLength === undefined) return undefined;
  if (!judgeAddress(reading, sketch, address, prefixLength)) return undefined;
  if (name === undefined || key === undefined || member === undefined) return undefined;
  const vip = { address, prefixLength, interface: name, key, member };
  noteOrigins(reading, sketch, vip);
  return { vip, label: `${sketch.prefix}ip`, where: whereOf(sketch, "ip") };
}

/** Whoever is looked up in the key must bear the name that Patroni writes there. */
function readMember(reading: Reading, sketch: Sketch, isKeyless: boolean): string | undefined {
  const key = "trigger-value";
  const isGap = !isKeyless && gapIn(reading.levels, key) !== undefined;
  return sketch.raws.has(key) || isGap ? readPart(reading, sketch, key) : reading.host.hostname;
}

function readPart<K extends Exclude<VipKey, "netmask">>(reading: Reading, sketch: Sketch, key: K) {
  const raw = sketch.raws.get(key);
  const label = labelOf(sketch, key);
  if (raw !== undefined) return readGiven(reading, key, raw, label);
  // It may stand in the file that could not be read, which is complaint enough.
  if (reading.levels.patroni === undefined && isInPatroniFile(key)) return undefined;
  const gap = gapIn(reading.levels, key);
  reading.complaints.push({
    severity: "error",
    key: label,
    where: gap?.where ?? emptyPlace(reading.levels, key) ?? sketch.where,
    wrong: gap === undefined ? "is missing" : `is missing: ${gap.why}`,
    expected: expectedOf(key),
    remedy:
      sketch.prefix === ""
        ? `set --${key}, ${variableName(key)}, or ${key} in the file`
        : `set ${key} in this entry${key === "ip" ? "" : ", or on the top level for all of them"}`,
  });
  return undefined;
}

function isInPatroniFile(key: VipKey): boolean {
  return key === "trigger-key" || key === "trigger-value";
}

function readPrefix(
  reading: Reading,
  sketch: Sketch,
  address: IpAddress | undefined,
): number | undefined {
  const raw = sketch.raws.get("netmask");
  const label = labelOf(sketch, "netmask");
  const given = raw === undefined ? -1 : readGiven(reading, "netmask", raw, label);
  if (address === undefined || given === undefined) return undefined;
  const hostLength = hostPrefixLength[address.family];
  if (raw === undefined) return hostLength;
  const complaint = { key: label, where: raw.where, ...shownRaw("netmask", raw) };
  if (given === -1) {
    reading.complaints.push({
      severity: "warning",
      ...complaint,
      wrong: `was a choice by address class in vip-manager; here it is a prefix of ${hostLength}`,
      remedy: `write ${hostLength}, or the prefix length that you want`,
    });
    return hostLength;
  }
  if (given <= hostLength) return given;
  const expected = describeValue({ kind: "prefix" });
  reading.complaints.push({
    severity: "error",
    ...complaint,
    wrong: "is too long for an IPv4 address",
    expected,
  });
  return undefined;
}

function judgeAddress(
  { complaints }: Reading,
  sketch: Sketch,
  address: IpAddress,
  prefixLength: number,
): boolean {
  const problem = unfitness(address, prefixLength);
  if (problem === undefined) return true;
  complaints.push({
    severity: "error",
    key: `${sketch.prefix}ip`,
    where: whereOf(sketch, "ip"),
    value: address.text,
    wrong: `is ${problem}`,
    expected: "a free address that one host can have",
  });
  return false;
}

function judgeKey({ complaints }: Reading, sketch: Sketch, key: string): void {
  const raw = sketch.raws.get("trigger-key");
  const written = raw?.kind === "text" ? raw.text : key;
  const complaint = {
    severity: "warning",
    key: labelOf(sketch, "trigger-key"),
    where: whereOf(sketch, "trigger-key"),
    value: written,
  } as const;
  if (written.replace(/^\/+/, "") !== key) {
    complaints.push({
      ...complaint,
      wrong: `has a doubled slash, and is read as ${key}`,
      remedy: `write ${key}`,
    });
  }
  if (!key.endsWith("/leader")) {
    const expected = "a key that ends in /leader, which is where Patroni keeps the leader's name";
    complaints.push({ ...complaint, wrong: "does not look like Patroni's leader key", expected });
  }
}

function noteOrigins({ origins }: Reading, sketch: Sketch, vip: VipSettings): void {
  const shown: Record<VipKey, string> = {
    ip: vip.address.text,
    netmask: String(vip.prefixLength),
    interface: vip.interface,
    "trigger-key": vip.key,
    "trigger-value": vip.member,
  };
  for (const key of vipKeys) {
    if (key === "trigger-key" && !sketch.raws.has(key)) continue;
    const where: Where = sketch.raws.has(key) ? whereOf(sketch, key) : { kind: "default" };
    origins.push({ key: `${sketch.prefix}${key}`, shown: shown[key], where });
  }
}
