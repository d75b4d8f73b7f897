/**
 * The model of Consul, for the script of traces: on virtual time, through a sound link.
 */
import { ConsulCluster, type Request, type Response } from "../consul/cluster.ts";
import { Link } from "../consul/link.ts";
import { Engine } from "../engine.ts";
import { Random } from "../random.ts";
import { type ConsulPort, type Seen, type Transcript, play } from "./script.ts";

/** How long a single server takes to stop, start and elect itself; only the order counts. */
const restartMs = 3_000;

export async function playOnModel(seed: number): Promise<Transcript> {
  const engine = new Engine();
  const random = new Random(seed);
  let transcript: Transcript = {};
  let error: unknown;
  engine.after(0, () => {
    play(modelPort(engine, random)).then(
      (played) => (transcript = played),
      (failure: unknown) => (error = failure),
    );
  });
  await engine.run(600_000);
  if (error !== undefined) throw error;
  return transcript;
}

function modelPort(engine: Engine, random: Random): ConsulPort {
  const cluster = new ConsulCluster(engine, random.fork());
  const link = new Link(engine, random.fork(), cluster);
  const sleep = async (forMs: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.after(forMs, resolve);
    await promise;
  };
  const ask = async (request: Request): Promise<Response> => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    link.ask(request, (answer) => {
      resolve(answer.kind === "answered" ? answer.response : { status: 0 });
    });
    return promise;
  };
  return {
    read: async (key, blocking): Promise<Seen> => {
      const startedAtMs = engine.nowMs;
      const answer = await ask({ kind: "read", key, ...(blocking && { blocking }) });
      return { ...answer, tookMs: engine.nowMs - startedAtMs };
    },
    put: async (key, value, options = {}) =>
      (await ask({ kind: "put", key, value, options })).isDone === true,
    remove: async (key, cas) =>
      (await ask({ kind: "delete", key, ...(cas !== undefined && { cas }) })).isDone === true,
    createSession: async (wish) => (await ask({ kind: "create-session", wish })).id ?? "",
    renewSession: async (id) => (await ask({ kind: "renew-session", id })).status === 200,
    destroySession: async (id) => void (await ask({ kind: "destroy-session", id })),
    restart: async () => {
      cluster.stop();
      await sleep(restartMs);
      cluster.elect();
    },
    sleep,
  };
}
