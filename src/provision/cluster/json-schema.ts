/**
 * The table of keys as a JSON Schema, draft-07, for editors: they complete keys, show what each is
 * for, and mark a mistake while it is being written.
 *
 * It is coarser than the reading: how keys fit each other is said by `vip-agent provision`. It
 * refuses nothing that the reading accepts, but for spellings that nobody needs (a number where text
 * belongs). Draft-07 is what editors read.
 */
import { type KeyTree, clusterTree } from "./key-tree.ts";
import { isNeeded } from "./row.ts";
import type { Schema } from "./schema.ts";
import { clusterRows, collections } from "./table.ts";

export function clusterSchema(): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "vip-agent cluster",
    description: "The cluster that vip-agent provision builds and keeps.",
    ...schemaOf(clusterTree),
  };
}

function schemaOf(tree: KeyTree): Schema {
  if (tree.kind === "key") {
    const row = clusterRows[tree.key];
    const { help, reason, kind, without, default: standing } = row;
    const note = without === undefined ? "" : ` Without it: ${without}.`;
    const description = `${help} ${reason} Value: ${kind.expected}.${note}`;
    const described = { description, ...kind.schema };
    return standing === undefined ? described : { ...described, default: standing };
  }
  // What is commented out to the last line leaves a key without a value.
  const type = isTreeNeeded(tree) ? "object" : (["object", "null"] as const);
  if (tree.kind === "collection") {
    const { name, help } = collections[tree.path];
    const { pattern = "" } = name.schema;
    const names: Schema = {
      description: help,
      type,
      propertyNames: { pattern },
      additionalProperties: schemaOf(tree.of),
    };
    return isTreeNeeded(tree) ? { ...names, minProperties: 1 } : names;
  }
  const members = [...tree.members];
  const properties = Object.fromEntries(members.map(([name, member]) => [name, schemaOf(member)]));
  const required = members.filter(([, member]) => isTreeNeeded(member)).map(([name]) => name);
  const section = { type, properties, additionalProperties: false } as const;
  return required.length === 0 ? section : { ...section, required };
}

/** Whether a file has to have something of it. */
function isTreeNeeded(tree: KeyTree): boolean {
  if (tree.kind === "key") return isNeeded(clusterRows[tree.key]);
  if (tree.kind === "collection") return collections[tree.path].isNeeded;
  return [...tree.members.values()].some(isTreeNeeded);
}
