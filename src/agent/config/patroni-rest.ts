/**
 * What patroni.yml says of the REST API, in the words of our settings.
 *
 * The address is the one under which Patroni is known to others: its certificate bears that name.
 * Authorities, client certificate and credentials are those of Patroni's own client
 * (patroni/request.py): the section `ctl` before `restapi`.
 */
import { splitHostPort } from "./patroni-consul.ts";
import type { PatroniWord, PatroniYaml } from "./patroni-yaml.ts";
import { type Raw, rawText } from "./raw.ts";

export function restWords(yaml: PatroniYaml): readonly PatroniWord[] {
  const cert = yaml.raw("ctl", "certfile");
  const { username, password } = credentials(yaml);
  return [
    ["patroni-url", "restapi", url(yaml)],
    ["patroni-username", "authentication.username", username],
    ["patroni-password", "authentication.password", password],
    ["patroni-ca-file", "cacert", yaml.raw("ctl", "cacert") ?? yaml.raw("restapi", "cafile")],
    ["patroni-cert-file", "ctl.certfile", cert],
    ["patroni-key-file", "ctl.keyfile", cert && (yaml.raw("ctl", "keyfile") ?? cert)],
    ["patroni-insecure", "ctl.insecure", yaml.raw("ctl", "insecure")],
  ];
}

function url(yaml: PatroniYaml): Raw | undefined {
  const known = yaml.raw("restapi", "connect_address");
  const address = known ?? yaml.raw("restapi", "listen");
  if (address?.kind !== "text") return address;
  const scheme = yaml.has("restapi", "certfile") ? "https" : "http";
  const { host, port } = splitHostPort(address.text);
  const reachable = known === undefined ? listener(host) : host;
  return { ...address, text: `${scheme}://${reachable}${port === undefined ? "" : `:${port}`}` };
}

/** Of the hosts on which it listens one that is reached from here. */
function listener(hosts: string): string {
  const all = hosts.split(",").map((host) => host.trim());
  const isEverywhere = all.some((host) => ["", "*", "0.0.0.0", "[::]"].includes(host));
  return isEverywhere ? "127.0.0.1" : (all[0] ?? "");
}

type Credentials = { readonly username?: Raw | undefined; readonly password?: Raw | undefined };

/** Both from one section; in the oldest spelling they are one text. */
function credentials(yaml: PatroniYaml): Credentials {
  for (const section of ["ctl", "restapi"]) {
    if (yaml.has(section, "authentication")) {
      return {
        username: yaml.raw(section, "authentication", "username"),
        password: yaml.raw(section, "authentication", "password"),
      };
    }
    const together = yaml.raw(section, "auth");
    if (together?.kind !== "text") continue;
    const { where } = together;
    const [username = "", ...password] = together.text.split(":");
    return {
      username: rawText(username, where),
      password: { kind: "text", text: password.join(":"), where },
    };
  }
  return {};
}
