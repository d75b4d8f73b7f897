/**
 * What a rule across several keys is, and the few words that rules share.
 *
 * A rule says nothing about a key that is wrong by itself: that has been said already.
 */
import type { Complaint } from "../../complaints.ts";
import type { Role } from "./cluster.ts";
import type { Draft } from "./draft.ts";

export type Rule = (draft: Draft) => readonly Complaint[];

/** Names of the hosts with the role, in the order of the file. */
export function hostsWith(draft: Draft, role: Role): readonly string[] {
  return draft.names("hosts").filter((name) => rolesOf(draft, name).includes(role));
}

/** A host whose roles are wrong is not judged by them. */
export function rolesOf(draft: Draft, host: string): readonly Role[] {
  return draft.value("hosts.*.roles", host) ?? [];
}

/** Whether every host says its roles, so that hosts can be counted by them. */
export function areRolesKnown(draft: Draft): boolean {
  const hosts = draft.names("hosts");
  return hosts.length > 0 && hosts.every((name) => rolesOf(draft, name).length > 0);
}

/** "a", "a and b", "a, b and c". */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
