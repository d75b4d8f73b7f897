/**
 * How Consul is reached: its endpoints, its token, and what TLS wants.
 */
import {
  type ConsulEndpoint,
  type ConsulSettings,
  type TlsSettings,
  endpointName,
} from "../../clients/endpoint.ts";
import type { Complaint } from "../../complaints.ts";
import { parseEndpoint, shownEndpoint } from "./endpoints.ts";
import { emptyLevel, gapIn, ownWord, winner } from "./merge.ts";
import { rawTexts } from "./raw.ts";
import { type Reading, expectedOf, readSetting } from "./reading.ts";
import { type SettingKey, settingRow } from "./table.ts";
import { readTlsFiles } from "./tls-files.ts";
import { readToken } from "./token.ts";
import { maxEndpoints } from "./value-type.ts";

const tlsKeys = [
  "consul-ca-file",
  "consul-cert-file",
  "consul-key-file",
  "consul-server-name",
] as const satisfies readonly SettingKey[];

/** `keys` are those that are read there. */
export function readConsul(reading: Reading, keys: readonly string[]): ConsulSettings | undefined {
  const endpoints = readEndpoints(reading);
  const token = readToken(reading, keys);
  const isSecure = endpoints?.some((endpoint) => endpoint.kind === "tcp" && endpoint.isSecure);
  const tls = readTls(reading, isSecure ?? true);
  const waitMs = readSetting(reading, "consul-wait");
  if (endpoints === undefined || waitMs === undefined) return undefined;
  return { endpoints, ...(token === undefined ? {} : { token }), tls, waitMs };
}

/** Where Consul is not asked at all. */
export function readWithoutConsul(reading: Reading): ConsulSettings | undefined {
  const waitMs = readSetting(reading, "consul-wait");
  return waitMs === undefined ? undefined : { endpoints: [], tls: {}, waitMs };
}

function readEndpoints(reading: Reading): readonly ConsulEndpoint[] | undefined {
  const key = "dcs-endpoints";
  const given = winner(reading.levels, key);
  const where = given?.raw.where ?? ({ kind: "default" } as const);
  const gap = gapIn(reading.levels, key);
  if (gap !== undefined) {
    const wrong = `is missing: ${gap.why}`;
    const remedy = "set dcs-endpoints, or source: patroni where no Consul can be asked";
    const expected = expectedOf(key);
    reading.complaints.push({ severity: "error", key, where: gap.where, wrong, expected, remedy });
    return undefined;
  }
  const text = settingRow(key).default ?? "";
  const texts = given === undefined ? [{ text, where }] : rawTexts(given.raw);
  const complaint = { severity: "error", key, where, expected: expectedOf(key) } as const;
  if (texts === undefined || texts.length === 0 || texts.length > maxEndpoints) {
    const wrong =
      texts === undefined ? "is no list of endpoints" : `names ${texts.length} endpoints`;
    reading.complaints.push({
      ...complaint,
      wrong,
      expected: `1 to ${maxEndpoints}: ${complaint.expected}`,
    });
    return undefined;
  }
  const endpoints = new Map<string, ConsulEndpoint>();
  for (const { text: written, where: place } of texts) {
    const read = parseEndpoint(written);
    const said = { ...complaint, where: place, value: shownEndpoint(written) };
    if (!read.ok) {
      const { wrong, remedy } = read;
      reading.complaints.push({ ...said, wrong, ...(remedy === undefined ? {} : { remedy }) });
      continue;
    }
    const name = endpointName(read.endpoint);
    if (endpoints.has(name)) {
      reading.complaints.push({
        ...said,
        severity: "warning",
        wrong: "is listed twice",
        expected: "each endpoint once",
      });
    } else endpoints.set(name, read.endpoint);
  }
  warnOfEtcdPort(reading, [...endpoints.values()]);
  reading.origins.push({ key, shown: [...endpoints.keys()].join(", "), where });
  return [...endpoints.values()];
}

/**
 * vip-manager's own default is etcd, so a file for etcd need not say so anywhere but in its port.
 */
function warnOfEtcdPort(reading: Reading, endpoints: readonly ConsulEndpoint[]): void {
  if (winner(reading.levels, "dcs-type") !== undefined) return;
  const suspect = endpoints.find(
    (endpoint) => endpoint.kind === "tcp" && endpoint.port === etcdPort,
  );
  if (suspect === undefined) return;
  reading.complaints.push({
    severity: "warning",
    key: "dcs-endpoints",
    where: winner(reading.levels, "dcs-endpoints")?.raw.where ?? { kind: "nowhere" },
    value: endpointName(suspect),
    wrong: `has the port of etcd, and dcs-type is not set, which means consul here`,
    remedy: "name a Consul agent; set dcs-type: consul if it really listens there",
  });
}

const etcdPort = 2379;

function readTls(reading: Reading, isSecure: boolean): TlsSettings {
  if (!isSecure) reading.complaints.push(...tlsKeys.flatMap((key) => idleTls(reading, key)));
  else complainOfUnverified(reading);
  // Of files that nobody asked for and nobody needs there is nothing to say.
  const levels = isSecure ? reading.levels : { ...reading.levels, patroni: emptyLevel };
  const files = readTlsFiles({ ...reading, levels }, "consul", { isNeeded: true });
  const serverName = readSetting(reading, "consul-server-name");
  return { ...files, ...(serverName === undefined ? {} : { serverName }) };
}

function complainOfUnverified({ levels, complaints }: Reading): void {
  const key = "consul-ca-file";
  const gap = gapIn(levels, key);
  if (gap === undefined) return;
  complaints.push({
    severity: "warning",
    key,
    where: gap.where,
    wrong: `is missing: ${gap.why}`,
    remedy: "name the authorities of Consul's certificate in consul-ca-file",
  });
}

function idleTls(reading: Reading, key: SettingKey): Complaint[] {
  const given = ownWord(reading.levels, key);
  if (given === undefined) return [];
  return [
    {
      severity: "warning",
      key,
      where: given.raw.where,
      wrong: "has no effect, since no endpoint is https",
      remedy: "start an endpoint of dcs-endpoints with https://, or remove this",
    },
  ];
}
