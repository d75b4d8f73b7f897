/**
 * From flags, variables and a file to settings, with everything that is wrong on the way.
 *
 * This is the table of contents of reading a configuration: find the file, merge the sources, read
 * each setting, weigh some of them against others. The settings are there only if nothing is an
 * error. A release is asked for on hosts where much may be broken, so it insists on the VIPs alone:
 * the rest is at its defaults then.
 */
import type { Flags } from "./command-source.ts";
import { type Complaint, distinctComplaints, isError } from "../../complaints.ts";
import { readConsul, readWithoutConsul } from "./consul.ts";
import { shownEndpoint } from "./endpoints.ts";
import { readFileEntries } from "./file-source.ts";
import { readHooks } from "./hook-settings.ts";
import type { Host } from "./host.ts";
import { readListener } from "./listener.ts";
import { readLogLevel } from "./log-level.ts";
import {
  type Level,
  type Levels,
  commandLevels,
  emptyLevel,
  fileLevel,
  shownRaw,
  winner,
} from "./merge.ts";
import { readPatroni } from "./patroni.ts";
import { type PatroniFile, readPatroniFile } from "./patroni-file.ts";
import { type Origin, type Purpose, type Reading, readSetting } from "./reading.ts";
import type { ConsulSettings, Settings, VipSettings } from "./settings.ts";
import { readStatusSocket } from "./status-socket.ts";
import { settingNamed } from "./names.ts";
import { type SettingKey, settingRow, settingRows } from "./table.ts";
import { withoutDcsType } from "./vip-manager-patroni.ts";
import { readVips } from "./vips.ts";

export type LoadRequest = { readonly flags: Flags; readonly host: Host; readonly purpose: Purpose };

export type Loaded = {
  /** Absent if any complaint is an error. */
  readonly settings?: Settings;
  readonly complaints: readonly Complaint[];
  /** The values in force, each with the place it came from. */
  readonly origins: readonly Origin[];
  /** What patroni.yml says beyond settings, where one is named. */
  readonly patroniFile?: PatroniFile;
};

export function loadSettings({ flags, host, purpose }: LoadRequest): Loaded {
  const complaints: Complaint[] = [];
  const origins: Origin[] = [];
  const command = commandLevels({ flags, variables: host.variables }, complaints);
  const reading = { host, purpose, complaints, origins };
  const unread = { ...command, file: emptyLevel, patroni: emptyLevel };
  const file = readFileLevel({ ...reading, levels: unread });
  // What follows from a file that cannot be read would only bury the complaint about the file
  // itself.
  if (file === undefined) return { complaints: distinctComplaints(complaints), origins };
  const levels = { ...unread, file };
  return purpose === "run"
    ? loadForRun({ ...reading, levels })
    : loadForRelease({ ...reading, levels });
}

function loadForRun(reading: Reading): Loaded {
  const levels = withoutDcsType(reading.levels, reading.complaints);
  const isNamed = winner(levels, "patroni") !== undefined;
  const file = isNamed ? readPatroniFile({ ...reading, levels }) : undefined;
  const patroni = isNamed ? file?.level : emptyLevel;
  const settings = readSettings({ ...reading, levels: { ...levels, patroni } });
  const loaded = outcome(reading, settings, reading.complaints);
  return file === undefined ? loaded : { ...loaded, patroniFile: file };
}

/** Of what could be read elsewhere, patroni.yml included, a release needs nothing. */
function loadForRelease(reading: Reading): Loaded {
  const settings = readSettings({ ...reading, levels: forRelease(reading.levels) });
  return outcome(reading, settings, reading.complaints.map(asForRelease));
}

function outcome(
  { origins }: Reading,
  settings: Settings | undefined,
  complaints: readonly Complaint[],
): Loaded {
  const distinct = distinctComplaints(complaints);
  return settings === undefined || distinct.some(isError)
    ? { complaints: distinct, origins }
    : { settings, complaints: distinct, origins };
}

/**
 * The levels without what a release does not need: there the defaults stand in, whatever has been
 * written.
 */
function forRelease({ flags, variables, file }: Levels): Levels {
  return {
    flags: needed(flags),
    variables: needed(variables),
    file: needed(file),
    patroni: emptyLevel,
  };
}

function needed(level: Level): Level {
  return new Map([...level].filter(([key]) => isForRelease(key)));
}

function asForRelease(complaint: Complaint): Complaint {
  const setting = settingNamed(complaint.key.replace(/^.*\./, ""));
  const isNeeded = setting !== undefined && isForRelease(setting.key);
  return isNeeded ? complaint : { ...complaint, severity: "warning" };
}

function isForRelease(key: SettingKey): boolean {
  return settingRow(key).isForRelease === true;
}

function readFileLevel(reading: Reading): Level | undefined {
  const { complaints, host } = reading;
  const given = winner(reading.levels, "config");
  if (given === undefined) return new Map();
  const path = readSetting(reading, "config");
  if (path === undefined) return undefined;
  const complaint = {
    severity: "error",
    key: "config",
    where: given.raw.where,
    value: path,
  } as const;
  const format = foreignFormats.find((extension) => path.toLowerCase().endsWith(extension));
  if (format !== undefined) {
    complaints.push({ ...complaint, wrong: `is a ${format} file`, expected: "YAML or JSON" });
    return undefined;
  }
  const read = host.readFile(path);
  if (!read.ok) {
    complaints.push({
      ...complaint,
      wrong: read.problem,
      expected: "a readable file, YAML or JSON",
    });
    return undefined;
  }
  const entries = readFileEntries(path, read.text, complaints);
  return entries === undefined ? undefined : fileLevel(entries, complaints);
}

/**
 * Formats that vip-manager reads as well; as YAML they would fail with a complaint that leads
 * nowhere.
 */
const foreignFormats = [".toml", ".ini", ".hcl", ".tfvars", ".env", ".properties", ".props"];

function readSettings(reading: Reading): Settings | undefined {
  readSetting(reading, "manager-type");
  const source = readSetting(reading, "source") ?? "consul";
  const vips = readVips(reading, keylessName(reading, source));
  const consul = readDcs(reading, source, vips);
  const patroni = readPatroni(reading, { source, vips });
  const safety = readSafety(reading);
  const announce = readSetting(reading, "announce");
  const logLevel = readLogLevel(reading);
  const listener = readListener(reading, vips);
  const statusSocket = readStatusSocket(reading);
  const hooks = readHooks(reading);
  warnOfIdleSettings(reading);
  if (vips.length === 0 || consul === undefined || safety === undefined) return undefined;
  if (announce === undefined || logLevel === undefined) return undefined;
  if (patroni === undefined || hooks === undefined) return undefined;
  const told = { logLevel, listener, statusSocket, hooks };
  return { vips, source, consul, ...patroni, ...safety, announce, ...told };
}

/** What is named in place of the leader key where none is read. */
function keylessName({ purpose, levels }: Reading, source: Settings["source"]) {
  if (purpose === "release") return "";
  if (source !== "patroni") return undefined;
  const url = winner(levels, "patroni-url")?.raw;
  return url?.kind === "text" ? shownEndpoint(url.text) : "patroni";
}

type Safety = Pick<
  Settings,
  "requireSession" | "onDcsLoss" | "onConflict" | "lifetimeS" | "leaseMarginMs" | "guard" | "reset"
>;

function readSafety(reading: Reading): Safety | undefined {
  const requireSession = readSetting(reading, "require-session");
  const onDcsLoss = readSetting(reading, "on-dcs-loss");
  const onConflict = readSetting(reading, "on-conflict");
  const lifetimeS = readLifetime(reading);
  const leaseMarginMs = readSetting(reading, "lease-margin");
  const guard = readSetting(reading, "guard");
  const reset = readSetting(reading, "reset");
  if (requireSession === undefined || onDcsLoss === undefined) return undefined;
  if (onConflict === undefined || lifetimeS === undefined) return undefined;
  if (leaseMarginMs === undefined || guard === undefined || reset === undefined) return undefined;
  return { requireSession, onDcsLoss, onConflict, lifetimeS, leaseMarginMs, guard, reset };
}

/**
 * Settings of another store's are not judged: the refusal of the store says all there is to say.
 */
function readDcs(
  reading: Reading,
  source: Settings["source"],
  vips: readonly VipSettings[],
): ConsulSettings | undefined {
  if (readSetting(reading, "dcs-type") === undefined) return undefined;
  if (source === "patroni") return readWithoutConsul(reading);
  return readConsul(
    reading,
    vips.map(({ key }) => key),
  );
}

function readLifetime(reading: Reading): number | undefined {
  const lifetimeS = readSetting(reading, "lifetime");
  if (lifetimeS === 0) {
    reading.complaints.push({
      severity: "warning",
      key: "lifetime",
      where: winner(reading.levels, "lifetime")?.raw.where ?? { kind: "nowhere" },
      value: "0",
      wrong:
        "switches the dead-man switch off: a hung agent keeps the VIP, so two hosts can have it",
      remedy: "leave it at its default, unless the kernel's lifetimes do not work here",
    });
  }
  return lifetimeS;
}

function warnOfIdleSettings({ levels, complaints }: Reading): void {
  const dcsType = winner(levels, "dcs-type");
  const isOtherDcs = dcsType?.raw.kind === "text" && dcsType.raw.text.toLowerCase() !== "consul";
  for (const { key, noEffect } of settingRows) {
    const given = winner(levels, key);
    if (noEffect === undefined || given === undefined || (isOtherDcs && key.startsWith("etcd-")))
      continue;
    const { where } = given.raw;
    complaints.push({
      severity: "warning",
      key,
      where,
      ...shownRaw(key, given.raw),
      wrong: `has no effect: ${noEffect}`,
      remedy: "remove it",
    });
  }
}
