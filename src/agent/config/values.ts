/**
 * Text into values: one valibot pipeline per type of setting.
 *
 * A pipeline says what is wrong with a text; what was expected comes from the type, and what to do
 * about it, where that can be known, from a look at the text itself: who writes 255.255.255.0 means
 * 24.
 */
import * as v from "valibot";
import { endpointName } from "../../clients/endpoint.ts";
import { type IpAddress, addressBits, parseAddress } from "../../vip/address.ts";
import { parsePatroniUrl } from "./endpoints.ts";
import {
  type ChoiceType,
  type DirectoryType,
  type NumberType,
  type SocketType,
  type ValueOf,
  type ValueType,
  maxInterfaceNameLength,
  maxKeyLength,
  maxSocketPathBytes,
} from "./value-type.ts";

export type ValueRead<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly wrong: string; readonly remedy?: string };

export function readValue<T extends ValueType>(type: T, text: string): ValueRead<ValueOf<T>> {
  const parsed = v.safeParse(pipelineOf(type), text, { abortEarly: true, abortPipeEarly: true });
  // Each pipeline ends in the type that ValueOf states for its kind; the tests hold the two
  // together.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  if (parsed.success) return { ok: true, value: parsed.output as ValueOf<T> };
  const remedy = remedyFor(type, text);
  return {
    ok: false,
    wrong: parsed.issues[0].message,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

type Pipeline = v.GenericSchema<string, IpAddress | number | boolean | string>;

function pipelineOf(type: ValueType): Pipeline {
  switch (type.kind) {
    case "address":
      return address;
    case "listen-address":
      return listenAddress;
    case "prefix":
      return prefix;
    case "interface":
      return interfaceName;
    case "key":
      return key;
    case "text":
    case "path":
      return plainText;
    case "directory":
      return directory(type);
    case "socket":
      return socket(type);
    case "url":
      return url;
    case "switch":
      return onOff;
    case "choice":
      return choice(type);
    case "number":
      return wholeNumber(type);
    case "argv":
    case "endpoints":
    case "vips":
      throw new Error(`A setting of type ${type.kind} is no single text.`);
  }
}

// oxlint-disable-next-line no-control-regex -- Control characters are just what must be found.
const controlCharacter = /[\u0000-\u001f\u007f]/;

const plainText = v.pipe(
  v.string(),
  v.check((text) => !controlCharacter.test(text), "contains a control character or a line break"),
);

/** Canonical, so that it may be shown: without what a forgiving parser would pass on. */
const url = v.pipe(
  v.string(),
  v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
    const read = parsePatroniUrl(dataset.value);
    if (read.ok) return endpointName(read.endpoint);
    addIssue({ message: read.wrong });
    return NEVER;
  }),
);

const address = v.pipe(
  v.string(),
  v.rawTransform<string, IpAddress>(({ dataset, addIssue, NEVER }) => {
    const parsed = parseAddress(dataset.value);
    if (parsed !== undefined) return parsed;
    addIssue({
      message: withPrefix(dataset.value) === undefined ? "is no IP address" : "has a prefix length",
    });
    return NEVER;
  }),
);

const listenAddress = v.pipe(
  v.string(),
  v.rawTransform<string, IpAddress>(({ dataset, addIssue, NEVER }) => {
    const parsed = parseAddress(dataset.value);
    if (parsed !== undefined) return parsed;
    addIssue({ message: "is no IP address" });
    return NEVER;
  }),
);

/**
 *  -1 is vip-manager's word for "you choose"; the range for the family is checked beside the
 * address.
 */
const prefix = v.pipe(
  v.string(),
  v.check((text) => parseAddress(text) === undefined, "is a mask in dotted form"),
  v.regex(/^(-1|\d{1,9})$/, "is no whole number"),
  v.transform(Number),
  v.check((length) => length === -1 || (length >= 1 && length <= 128), "is out of range"),
);

const interfaceName = v.pipe(
  v.string(),
  v.maxLength(maxInterfaceNameLength, "is longer than an interface name can be"),
  v.check(
    // Quotes, # and \ would be read as more than themselves by `ip -batch`.
    (name) => !/[\s/:"'#\\]/.test(name) && !controlCharacter.test(name),
    "contains a character that is not taken in an interface name",
  ),
  v.check((name) => name !== "." && name !== "..", "is no interface name"),
  v.check((name) => !/^(all|default)$/.test(name), "is a word of sysctl, and no interface"),
);

const key = v.pipe(
  v.string(),
  v.maxLength(maxKeyLength, `is longer than ${maxKeyLength} characters`),
  v.check(
    (text) => !/\s/.test(text) && !controlCharacter.test(text),
    "contains white space or a control character",
  ),
  v.check((text) => !text.includes("%"), "contains a percent sign, which Patroni never writes"),
  v.transform((text) => text.replace(/^\/+/, "").replaceAll(/\/{2,}/g, "/")),
  v.nonEmpty("is empty but for slashes"),
  v.check((text) => !text.endsWith("/"), "ends in a slash, which names a folder and no key"),
  v.check(
    (text) => !text.split("/").some((part) => part === "." || part === ".."),
    "contains a part that is . or ..",
  ),
);

/**
 * What Go's strconv.ParseBool takes, which vip-manager uses, and what YAML 1.1 called a boolean.
 */
const trueWords: readonly string[] = ["1", "t", "true", "yes", "on"];
const falseWords: readonly string[] = ["0", "f", "false", "no", "off"];

const onOff = v.pipe(
  v.string(),
  v.toLowerCase(),
  v.check(
    (word) => trueWords.includes(word) || falseWords.includes(word),
    "is neither true nor false",
  ),
  v.transform((word) => trueWords.includes(word)),
);

/** Whether the text is one that a switch understands. */
export function isSwitchWord(text: string): boolean {
  return v.is(onOff, text);
}

function directory({ off }: DirectoryType): Pipeline {
  return v.pipe(
    plainText,
    v.check(
      (text) => off === undefined || text === off || text.startsWith("/"),
      "does not begin at the root",
    ),
  );
}

function socket({ off }: SocketType): Pipeline {
  return v.pipe(
    plainText,
    v.check((text) => text === off || text.startsWith("/"), "does not begin at the root"),
    v.check((text) => !text.endsWith("/"), "ends in a slash, which names a directory"),
    v.check(
      (text) => Buffer.byteLength(text) <= maxSocketPathBytes,
      `is longer than the ${maxSocketPathBytes} bytes that a socket's path can have`,
    ),
  );
}

function choice({ choices, unbuilt = {} }: ChoiceType): Pipeline {
  const problem = `is not built yet: only ${choices.join(", ")}`;
  return v.pipe(
    v.string(),
    v.toLowerCase(),
    v.check((word) => !Object.hasOwn(unbuilt, word), problem),
    v.picklist(choices, "is none of the known values"),
  );
}

function wholeNumber({ from, to, isZeroAllowed }: NumberType): Pipeline {
  return v.pipe(
    v.string(),
    v.regex(/^-?\d{1,9}$/, "is no whole number"),
    v.transform(Number),
    v.check(
      (count) => (isZeroAllowed && count === 0) || (count >= from && count <= to),
      "is out of range",
    ),
  );
}

function remedyFor(type: ValueType, text: string): string | undefined {
  if (type.kind === "address") return withPrefix(text);
  if (type.kind === "listen-address") return listenRemedy(text);
  if (type.kind === "choice") return type.unbuilt?.[text.toLowerCase()];
  if (type.kind === "url") {
    const read = parsePatroniUrl(text);
    return read.ok ? undefined : read.remedy;
  }
  if (type.kind === "prefix") {
    const length = maskLength(text);
    return length === undefined ? undefined : `write ${length}, which means the same`;
  }
  if (type.kind === "number" && /^\d+ ?(ms|s|sec|m)$/.test(text)) {
    return "write the bare number in the unit that is expected";
  }
  return undefined;
}

/** What to write for 192.168.1.140/24. */
function withPrefix(text: string): string | undefined {
  const [, host = "", length = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const parsed = parseAddress(host);
  return parsed === undefined ? undefined : `write ip: ${parsed.text} and netmask: ${length}`;
}

/** What to write for a name or an address with a port, where the address alone belongs. */
function listenRemedy(text: string): string | undefined {
  if (text === "*") return "write 0.0.0.0, or :: for IPv6 as well";
  if (text.toLowerCase() === "localhost") return "write 127.0.0.1";
  const [, host = "", port = ""] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  const parsed = parseAddress(host);
  return parsed && `write ${parsed.text}, and the port ${port} as metrics-port`;
}

/** 24 for 255.255.255.0; undefined for what is no mask. */
function maskLength(text: string): number | undefined {
  const mask = parseAddress(text);
  if (mask?.family !== "ipv4") return undefined;
  const digits = addressBits(mask).toString(2).padStart(32, "0");
  return /^1+0*$/.test(digits) ? digits.lastIndexOf("1") + 1 : undefined;
}
