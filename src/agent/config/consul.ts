/**
 * How Consul is reached: its endpoints and the files that TLS wants.
 *
 * The files are opened here, at the start, although only a connection needs them: a certificate
 * that cannot be read is worth a refusal now rather than a lost VIP at the next reconnection.
 */
import {
  type ConsulEndpoint,
  type ConsulSettings,
  type TlsSettings,
  endpointName,
} from "../../clients/endpoint.ts";
import type { Complaint } from "./complaints.ts";
import { parseEndpoint, shownEndpoint } from "./endpoints.ts";
import { winner } from "./merge.ts";
import { type PemKind, isKeyPair, pemProblem } from "./pem.ts";
import { rawTexts } from "./raw.ts";
import { type Reading, expectedOf, readSetting } from "./reading.ts";
import { type SettingKey, settingRow } from "./table.ts";
import { readToken } from "./token.ts";
import { maxEndpoints } from "./value-type.ts";

const tlsKeys = [
  "consul-ca-file",
  "consul-cert-file",
  "consul-key-file",
  "consul-server-name",
] as const satisfies readonly SettingKey[];

export function readConsul(reading: Reading): ConsulSettings | undefined {
  const endpoints = readEndpoints(reading);
  const token = readToken(reading);
  const tls = readTls(reading);
  const waitMs = readSetting(reading, "consul-wait");
  if (endpoints === undefined) return undefined;
  if (!endpoints.some((endpoint) => endpoint.kind === "tcp" && endpoint.isSecure)) {
    reading.complaints.push(...tlsKeys.flatMap((key) => idleTls(reading, key)));
  }
  if (waitMs === undefined) return undefined;
  return { endpoints, ...(token === undefined ? {} : { token }), tls, waitMs };
}

function readEndpoints(reading: Reading): readonly ConsulEndpoint[] | undefined {
  const key = "dcs-endpoints";
  const given = winner(reading.levels, key);
  const where = given?.raw.where ?? ({ kind: "default" } as const);
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

function readTls(reading: Reading): TlsSettings {
  const caFile = readSetting(reading, "consul-ca-file");
  const certFile = readSetting(reading, "consul-cert-file");
  const keyFile = readSetting(reading, "consul-key-file");
  const serverName = readSetting(reading, "consul-server-name");
  if (caFile !== undefined)
    readPem(reading, { key: "consul-ca-file", file: caFile, kind: "certificate" });
  readKeyPair(reading, certFile, keyFile);
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function readKeyPair(
  reading: Reading,
  certFile: string | undefined,
  keyFile: string | undefined,
): void {
  const [certKey, keyKey] = ["consul-cert-file", "consul-key-file"] as const;
  if (certFile !== undefined && keyFile === undefined)
    reading.complaints.push(halfPair(reading, certKey, keyKey));
  if (keyFile !== undefined && certFile === undefined)
    reading.complaints.push(halfPair(reading, keyKey, certKey));
  const cert =
    certFile === undefined
      ? undefined
      : readPem(reading, { key: certKey, file: certFile, kind: "certificate" });
  const key =
    keyFile === undefined
      ? undefined
      : readPem(reading, { key: keyKey, file: keyFile, kind: "key" });
  if (cert === undefined || key === undefined || isKeyPair(cert, key)) return;
  reading.complaints.push({
    ...complaintAbout(reading, keyKey, keyFile),
    wrong: "holds a key that does not belong to the certificate of consul-cert-file",
    expected: "the private key of that certificate",
  });
}

function halfPair(reading: Reading, present: SettingKey, absent: SettingKey): Complaint {
  const file = winner(reading.levels, present)?.raw;
  return {
    ...complaintAbout(reading, present, file?.kind === "text" ? file.text : undefined),
    wrong: `is given without ${absent}`,
    expected: "both or neither",
  };
}

/** The text of a PEM file that is in order; complains and returns undefined for any other. */
function readPem(
  reading: Reading,
  { key, file, kind }: { key: SettingKey; file: string; kind: PemKind },
): string | undefined {
  const read = reading.host.readFile(file);
  const problem = read.ok ? pemProblem(kind, read.text) : read.problem;
  if (problem === undefined && read.ok) return read.text;
  const expected =
    kind === "key" ? "a readable private key in PEM form" : "a readable certificate in PEM form";
  reading.complaints.push({
    ...complaintAbout(reading, key, file),
    wrong: problem ?? "cannot be read",
    expected,
  });
  return undefined;
}

function complaintAbout(reading: Reading, key: SettingKey, file: string | undefined) {
  const where = winner(reading.levels, key)?.raw.where ?? ({ kind: "nowhere" } as const);
  return { severity: "error", key, where, ...(file === undefined ? {} : { value: file }) } as const;
}

function idleTls(reading: Reading, key: SettingKey): Complaint[] {
  const given = winner(reading.levels, key);
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
