/**
 * Writes packaging/vip-agent-cluster.schema.json from the table of keys:
 *
 *     node setup/cluster-schema.ts && oxfmt packaging/vip-agent-cluster.schema.json
 */
import { writeFileSync } from "node:fs";
import { clusterSchema } from "../src/provision/cluster/json-schema.ts";

const file = new URL("../packaging/vip-agent-cluster.schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(clusterSchema(), undefined, 2)}\n`);
