/**
 * Takes a unit's stamps back where they are not to be believed.
 *
 * A stamp says on what we have started a unit. Where this plan rewrites a file of it, somebody has
 * changed that file since, and may have restarted the unit on it by hand; then the file would be
 * put right and the service go on with the other one, unseen. So the unit reads it again.
 *
 * Which files a unit reads follows from their texts: its wish has them in what it restarts and reloads
 * on. A run that is cut off right between the file and the unit leaves this undone.
 */
import type { Facts } from "./facts.ts";
import type { Operation } from "./operation.ts";
import type { UnitWish } from "./resource.ts";

/** The text that is put in place of another; undefined: this is no such operation. */
export function rewrittenText(facts: Facts, operation: Operation): string | undefined {
  if (operation.kind !== "write-file") return undefined;
  return facts.paths.get(operation.path)?.type === "file" ? operation.content.text : undefined;
}

export function doubted(
  { name, restartsOn, reloadsOn = "" }: UnitWish,
  facts: Facts,
  rewrittenTexts: readonly string[],
): Facts {
  const found = facts.units.get(name);
  if (found === undefined) return facts;
  const isIn = (texts: string) =>
    rewrittenTexts.some((text) => text !== "" && texts.includes(text));
  const startedOn = isIn(restartsOn) ? undefined : found.startedOn;
  const reloadedOn = isIn(reloadsOn) ? undefined : found.reloadedOn;
  return { ...facts, units: new Map(facts.units).set(name, { ...found, startedOn, reloadedOn }) };
}
