/**
 * What the section `consul` of patroni.yml says, in the words of our settings.
 *
 * As Patroni reads it (patroni/dcs/consul.py): a url, or a host with or without a port and a scheme
 * beside it. A certificate without a key holds the key as well. What concerns its sessions and its
 * service (checks, register_service …) does not concern a reader.
 */
import type { PatroniWord, PatroniYaml } from "./patroni-yaml.ts";
import type { Raw } from "./raw.ts";

/** In the order of their use (patroni/dcs/__init__.py); consul is the first of all. */
const otherStores = ["etcd", "etcd3", "exhibitor", "kubernetes", "raft", "zookeeper"];

export function consulWords(yaml: PatroniYaml): readonly PatroniWord[] {
  if (!yaml.has("consul")) return [["dcs-endpoints", "consul", withoutConsul(yaml)]];
  return [
    ["dcs-endpoints", "consul", endpoint(yaml)],
    ["consul-token", "consul.token", yaml.raw("consul", "token")],
    ["consul-ca-file", "consul.cacert", yaml.raw("consul", "cacert") ?? unverified(yaml)],
    ["consul-cert-file", "consul.cert", yaml.raw("consul", "cert")],
    ["consul-key-file", "consul.key", yaml.raw("consul", "key") ?? yaml.raw("consul", "cert")],
  ];
}

function withoutConsul(yaml: PatroniYaml): Raw {
  const store = otherStores.find((name) => yaml.has(name));
  const why =
    store === undefined
      ? "patroni.yml has no section consul, and PATRONI_ variables are not read"
      : `patroni.yml names ${store}, and the leader key is read from Consul only`;
  return { kind: "empty", why, where: yaml.where };
}

/** Patroni then takes any certificate; the agent does not. */
function unverified(yaml: PatroniYaml): Raw | undefined {
  const verify = yaml.raw("consul", "verify");
  if (verify?.kind !== "text" || !/^(false|off|no|0)$/i.test(verify.text)) return undefined;
  const why = "consul.verify switches the check off for Patroni, and the agent checks all the same";
  return { kind: "empty", why, where: verify.where };
}

const defaultPort = 8500;

function endpoint(yaml: PatroniYaml): Raw {
  const url = yaml.raw("consul", "url");
  if (url !== undefined) return url.kind === "text" ? { ...url, text: fromUrl(url.text) } : url;
  const host = yaml.raw("consul", "host");
  if (host !== undefined && host.kind !== "text") return host;
  const scheme = yaml.text("consul", "scheme") ?? "http";
  const written = splitHostPort(host?.text ?? "127.0.0.1");
  const port = yaml.text("consul", "port") ?? written.port ?? defaultPort;
  return {
    kind: "text",
    text: `${scheme}://${written.host}:${port}`,
    where: host?.where ?? yaml.where,
  };
}

/** Scheme, host and port alone are used of it; what is no URL is judged as it stands. */
function fromUrl(url: string): string {
  const [, scheme, address = ""] = /^([a-z]+):\/\/(?:[^/?#]*@)?([^/?#]+)/i.exec(url) ?? [];
  if (scheme === undefined) return url;
  const { host, port = defaultPort } = splitHostPort(address);
  return `${scheme}://${host}:${port}`;
}

/** A host as it stands in a URL, and what follows the last colon, if that is a port. */
export function splitHostPort(text: string): { readonly host: string; readonly port?: string } {
  const [, host = text, port] = /^(.*):(\d+)$/.exec(text.trim()) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const isIpv6 = bare.includes(":");
  return { host: isIpv6 ? `[${bare}]` : bare, ...(port === undefined ? {} : { port }) };
}
