/**
 * Every key of the cluster file: the one place where its path, its kind, its default and its
 * meaning are written down.
 *
 * The reading, the JSON Schema for editors and the reference for people are all made from these
 * rows. `*` in a path stands for a name that the operator chooses: of a host, a database, a role.
 */
import { hostRows } from "./host-rows.ts";
import { hostName, sqlName } from "./name-kinds.ts";
import type { Row } from "./row.ts";
import { stackRows } from "./stack-rows.ts";
import type { Kind } from "./value-kind.ts";

const rows = { ...hostRows, ...stackRows };

export type ClusterKey = keyof typeof rows;

export type ValueOf<K extends ClusterKey> = (typeof rows)[K] extends Row<infer T> ? T : never;

export const clusterRows: { readonly [K in ClusterKey]: Row<ValueOf<K>> } = rows;

export const clusterKeys: readonly ClusterKey[] = Object.keys(rows).filter(isClusterKey);

function isClusterKey(name: string): name is ClusterKey {
  return Object.hasOwn(rows, name);
}

export type Collection = "hosts" | "postgresql.databases" | "postgresql.roles";

/** Mappings whose names are the operator's. */
export const collections: Readonly<
  Record<
    Collection,
    {
      readonly name: Kind<string>;
      readonly help: string;
      /** What one of its names is called. */
      readonly of: string;
      readonly isNeeded: boolean;
    }
  >
> = {
  hosts: {
    isNeeded: true,
    name: hostName,
    of: "host",
    help:
      "The hosts, by name: Patroni's member, Consul's node, and a line of /etc/hosts. The first " +
      "database host is the first leader.",
  },
  "postgresql.databases": {
    isNeeded: false,
    name: sqlName,
    of: "database",
    help: "Databases to create, by name.",
  },
  "postgresql.roles": {
    isNeeded: false,
    name: sqlName,
    of: "role",
    help: "Roles that may log in, by name; their passwords are made and kept with the secrets.",
  },
};

export const collectionPaths: readonly Collection[] = Object.keys(collections).filter(isCollection);

export function isCollection(path: string): path is Collection {
  return Object.hasOwn(collections, path);
}
