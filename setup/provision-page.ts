/**
 * Writes every key of the cluster file into docs/provision.md, from the table of keys:
 *
 *     node setup/provision-page.ts && oxfmt docs/provision.md
 */
import { readFileSync, writeFileSync } from "node:fs";
import { clusterReference } from "../src/provision/cluster/reference.ts";

const file = new URL("../docs/provision.md", import.meta.url);
const keys = /<!-- keys -->\n[^]*<!-- \/keys -->/u;
const reference = `<!-- keys -->\n\n${clusterReference()}\n<!-- /keys -->`;
writeFileSync(
  file,
  readFileSync(file, "utf8").replace(keys, () => reference),
);
