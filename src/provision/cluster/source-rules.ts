/**
 * Rules about where programs and packages come from.
 */
import type { Complaint } from "../../complaints.ts";
import type { Draft } from "./draft.ts";
import { isOlder } from "./name-kinds.ts";
import { isAddress } from "./net-kinds.ts";
import type { Rule } from "./rule.ts";

/** https says who the server was, and not what it had become by then. */
export const fetchedFilesHaveDigests: Rule = (draft) => [
  ...missingDigest(draft, "consul.program", "consul.sha256"),
  ...missingDigest(draft, "vip-agent.package", "vip-agent.sha256"),
];

function missingDigest(
  draft: Draft,
  sourceKey: "consul.program" | "vip-agent.package",
  digestKey: "consul.sha256" | "vip-agent.sha256",
): readonly Complaint[] {
  const from = draft.value(sourceKey);
  if (from === undefined || !isAddress(from) || draft.isGiven(digestKey)) return [];
  return [
    {
      severity: "error",
      ...draft.subject(digestKey),
      wrong: `is missing: ${sourceKey} is an address`,
      remedy: "write what sha256sum prints for the file, as its maker publishes it",
    },
  ];
}

/** What can be installed with the hosts' own tools. */
export const packageIsAPackage: Rule = (draft) => {
  const from = draft.value("vip-agent.package");
  if (from === undefined || /\.(deb|rpm)$/.test(fileOf(from))) return [];
  return [
    {
      severity: "error",
      ...draft.subject("vip-agent.package"),
      wrong: "is no package by its name",
      expected: "a file that ends in .deb or .rpm",
    },
  ];
};

function fileOf(from: string): string {
  return isAddress(from) ? new URL(from).pathname : from;
}

/** Older ones were never tried with vip-agent. */
const oldestConsul = "1.16.0";

export const consulIsNewEnough: Rule = (draft) => {
  const version = draft.value("consul.version");
  if (version === undefined || !isOlder(version, oldestConsul)) return [];
  return [
    {
      severity: "warning",
      ...draft.subject("consul.version"),
      wrong: "is older than anything that was tried",
      expected: `${oldestConsul} or later`,
    },
  ];
};
