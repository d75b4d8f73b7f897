/**
 * Where Consul and Patroni are and how one speaks to them: the part of the configuration that their
 * clients need.
 */
export type ConsulEndpoint =
  | {
      readonly kind: "tcp";
      readonly isSecure: boolean;
      /** A name or an address; IPv6 without its brackets. */
      readonly host: string;
      readonly port: number;
    }
  | { readonly kind: "unix"; readonly path: string };

export type TlsSettings = {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
};

export type ConsulSettings = {
  /** In the order in which they are tried; empty only where Consul is not asked at all. */
  readonly endpoints: readonly ConsulEndpoint[];
  /** The token itself, already read from wherever it was kept. Never logged. */
  readonly token?: string;
  readonly tls: TlsSettings;
  /** How long one blocking query may wait for a change. */
  readonly waitMs: number;
};

export type PatroniSettings = {
  readonly isSecure: boolean;
  /** A name or an address; IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
  /** Basic authentication, which Patroni asks for before it changes anything. Never logged. */
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly tls: TlsSettings;
  /** Whether its certificate is taken unchecked, as `ctl.insecure` of patroni.yml says. */
  readonly isUnchecked: boolean;
};

/** How an endpoint is written in messages. */
export function endpointName(endpoint: ConsulEndpoint): string {
  if (endpoint.kind === "unix") return `unix://${endpoint.path}`;
  const scheme = endpoint.isSecure ? "https" : "http";
  return `${scheme}://${bracketed(endpoint.host)}:${endpoint.port}`;
}

/** The host as it stands in a URL. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
