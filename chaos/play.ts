/**
 * One world, in a sandbox: plays the rounds it is given and prints a line of JSON for each.
 *
 *     sh lab/sandbox.sh node chaos/play.ts '{"candidate":{"name":"vip-agent"},"seeds":[1,2,3]}'
 *
 * A round that could not be played (the lab failed, not the agent) is told as such, and the next one
 * gets a new world, as it does after one that did not become well again.
 */
import * as v from "valibot";

import { type RoundResult, playRound } from "./round.ts";
import { planRound } from "./schedule.ts";
import { createWorld, type World } from "./world.ts";

const orders = v.object({
  candidate: v.object({ name: v.string(), command: v.optional(v.string()) }),
  seeds: v.array(v.number()),
});

export type Orders = v.InferOutput<typeof orders>;

export type Report =
  | { readonly kind: "played"; readonly round: RoundResult }
  | { readonly kind: "not-played"; readonly seed: number; readonly problem: string };

const worldAttempts = 3;

async function play({ candidate, seeds }: Orders): Promise<void> {
  let world: World | undefined;
  for (const seed of seeds) {
    try {
      world ??= await attemptWorld(candidate);
      const round = await playRound(world, planRound(seed));
      report({ kind: "played", round });
      if (round.unhealed === undefined) continue;
    } catch (error) {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      report({ kind: "not-played", seed, problem });
    }
    await world?.close().catch(complain);
    world = undefined;
  }
  await world?.close().catch(complain);
}

async function attemptWorld(candidate: Orders["candidate"]): Promise<World> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createWorld(candidate);
    } catch (error) {
      if (attempt === worldAttempts) throw error;
      complain(error);
    }
  }
}

function report(line: Report): void {
  console.log(JSON.stringify(line));
}

function complain(error: unknown): void {
  console.error(String(error));
}

await play(v.parse(orders, JSON.parse(process.argv[2] ?? "{}")));
