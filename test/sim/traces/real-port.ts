/**
 * A real Consul in the lab's host `dcs`, for the script of traces.
 */
import * as v from "valibot";
import { monotonicMs, sleepMs } from "../../../lab/clock.ts";
import { createdSession } from "../../../lab/consul-node.ts";
import type { ConsulServer } from "../../../lab/consul.ts";
import type { SessionWish } from "../consul/store.ts";
import type { ConsulPort, Seen } from "./script.ts";

const entries = v.array(
  v.object({
    Value: v.nullable(v.string()),
    Session: v.optional(v.string()),
    CreateIndex: v.number(),
    ModifyIndex: v.number(),
  }),
);

export function realPort(server: ConsulServer): ConsulPort {
  const write = async (path: string, method: "PUT" | "DELETE", body?: string) => {
    const answer = await server.call(path, { method, ...(body !== undefined && { body }) });
    return { isDone: answer.status === 200 && answer.body.trim() === "true", ...answer };
  };
  return {
    read: async (key, blocking) => read(server, key, blocking),
    put: async (key, value, options = {}) => {
      const query = new URLSearchParams(
        Object.entries(options).map(([name, option]) => [name, String(option)]),
      );
      return (await write(`kv/${key}?${query}`, "PUT", value)).isDone;
    },
    remove: async (key, cas) => {
      const query = cas === undefined ? "" : `?cas=${cas}`;
      return (await write(`kv/${key}${query}`, "DELETE")).isDone;
    },
    createSession: async (wish) => createSession(server, wish),
    renewSession: async (id) => (await write(`session/renew/${id}`, "PUT")).status === 200,
    destroySession: async (id) => void (await write(`session/destroy/${id}`, "PUT")),
    restart: async () => {
      await server.stop();
      await server.start();
    },
    sleep: sleepMs,
  };
}

async function createSession(server: ConsulServer, wish: SessionWish): Promise<string> {
  const session = {
    TTL: `${wish.ttlMs}ms`,
    LockDelay: `${wish.lockDelayMs}ms`,
    Behavior: wish.behavior,
    Checks: [],
  };
  const body = JSON.stringify(session);
  const answer = await server.call("session/create", { method: "PUT", body });
  return v.parse(createdSession, JSON.parse(answer.body)).ID;
}

async function read(
  server: ConsulServer,
  key: string,
  blocking?: { readonly index: number; readonly waitMs: number },
): Promise<Seen> {
  const wait = blocking === undefined ? "" : `&index=${blocking.index}&wait=${blocking.waitMs}ms`;
  const timeoutMs = 5_000 + 2 * (blocking?.waitMs ?? 0);
  const startedAtMs = monotonicMs();
  const answer = await server
    .call(`kv/${key}?consistent${wait}`, { timeoutMs })
    .catch(() => undefined);
  const tookMs = monotonicMs() - startedAtMs;
  if (answer === undefined || answer.status >= 500) return { status: 0, tookMs };
  const { status, index, body } = answer;
  const [entry] = status === 200 ? v.parse(entries, JSON.parse(body)) : [];
  if (entry === undefined) return { status, index, tookMs };
  const { Value, Session: session, CreateIndex: createIndex, ModifyIndex: modifyIndex } = entry;
  const value = Buffer.from(Value ?? "", "base64").toString();
  return { status, index, tookMs, entry: { value, session, createIndex, modifyIndex } };
}
