/**
 * Writes packaging/vip-agent.schema.json from the table of settings:
 *
 *     node setup/schema.ts && oxfmt packaging/vip-agent.schema.json
 */
import { writeFileSync } from "node:fs";
import { configurationSchema } from "../src/agent/config/json-schema.ts";

const file = new URL("../packaging/vip-agent.schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(configurationSchema(), undefined, 2)}\n`);
