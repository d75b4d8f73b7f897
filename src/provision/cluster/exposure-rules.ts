/**
 * Rules about what is open to others: all of it may be wanted, so all of it is a warning.
 */
import type { Rule } from "./rule.ts";

/** Tokens go with each request, and HTTP does not hide them. */
export const consulHttpIsLocal: Rule = (draft) => {
  if (draft.value("consul.http-address") !== "0.0.0.0") return [];
  return [
    {
      severity: "warning",
      ...draft.subject("consul.http-address"),
      wrong: "serves Consul's HTTP to the network in clear, tokens included",
      remedy: "write 127.0.0.1, and reach the UI by ssh -L 8500:127.0.0.1:8500",
    },
  ];
};

/** Who answers in a host's place would get every secret of the cluster. */
export const hostKeysAreChecked: Rule = (draft) => {
  const words = draft.value("ssh.options") ?? [];
  const isOff = words.some((word) => /^(-o ?)?stricthostkeychecking[= ](no|off)$/i.test(word));
  if (!isOff) return [];
  return [
    {
      severity: "warning",
      ...draft.subject("ssh.options"),
      wrong: "turns the check of host keys off: whoever answers gets the secrets",
      remedy: "log in to each host once, or write StrictHostKeyChecking=accept-new",
    },
  ];
};

/** ssh would take a first word without a hyphen for the host, and the host for a command. */
export const sshOptionsAreOptions: Rule = (draft) => {
  const [first] = draft.value("ssh.options") ?? [];
  if (first === undefined || first.startsWith("-")) return [];
  return [
    {
      severity: "error",
      ...draft.subject("ssh.options"),
      value: first,
      wrong: "begins with a word that is no option",
      expected: "options of ssh, such as [-J, bastion]",
    },
  ];
};
