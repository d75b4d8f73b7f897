/**
 * Rules about databases and roles.
 */
import type { Complaint } from "../../complaints.ts";
import { nearestOf } from "../../nearest.ts";
import type { Place } from "./draft.ts";
import { type Rule, listed } from "./rule.ts";

/** Roles that provisioning makes for Patroni: their passwords are in its file. */
const patronisRoles: readonly string[] = ["postgres", "replicator", "rewind_user"];

/** Words that pg_hba.conf or SQL reads as something else than a role. */
const roleWords: readonly string[] = [
  "all",
  "current_role",
  "current_user",
  "none",
  "public",
  "replication",
  "session_user",
  "user",
];

/** They are made by initdb, or are words of pg_hba.conf. */
const databaseWords: readonly string[] = [
  "all",
  "postgres",
  "replication",
  "samegroup",
  "samerole",
  "sameuser",
  "template0",
  "template1",
];

export const roleNamesAreFree: Rule = (draft) => {
  return draft.names("postgresql.roles").flatMap((name): Complaint[] => {
    const wrong = roleProblem(name);
    return wrong === undefined ? [] : [taken(draft.place("postgresql.roles", name), wrong)];
  });
};

function roleProblem(name: string): string | undefined {
  if (patronisRoles.includes(name)) return "is a role that is made for Patroni";
  if (name.startsWith("pg_")) return "begins with pg_, as only PostgreSQL's own roles do";
  return roleWords.includes(name) ? "is a word that PostgreSQL reads as another" : undefined;
}

export const databaseNamesAreFree: Rule = (draft) => {
  const names = draft.names("postgresql.databases").filter((name) => databaseWords.includes(name));
  return names.map((name) => {
    const place = draft.place("postgresql.databases", name);
    return taken(place, "is a name that PostgreSQL has a meaning for");
  });
};

function taken(place: Place, wrong: string): Complaint {
  return { severity: "error", ...place, wrong, remedy: "choose another name" };
}

/** CREATE DATABASE would fail on the leader, when all hosts are built already. */
export const ownersAreRoles: Rule = (draft) => {
  const roles = draft.names("postgresql.roles");
  return draft.names("postgresql.databases").flatMap((name): Complaint[] => {
    const owner = draft.value("postgresql.databases.*.owner", name);
    if (owner === undefined || roles.includes(owner)) return [];
    const meant = nearestOf(owner, roles);
    return [
      {
        severity: "error",
        ...draft.subject("postgresql.databases.*.owner", name),
        wrong: "is no role below postgresql.roles",
        expected: roles.length === 0 ? "a role, and there is none yet" : listed(roles),
        remedy:
          meant === undefined
            ? `write it below roles, as ${owner}: {}`
            : `if ${meant} is meant, write that`,
      },
    ];
  });
};

/** A role that no database lets in from anywhere is likely to be half of a thought. */
export const rolesCanComeIn: Rule = (draft) => {
  const networks = draft.value("postgresql.client-networks");
  const [first] = draft.names("postgresql.roles");
  if (networks === undefined || networks.length > 0 || first === undefined) return [];
  return [
    {
      severity: "warning",
      ...draft.subject("postgresql.client-networks"),
      wrong: "names no network, so that roles can log in from the hosts alone",
      remedy: "name the networks that clients are in, such as [192.168.1.0/24]",
    },
  ];
};
