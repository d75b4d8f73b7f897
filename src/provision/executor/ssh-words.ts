/**
 * What ssh says when there is no connection, and what a person does about it.
 *
 * ssh's own words are always shown: people search for them.
 */
import { type Failure, failed } from "../../outcome.ts";

/**
 * What an ssh says here that finds no connection to use and tries to make one of its own. It is our
 * word, since ssh's own depend on who is faster: where the other end is gone before it has sent
 * anything, it ends without any.
 */
export const noConnectionMark = "vip-agent-provision: there is no connection";

type Trouble = {
  readonly pattern: RegExp;
  readonly remedy: (destination: string) => string;
};

/** The first that fits counts: what comes last in ssh's words is often only a consequence. */
const troubles: readonly Trouble[] = [
  {
    // The shell's words, not ssh's.
    pattern: /\bssh: (?:command )?not found/,
    remedy: () =>
      "install OpenSSH's client on this machine (package openssh-client, or openssh-clients)",
  },
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|host key .*has changed/i,
    remedy: (destination) =>
      `the host shows another key than the known one: if it was installed anew, remove the old one ` +
      `with ssh-keygen -R ${destination} and connect by hand; if not, somebody may be in between`,
  },
  {
    pattern: /Host key verification failed|No \S+ host key is known/i,
    remedy: (destination) =>
      `the host's key is not known here: connect once by hand (ssh ${destination}), ` +
      "compare the fingerprint, and accept it",
  },
  {
    pattern: /Too many authentication failures/i,
    remedy: (destination) =>
      `the agent has too many keys: name the right one in ~/.ssh/config for ${destination} ` +
      "(IdentityFile, IdentitiesOnly yes)",
  },
  {
    pattern: /Permission denied/i,
    remedy: (destination) =>
      `log in without being asked for anything: load the key into the agent (ssh-add), ` +
      `and see that ssh ${destination} true works`,
  },
  {
    pattern: /Connection refused/i,
    remedy: () => "see whether sshd runs there, and on which port (ssh.port in the cluster file)",
  },
  {
    pattern: /Could not resolve hostname/i,
    remedy: () => "mend the name in the cluster file (address, ssh-host), or the resolver here",
  },
  {
    pattern: /timed out|No route to host|Network is unreachable|Host is down/i,
    remedy: () => "see whether the host is on, and whether a firewall is in between",
  },
  {
    pattern: /kex_exchange_identification|Connection (?:closed|reset) by|banner exchange/i,
    remedy: () =>
      "the host or a jump host ends connections before the login: see the log of its sshd " +
      "(MaxStartups, too many failed logins)",
  },
  {
    pattern: /Bad (?:configuration option|owner or permissions)|terminating, .*configuration/i,
    remedy: () => "mend ~/.ssh/config, or ssh.options in the cluster file",
  },
];

/** Where another try is worth it: the server had too many at once. */
export function isBusy(words: string): boolean {
  return /kex_exchange_identification|Connection (?:closed|reset) by/i.test(words);
}

/** sshd's MaxSessions is less than was asked for at once. */
export function isRefusedSession(words: string): boolean {
  return /Session open refused by peer|open failed: .*(?:no more sessions|administratively)/i.test(
    words,
  );
}

/**
 * It could not use the connection, and tried to make one of its own, which it cannot. Where it had
 * asked for a session by then, the host may have heard of it.
 */
export function isNeverSent(words: string): boolean {
  const isAlone =
    words.includes(noConnectionMark) || /kex_exchange_identification|UNKNOWN port/.test(words);
  return isAlone && !/from master failed/.test(words);
}

export function isForbiddenForward(words: string): boolean {
  return /administratively prohibited/i.test(words);
}

export function unreachable(destination: string, said: string): Failure<"unreachable"> {
  const words = said.replaceAll(noConnectionMark, "").trim();
  const trouble = troubles.find(({ pattern }) => pattern.test(words));
  const shown = words === "" ? "ssh ended without a word" : linesOf(words, trouble?.pattern);
  const remedy = trouble?.remedy(destination) ?? `see what ssh -v ${destination} says`;
  return failed("unreachable", `no connection to ${destination}: ${shown}; ${remedy}`);
}

/** The line that tells it, and the last one where that is another. */
function linesOf(words: string, pattern: RegExp | undefined): string {
  const lines = words.split("\n").map((line) => line.replaceAll("@", "").trim());
  const spoken = lines.filter((line) => line !== "");
  const telling = words.split("\n").find((line) => pattern?.test(line) === true);
  const chosen = telling?.replace(/^[@\s]+|[@\s]+$/g, "") ?? spoken.at(-1) ?? "";
  return chosen.slice(0, 300);
}
