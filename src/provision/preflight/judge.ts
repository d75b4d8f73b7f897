/**
 * Everything that would fail, on all hosts at once, from what was seen. Pure.
 *
 * What is fine is said too, in a few words, so that a reader sees what was looked at. A host that could
 * not be asked is one finding, and nothing about the others depends on it.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import type { Finding } from "../phases/events.ts";
import { error } from "./finding.ts";
import { addressFindings } from "./judge-addresses.ts";
import { alikeFindings } from "./judge-alike.ts";
import { clockFindings } from "./judge-clock.ts";
import { consulFindings, consulStateFindings } from "./judge-consul.ts";
import { nameFindings } from "./judge-names.ts";
import { portFindings } from "./judge-ports.ts";
import { postgresqlFindings } from "./judge-postgresql.ts";
import { protectionFindings } from "./judge-protection.ts";
import { reachFindings } from "./judge-reach.ts";
import { storageFindings } from "./judge-storage.ts";
import { systemFindings } from "./judge-system.ts";
import { vipFindings } from "./judge-vip.ts";
import { type Knowledge, type Sighted, nothingKnown } from "./sighted.ts";
import type { Surveys } from "./survey.ts";

export function judgePreflight(
  cluster: Cluster,
  surveys: Surveys,
  knowledge: Knowledge = nothingKnown,
): readonly Finding[] {
  const all = cluster.hosts.flatMap((host): readonly Sighted[] => {
    const survey = surveys.get(host.name);
    return survey?.ok === true ? [{ host, survey: survey.value }] : [];
  });
  return [
    ...cluster.hosts.flatMap((host) => accessFindings(host, surveys)),
    ...all.flatMap((sighted) => [
      ...systemFindings(cluster, sighted),
      ...addressFindings(cluster, sighted, all),
      ...nameFindings(cluster, sighted),
      ...portFindings(cluster, sighted),
      ...reachFindings(cluster, sighted, all),
      ...consulFindings(cluster, sighted, knowledge),
      ...postgresqlFindings(cluster, sighted),
      ...storageFindings(cluster, sighted),
      ...protectionFindings(sighted, knowledge),
    ]),
    ...clockFindings(all),
    ...alikeFindings(cluster, all),
    ...vipFindings(cluster, all),
    ...consulStateFindings(cluster, all, knowledge),
  ];
}

function accessFindings(host: Host, surveys: Surveys): readonly Finding[] {
  const survey = surveys.get(host.name);
  if (survey === undefined || survey.ok) return [];
  const { code, detail } = survey;
  return [error({ host, code, finding: detail, remedy: accessRemedy(host, code) })];
}

/** What to do about a host that cannot be asked. */
export function accessRemedy({ sshHost }: Host, code: string): string {
  switch (code) {
    case "unreachable":
      return `make \`ssh ${sshHost} true\` work without a question, from here and as this user`;
    case "sudo":
      return "log in as root, or let the login become root without a password (sudo -n true)";
    case "timeout":
      return "see what holds the host up, and run preflight again";
    default:
      return `see what \`ssh ${sshHost} id\` says, and run preflight again`;
  }
}
