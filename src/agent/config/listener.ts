/**
 * Where metrics, status and health are served over TCP: the address, TLS, and who is let in.
 *
 * What is wrong with the words is an error, as everywhere. What is wrong with a file is a warning,
 * since the VIP does not depend on it; then nothing is served, rather than something that the
 * settings wanted to be protected.
 */
import { type IpAddress, isSameAddress, isSameSubnet } from "../../vip/address.ts";
import { ownWord, winner } from "./merge.ts";
import { type Reading, readSetting } from "./reading.ts";
import { type SecretKind, secretFromFile } from "./secrets.ts";
import type { ListenerSettings, VipSettings } from "./settings.ts";
import type { SettingKey } from "./table.ts";
import { TlsFiles } from "./tls-files.ts";

const without = "nothing is served over TCP";

/** A part that is wanted and cannot be had: enough has been said of it. */
const unusable = Symbol("unusable");

const idleKeys = [
  "metrics-address",
  "metrics-cert-file",
  "metrics-key-file",
  "metrics-client-ca-file",
  "metrics-username",
  "metrics-password-file",
] as const satisfies readonly SettingKey[];

export function readListener(
  reading: Reading,
  vips: readonly VipSettings[],
): ListenerSettings | undefined {
  const port = readSetting(reading, "metrics-port");
  if (port === 0) {
    for (const key of idleKeys) warnOfIdle(reading, key);
    return undefined;
  }
  const address = readSetting(reading, "metrics-address");
  const tls = readTls(reading);
  const basicAuth = readBasicAuth(reading);
  if (address === undefined || port === undefined) return undefined;
  judgeAddress(reading, address, vips);
  if (tls === unusable || basicAuth === unusable) return undefined;
  if (basicAuth !== undefined && tls === undefined) warnOfPlainPassword(reading, address);
  return { address: address.text, port, tls, basicAuth };
}

function warnOfIdle({ levels, complaints }: Reading, key: SettingKey): void {
  const given = ownWord(levels, key);
  if (given === undefined) return;
  complaints.push({
    severity: "warning",
    key,
    where: given.raw.where,
    wrong: "has no effect, since metrics-port is 0",
    remedy: "set metrics-port, or remove this",
  });
}

function judgeAddress(
  { levels, complaints }: Reading,
  address: IpAddress,
  vips: readonly VipSettings[],
): void {
  if (!vips.some((vip) => isSameAddress(vip.address, address))) return;
  complaints.push({
    severity: "warning",
    key: "metrics-address",
    where: winner(levels, "metrics-address")?.raw.where ?? { kind: "default" },
    value: address.text,
    wrong: "is the VIP, which is here only while this host leads",
    remedy: "name an address of the host, or all of them by 0.0.0.0 or ::",
  });
}

function readTls(reading: Reading): ListenerSettings["tls"] | typeof unusable {
  const files = new TlsFiles(reading, { isNeeded: true, without });
  const isGiven = files.isGiven("metrics-cert-file") || files.isGiven("metrics-key-file");
  const isMutual = files.isGiven("metrics-client-ca-file");
  const { certFile, keyFile } = files.readPair("metrics-cert-file", "metrics-key-file");
  const clientCa = files.read("metrics-client-ca-file", "certificate");
  if (isMutual && !isGiven) {
    const expected = "a certificate of the agent's own beside it: without TLS nobody shows any";
    files.complainOfLone("metrics-client-ca-file", "metrics-cert-file", expected);
  }
  if (isMutual && clientCa === undefined) return unusable;
  if (certFile !== undefined && keyFile !== undefined) {
    return { certFile, keyFile, clientCaFile: clientCa?.file };
  }
  return isGiven || isMutual ? unusable : undefined;
}

const userKey = "metrics-username";

const password: SecretKind = {
  key: "metrics-password-file",
  fileKey: "metrics-password-file",
  noun: "password",
  // oxlint-disable-next-line no-control-regex -- Control characters are just what must be found.
  isFit: (secret) => secret !== "" && !/[\u0000-\u001f\u007f]/.test(secret),
  unfit: "holds a line break or a control character",
  cut: (text) => text.replace(/\r?\n$/, ""),
  without,
};

function readBasicAuth(reading: Reading): ListenerSettings["basicAuth"] | typeof unusable {
  const user = winner(reading.levels, userKey);
  const file = winner(reading.levels, password.fileKey);
  if (user === undefined && file === undefined) return undefined;
  const username = readSetting(reading, userKey);
  const secret = file && secretFromFile(reading, password, file).secret;
  if (user === undefined || file === undefined) {
    const isUser = user !== undefined;
    reading.complaints.push({
      severity: "error",
      key: isUser ? userKey : password.fileKey,
      where: (user ?? file)?.raw.where ?? { kind: "nowhere" },
      wrong: `is given without ${isUser ? password.fileKey : userKey}`,
      expected: "both or neither",
    });
    return unusable;
  }
  if (username?.includes(":") === true) {
    reading.complaints.push({
      severity: "error",
      key: userKey,
      where: user.raw.where,
      value: username,
      wrong: "contains a colon, where basic authentication ends the name",
      expected: "a name without one",
    });
  }
  return username === undefined || secret === undefined ? unusable : { username, password: secret };
}

/** The networks that do not leave the host. */
const loopbacks: readonly (readonly [IpAddress, number])[] = [
  [{ family: "ipv4", text: "127.0.0.0" }, 8],
  [{ family: "ipv6", text: "::1" }, 128],
];

function warnOfPlainPassword({ levels, complaints }: Reading, address: IpAddress): void {
  if (loopbacks.some(([first, length]) => isSameSubnet(first, address, length))) return;
  complaints.push({
    severity: "warning",
    key: password.fileKey,
    where: winner(levels, password.fileKey)?.raw.where ?? { kind: "nowhere" },
    wrong: "holds a password that crosses the network in the clear, since nothing is served by TLS",
    remedy: "set metrics-cert-file and metrics-key-file",
  });
}
