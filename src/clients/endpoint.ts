/**
 * Where Consul is and how one speaks to it: the part of the configuration that its client needs.
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
  /** In the order in which they are tried; never empty. */
  readonly endpoints: readonly ConsulEndpoint[];
  /** The token itself, already read from wherever it was kept. Never logged. */
  readonly token?: string;
  readonly tls: TlsSettings;
  /** How long one blocking query may wait for a change. */
  readonly waitMs: number;
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
