/**
 * The Patroni of this host: how it is reached, what it is asked for, and what its word decides.
 *
 * Nothing of it is needed to follow the key in Consul. Where the agent goes by Patroni alone, or
 * waits for a primary that takes writes, there has to be one that can be asked.
 */
import type { PatroniSettings } from "../../clients/endpoint.ts";
import { parsePatroniUrl } from "./endpoints.ts";
import { levelsInOrder, ownWord, winner } from "./merge.ts";
import { judgePatroni } from "./patroni-rules.ts";
import { type Reading, readSetting } from "./reading.ts";
import { type SecretKind, secretOf } from "./secrets.ts";
import type { Settings, VipSettings } from "./settings.ts";
import { readTlsFiles } from "./tls-files.ts";

export type PatroniPart = Pick<
  Settings,
  "patroni" | "dataDirectory" | "callbacks" | "wake" | "gate" | "gateDeadlineMs" | "standbyVip"
>;

export type PatroniRole = {
  readonly source: Settings["source"];
  readonly vips: readonly VipSettings[];
};

export function readPatroni(reading: Reading, role: PatroniRole): PatroniPart | undefined {
  const gate = readSetting(reading, "gate");
  const isNeeded = role.source === "patroni" || gate === "writable";
  const patroni = readRest(reading, isNeeded);
  const dataDirectory = readSetting(reading, "data-directory");
  const callbacks = readSetting(reading, "callbacks");
  const wake = readSetting(reading, "wake");
  const gateDeadlineS = readSetting(reading, "gate-deadline");
  const standbyVip = readSetting(reading, "standby-vip");
  judgePatroni(reading, { ...role, gate });
  if (gate === undefined || gateDeadlineS === undefined || standbyVip === undefined) {
    return undefined;
  }
  if (callbacks === undefined || wake === undefined) return undefined;
  return {
    patroni,
    dataDirectory,
    callbacks: callbacks === "none" ? undefined : callbacks,
    wake,
    gate,
    gateDeadlineMs: gateDeadlineS * 1_000,
    standbyVip,
  };
}

function readRest(reading: Reading, isNeeded: boolean): PatroniSettings | undefined {
  const url = readSetting(reading, "patroni-url");
  const read = url === undefined ? undefined : parsePatroniUrl(url);
  if (read?.ok !== true) return undefined;
  const { isSecure, host, port } = read.endpoint;
  const credentials = readCredentials(reading);
  const tls = isSecure ? readTlsFiles(reading, "patroni", { isNeeded }) : {};
  const isUnchecked = isSecure && readSetting(reading, "patroni-insecure") === true;
  const address = { isSecure, host, port, tls, isUnchecked };
  return credentials === undefined ? address : { ...address, credentials };
}

const password: SecretKind = {
  key: "patroni-password",
  fileKey: "patroni-password-file",
  noun: "password",
  // oxlint-disable-next-line no-control-regex -- Control characters are just what must be found.
  isFit: (secret) => secret !== "" && !/[\u0000-\u001f\u007f]/.test(secret),
  unfit: "holds a line break or a control character",
  cut: (text) => text.replace(/\r?\n$/, ""),
};

function readCredentials(reading: Reading): PatroniSettings["credentials"] {
  const { levels, complaints } = reading;
  const username = readSetting(reading, "patroni-username");
  const secret = readPassword(reading);
  if (username !== undefined && secret !== undefined) return { username, password: secret };
  const user = winner(levels, "patroni-username");
  const pass = winner(levels, password.key) ?? winner(levels, password.fileKey);
  const given = user ?? pass;
  // Of what cannot be understood enough has been said; half of patroni.yml's is Patroni's business.
  if (given === undefined || (user !== undefined && pass !== undefined)) return undefined;
  if (ownWord(levels, given.key) === undefined) return undefined;
  complaints.push({
    severity: "error",
    key: given.key,
    where: given.raw.where,
    wrong: `is given without ${user === undefined ? "patroni-username" : password.fileKey}`,
    expected: "both or neither",
  });
  return undefined;
}

function readPassword(reading: Reading): string | undefined {
  for (const level of levelsInOrder(reading.levels)) {
    const read = secretOf(reading, password, level);
    if (read !== undefined) return read.secret;
  }
  return undefined;
}
