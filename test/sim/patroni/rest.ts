/**
 * Stands in for connectPatroni of src/clients/patroni.ts: the REST API of the Patroni of one host.
 *
 * A Patroni that stands still takes the connection and does not answer; a dead one refuses it. What
 * else is wrong with the API is a fault of the host.
 */
import type { PatroniAnswer, PatroniClient, PatroniCode } from "../../../src/clients/patroni.ts";
import { type Outcome, done, failed } from "../../../src/outcome.ts";
import type { Engine } from "../engine.ts";
import type { SimProcess } from "../process.ts";
import type { Random } from "../random.ts";
import type { Ha } from "./ha.ts";

/** What is wrong with the REST API of a host. */
export type RestTrouble = "hangs" | "refuses" | "slow" | "unavailable";

/** One Patroni that answers, and its process. */
export type RestServer = { readonly ha: Ha; readonly process: SimProcess };

export type RestOptions = {
  readonly engine: Engine;
  readonly random: Random;
  /** The agent's process, which asks. */
  readonly process: SimProcess;
  readonly server: () => RestServer | undefined;
  readonly trouble: () => RestTrouble | undefined;
  readonly witness: RestWitness;
};

/** What reaches the agent, and what it asks for. */
export type RestWitness = {
  readonly patroniAnswered: (answer: PatroniAnswer, askedAtMs: number) => void;
  readonly patroniConfigured: (text: string) => void;
  readonly patroniWoken: () => void;
};

/** Patroni asks its PostgreSQL for each answer. */
const stateMs = [2, 15] as const;

/** One read of the DCS. */
const wakeMs = [3, 30] as const;

const slowMs = [200, 2_500] as const;

/** Patroni writes whole seconds. */
const roundingMs = 1_000;

export function simPatroniClient(options: RestOptions): PatroniClient {
  const { engine, random, witness } = options;
  return {
    name: "http://127.0.0.1:8008",
    readState: async (deadlineMs) => {
      const askedAtMs = engine.nowMs;
      const answer = await ask(options, { deadlineMs, tookMs: stateMs }, (server) =>
        answerOf(server, random.between(0, roundingMs)),
      );
      if (answer.ok) witness.patroniAnswered(answer.value, askedAtMs);
      return answer;
    },
    readConfig: async (deadlineMs) => {
      const answer = await ask(options, { deadlineMs, tookMs: stateMs }, ({ ha }) =>
        JSON.stringify(ha.config),
      );
      if (answer.ok) witness.patroniConfigured(answer.value);
      return answer;
    },
    wake: async (deadlineMs) => {
      witness.patroniWoken();
      return ask(options, { deadlineMs, tookMs: wakeMs }, ({ ha }) => ha.wake());
    },
    close: () => undefined,
  };
}

type Question = { readonly deadlineMs: number; readonly tookMs: readonly [number, number] };

async function ask<T>(
  { engine, random, process, server, trouble }: RestOptions,
  { deadlineMs, tookMs }: Question,
  act: (server: RestServer) => T,
): Promise<Outcome<T, PatroniCode>> {
  const { promise, resolve } = Promise.withResolvers<Outcome<T, PatroniCode>>();
  const cancel = process.after(deadlineMs, () => resolve(failed("timeout", "no answer")));
  const answer = (outcome: Outcome<T, PatroniCode>) => process.deliver(() => resolve(outcome));
  const asked = server();
  const wrong = trouble();
  if (asked === undefined || asked.process.isDead || wrong === "refuses") {
    engine.after(0.2, () => answer(failed("refused", "connect ECONNREFUSED")));
  } else if (wrong === "unavailable") {
    engine.after(1, () => answer(failed("unavailable", "HTTP 503")));
  } else if (wrong !== "hangs") {
    const delayMs = random.between(...(wrong === "slow" ? slowMs : tookMs));
    engine.after(delayMs, () => asked.process.deliver(() => answer(done(act(asked)))));
  }
  const outcome = await promise;
  cancel();
  return outcome;
}

function answerOf({ ha, process }: RestServer, roundedOffMs: number): PatroniAnswer {
  const { dcsSeenAtMs, ...state } = ha.state;
  const dcsSeenAgoMs =
    dcsSeenAtMs === undefined ? undefined : process.nowMs() - dcsSeenAtMs + roundedOffMs;
  return { ...state, dcsSeenAgoMs, name: undefined, scope: undefined };
}
