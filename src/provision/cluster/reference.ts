/**
 * The table of keys as Markdown: the reference of the cluster file.
 */
import { isNeeded } from "./row.ts";
import { type ClusterKey, clusterKeys, clusterRows, collections, isCollection } from "./table.ts";

/** From `### ` down; each section of the file is one. */
export function clusterReference(): string {
  const sections = [...Map.groupBy(clusterKeys, sectionOf)];
  return sections.map(([section, keys]) => sectionText(section, keys)).join("\n");
}

function sectionOf(key: ClusterKey): string {
  const [first = "", second] = key.split(".");
  return second === undefined ? "" : first;
}

function sectionText(section: string, keys: readonly ClusterKey[]): string {
  const heading = section === "" ? "### The cluster" : `### \`${section}\``;
  const told = new Set<string>();
  const lines = keys.flatMap((key) => {
    const [collection = "", below] = key.split(".*");
    const isNew = below !== undefined && !told.has(collection);
    told.add(collection);
    return isNew ? [collectionText(collection), keyText(key)] : [keyText(key)];
  });
  return `${heading}\n\n${lines.join("")}`;
}

function collectionText(path: string): string {
  if (!isCollection(path)) return "";
  const { of, name, help } = collections[path];
  return `- **\`${path}\`**: ${help}\n  Name of a ${of}: ${name.expected}.\n`;
}

function keyText(key: ClusterKey): string {
  const row = clusterRows[key];
  const { help, reason, kind, without, default: standing } = row;
  const tail =
    standing === undefined
      ? `${isNeeded(row) ? "Needed" : `Without it: ${without}`}.`
      : `Default: \`${shown(standing)}\`.`;
  return `- **\`${key}\`**: ${help} ${reason}\n  Value: ${kind.expected}. ${tail}\n`;
}

function shown(standing: NonNullable<(typeof clusterRows)[ClusterKey]["default"]>): string {
  return typeof standing === "string" ? standing : JSON.stringify(standing);
}
