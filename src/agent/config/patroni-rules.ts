/**
 * What the settings about Patroni must be, seen together and beside the others.
 */
import type { Complaint } from "../../complaints.ts";
import { ownWord, shownRaw, winner } from "./merge.ts";
import type { Reading } from "./reading.ts";
import type { Settings, VipSettings } from "./settings.ts";
import type { SettingKey } from "./table.ts";

export type PatroniParts = {
  readonly source: Settings["source"];
  readonly gate: Settings["gate"] | undefined;
  readonly vips: readonly VipSettings[];
};

const urlKey = "patroni-url";

const tlsKeys = [
  "patroni-ca-file",
  "patroni-cert-file",
  "patroni-key-file",
  "patroni-insecure",
] as const satisfies readonly SettingKey[];

/** What says something about a Patroni that is asked, and nothing without one. */
const askingKeys = [
  "patroni-username",
  "patroni-password",
  "patroni-password-file",
  ...tlsKeys,
] as const satisfies readonly SettingKey[];

export function judgePatroni(reading: Reading, parts: PatroniParts): void {
  const { levels, complaints } = reading;
  const url = winner(levels, urlKey);
  // A file that could not be read may name one.
  if (url === undefined && levels.patroni !== undefined) {
    complaints.push(...withoutPatroni(reading, parts));
  }
  if (url?.raw.kind === "text" && /^http:/i.test(url.raw.text)) {
    const wrong = "has no effect, since patroni-url is not https";
    complaints.push(
      ...idle(reading, tlsKeys, wrong, "remove it, or start patroni-url with https://"),
    );
  }
  if (parts.source === "patroni") complaints.push(weakerSource(reading));
  complaints.push(...severalClusters(reading, parts));
}

function withoutPatroni(reading: Reading, { source, gate }: PatroniParts): readonly Complaint[] {
  const needing: SettingKey[] = [];
  if (source === "patroni") needing.push("source");
  if (gate === "writable") needing.push("gate");
  const wakeRaw = ownWord(reading.levels, "wake")?.raw;
  const isWakeWanted = wakeRaw?.kind === "text" && /^(1|t|true|yes|on)$/i.test(wakeRaw.text);
  const remedy = "set patroni to the path of patroni.yml, or patroni-url";
  const idleKeys = [...askingKeys, ...(isWakeWanted ? (["wake"] as const) : [])];
  return [
    ...needing.map((key): Complaint => {
      const wrong = "needs a Patroni to ask, and none is named";
      return { severity: "error", ...placed(reading, key), wrong, remedy };
    }),
    ...idle(reading, idleKeys, "has no effect, since no Patroni is named", remedy),
  ];
}

/** Of what patroni.yml says beyond need nobody has to hear. */
function idle(
  reading: Reading,
  keys: readonly SettingKey[],
  wrong: string,
  remedy: string,
): readonly Complaint[] {
  const given = keys.filter((key) => ownWord(reading.levels, key) !== undefined);
  return given.map((key) => ({ severity: "warning", ...placed(reading, key), wrong, remedy }));
}

function weakerSource(reading: Reading): Complaint {
  return {
    severity: "warning",
    ...placed(reading, "source"),
    wrong:
      "goes by Patroni's word alone, which is worth less than the key: it believes in its lock for " +
      "up to one loop_wait after another member may have taken it, and longer while it hangs",
    expected: "the key in Consul, wherever it can be reached",
  };
}

/** One agent asks one Patroni, which knows of one cluster. */
function severalClusters(reading: Reading, { vips, source }: PatroniParts): readonly Complaint[] {
  const keys = new Set(vips.map(({ key }) => key));
  const named = (["patroni", urlKey] as const).find((key) => winner(reading.levels, key));
  const key = named ?? (source === "patroni" ? "source" : undefined);
  if (keys.size <= 1 || key === undefined) return [];
  return [
    {
      severity: "error",
      ...placed(reading, key),
      wrong: `means one Patroni, and the VIPs follow ${keys.size} leader keys`,
      expected: "one agent for each cluster of the host",
      remedy: "give each cluster a file of its own and run vip-agent@NAME.service",
    },
  ];
}

function placed({ levels }: Reading, key: SettingKey): Pick<Complaint, "key" | "where" | "value"> {
  const raw = winner(levels, key)?.raw;
  const where = raw?.where ?? ({ kind: "nowhere" } as const);
  return { key, where, ...(raw === undefined ? {} : shownRaw(key, raw)) };
}
