/**
 * Kinds of value that are names: of hosts, roles, users, versions.
 *
 * Each is narrower than what its reader would take. A name goes through DNS, systemd, SQL, JSON,
 * shell scripts and paths here, and one that needs quotes in none of them needs no luck.
 */
import { type Kind, fit, scalar, unfit, word } from "./value-kind.ts";

/**
 * Patroni makes a service name of it by lowering capitals and changing underscores, and the policy
 * has to name the same: so there are none.
 */
export const scopeName: Kind<string> = word({
  pattern: /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
  expected: "a word of lower-case letters, digits and hyphens, such as test; at most 40 characters",
  wrong: "is no name that Patroni, Consul and a path can all have",
});

const label = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?";

/** One label: Consul's DNS cannot find a node with a dot or an underscore in its name. */
export const hostName: Kind<string> = word({
  pattern: new RegExp(`^(?!localhost$)${label}$`),
  expected: "a host name of one part in lower case, such as test-db1; at most 63 characters",
  wrong: "is no name that Consul, Patroni and /etc/hosts can all have",
  remedy: (text) => (text.includes(".") ? `write ${text.split(".")[0]}` : undefined),
});

export const dottedName: Kind<string> = word({
  pattern: new RegExp(`^(?!localhost$)(?=.{1,253}$)${label}(\\.${label})*$`),
  expected: "a host name in lower case, such as test-db-cl",
});

export const namespace: Kind<string> = scalar({
  expected: "names between slashes, such as /db/",
  schema: { type: "string", pattern: "^/*[A-Za-z0-9._-]+(/+[A-Za-z0-9._-]+)*/*$" },
  read: (text) => {
    const parts = text.split("/").filter((part) => part !== "");
    if (parts.length === 0) {
      // A policy for keys that begin with `test` would be one for `test2` too.
      return unfit("is empty but for slashes", "name a folder, such as /db/");
    }
    if (parts.some((part) => part === "." || part === "..")) {
      return unfit("has a part that is . or ..");
    }
    if (!parts.every((part) => /^[A-Za-z0-9._-]+$/.test(part))) {
      return unfit("has other characters than letters, digits, dots, hyphens and underscores");
    }
    return fit(parts.join("/"));
  },
});

/** IFNAMSIZ of linux/if.h is 16, the last of them the closing zero byte. */
export const interfaceName: Kind<string> = word({
  pattern: /^(?!(all|default|lo)$)[A-Za-z0-9_][A-Za-z0-9._-]{0,14}$/,
  expected: "the name of a network interface, such as eth0; at most 15 characters",
});

export const datacenterName: Kind<string> = word({
  pattern: /^[a-z0-9_-]{1,64}$/,
  expected: "lower-case letters, digits, hyphens and underscores, such as dc1",
});

export const version: Kind<string> = word({
  pattern: /^\d+\.\d+\.\d+([+-][0-9A-Za-z.-]+)?$/,
  expected: "a version of three numbers, such as 4.1.5",
  remedy: (text) => (/^v\d/.test(text) ? `write ${text.slice(1)}` : undefined),
});

/** Whether the first version is older than the second; only their numbers count. */
export function isOlder(one: string, other: string): boolean {
  const [ours, theirs] = [numbersOf(one), numbersOf(other)];
  const index = ours.findIndex((number, place) => number !== theirs[place]);
  return index !== -1 && (ours[index] ?? 0) < (theirs[index] ?? 0);
}

function numbersOf(text: string): readonly number[] {
  return text
    .replace(/[+-].*$/, "")
    .split(".")
    .map(Number);
}

/** Such as SQL, pg_hba.conf and a shell take without quotes. */
export const sqlName: Kind<string> = word({
  pattern: /^[a-z_][a-z0-9_]{0,62}$/,
  expected: "lower-case letters, digits and underscores, such as app; at most 63 characters",
});

const account = /^[A-Za-z_][A-Za-z0-9_.@-]{0,63}$/;

export const userName: Kind<string> = word({ pattern: account, expected: "the name of a user" });

export const groupName: Kind<string> = word({ pattern: account, expected: "the name of a group" });

/** It must not begin with a hyphen: ssh would take it for an option. */
export const sshHost: Kind<string> = word({
  pattern: /^[A-Za-z0-9_][A-Za-z0-9._-]*$/,
  expected: "a host as ssh is called with: a name, an address, or a Host of ssh_config",
  remedy: (text) => (text.includes("@") ? "write the user as ssh.user" : undefined),
});

export const sshWord: Kind<string> = scalar({
  expected: "one word of ssh's command line",
  schema: { type: "string" },
  read: fit<string>,
});

export const locale: Kind<string> = word({
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/,
  expected: "a locale that `locale -a` shows on the hosts, such as ru_RU.UTF-8",
});
