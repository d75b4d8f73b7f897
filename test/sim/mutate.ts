/**
 * Puts the mutant that SIM_MUTANT names into the agent while its files are loaded; for --import.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Edit } from "./mutant.ts";
import { mutants } from "./mutants.ts";

const sourceFolder = join(import.meta.dirname, "..", "..", "src");
const name = process.env["SIM_MUTANT"] ?? "";
const mutant = mutants[name];
if (mutant === undefined) throw new Error(`there is no mutant "${name}"`);

const edited = new Map<string, string>();
for (const { file, find, replace } of mutant.edits) {
  const path = join(sourceFolder, file);
  const url = pathToFileURL(path).href;
  edited.set(url, mutated(edited.get(url) ?? readFileSync(path, "utf8"), { file, find, replace }));
}

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context);
    const source = edited.get(url);
    return source === undefined ? loaded : { ...loaded, source };
  },
});

function mutated(source: string, { file, find, replace }: Edit): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`expected this once in src/${file}, found ${count}: ${find}`);
  return source.replace(find, () => replace);
}
