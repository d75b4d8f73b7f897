/**
 * The address of a Consul agent: http://host:port, https://host:port or unix:///path, and nothing
 * else; and that of Patroni's REST API, without the socket.
 *
 * The pieces are matched by hand, because a URL parser forgives: it drops the port that equals the
 * scheme's, turns a missing scheme into a part of the path, and accepts a user and a password,
 * which would end up in logs.
 */
import { parseAddress } from "../../vip/address.ts";
import type { ConsulEndpoint } from "../../clients/endpoint.ts";
import { maxSocketPathBytes } from "./value-type.ts";

export type EndpointRead<Endpoint = ConsulEndpoint> =
  | { readonly ok: true; readonly endpoint: Endpoint }
  | { readonly ok: false; readonly wrong: string; readonly remedy?: string };

type TcpEndpoint = Extract<ConsulEndpoint, { kind: "tcp" }>;

/** Where a service listens unless told otherwise, for remedies. */
type Service = {
  readonly name: string;
  readonly port: number;
  readonly securePort: number;
  /** Where a password or a token belongs. */
  readonly secretPlace: string;
};

const consul: Service = {
  name: "Consul",
  port: 8500,
  securePort: 8501,
  secretPlace: "put the token into consul-token-file",
};

const patroni: Service = {
  name: "Patroni",
  port: 8008,
  securePort: 8008,
  secretPlace: "use patroni-username and patroni-password-file",
};

export function parseEndpoint(text: string): EndpointRead {
  if (text.startsWith("unix://")) return parseSocket(text.slice("unix://".length));
  return parseUrl(text, consul);
}

export function parsePatroniUrl(text: string): EndpointRead<TcpEndpoint> {
  return parseUrl(text, patroni);
}

function parseUrl(text: string, service: Service): EndpointRead<TcpEndpoint> {
  const scheme = /^(https?):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return missingScheme(text, service);
  const rest = text.slice(`${scheme}://`.length);
  if (rest.includes("@")) return wrong("carries a user or a password", service.secretPlace);
  if (/[?#]/.test(rest)) return wrong("carries a query", "keep scheme, host and port only");
  const [authority = "", ...path] = rest.split("/");
  if (path.join("/") !== "") return wrong("carries a path", `write ${scheme}://${authority}`);
  return parseAuthority(authority, service, scheme === "https");
}

/** The endpoint as it may be shown: what looks like a password or a token is left out. */
export function shownEndpoint(text: string): string {
  return text.replace(/(^|\/\/)[^/]*@/, "$1…@").replace(/[?#].*$/s, "?…");
}

function portOf({ port, securePort }: Service, isSecure: boolean): number {
  return isSecure ? securePort : port;
}

function parseSocket(path: string): EndpointRead {
  if (!path.startsWith("/"))
    return wrong("names no absolute path", "write three slashes: unix:///run/consul.sock");
  if (Buffer.byteLength(path) > maxSocketPathBytes) {
    return wrong(`names a path of more than ${maxSocketPathBytes} bytes, which no socket can have`);
  }
  return { ok: true, endpoint: { kind: "unix", path } };
}

function parseAuthority(
  authority: string,
  service: Service,
  isSecure: boolean,
): EndpointRead<TcpEndpoint> {
  const [, host = "", portText] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? [];
  if (host === "" && parseAddress(authority)?.family === "ipv6")
    return bareIpv6(authority, service, isSecure);
  const canonical = canonicalHost(host);
  if (canonical === undefined)
    return wrong("names no host", "write a name or an address, IPv6 in brackets");
  const scheme = isSecure ? "https" : "http";
  if (portText === undefined || portText === "") {
    return wrong(
      "has no port",
      `write ${scheme}://${host}:${portOf(service, isSecure)}, if ${service.name} listens there`,
    );
  }
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
  if (port < 1 || port > 65_535) return wrong("has a port that is no number from 1 to 65535");
  return { ok: true, endpoint: { kind: "tcp", isSecure, host: canonical, port } };
}

function canonicalHost(host: string): string | undefined {
  if (host.startsWith("[")) {
    const address = parseAddress(host.slice(1, -1));
    return address?.family === "ipv6" ? address.text : undefined;
  }
  // Digits and dots alone are an address or a mistake, never a name.
  if (/^[\d.]+$/.test(host)) return parseAddress(host)?.text;
  return /^[a-z0-9]([a-z0-9._-]*[a-z0-9.])?$/i.test(host) ? host.toLowerCase() : undefined;
}

function missingScheme(text: string, service: Service): Wrong {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme !== undefined)
    return wrong(`has the scheme ${scheme}, which ${service.name} does not speak`);
  const isBare = parseAuthority(text, service, false).ok;
  return wrong(
    "has no scheme",
    isBare ? `write http://${text}` : "start it with http:// or https://",
  );
}

function bareIpv6(address: string, service: Service, isSecure: boolean): Wrong {
  return wrong(
    "has an IPv6 address without brackets",
    `write ${isSecure ? "https" : "http"}://[${address}]:${portOf(service, isSecure)}`,
  );
}

type Wrong = Extract<EndpointRead, { ok: false }>;

function wrong(problem: string, remedy?: string): Wrong {
  return { ok: false, wrong: problem, ...(remedy === undefined ? {} : { remedy }) };
}
