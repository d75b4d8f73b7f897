/**
 * All keys of one Patroni cluster at one moment: its leader, its members, its configuration.
 *
 * One recursive, consistent read, so that the members shown are those of the leader shown. Only
 * people ask for it: the daemon reads single keys (consul.ts), since this folder changes with every
 * turn of Patroni's loop. What the token may not read Consul leaves out without a word.
 */
import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { type Failure, type Outcome, done, failed } from "../outcome.ts";
import { connectionTrouble } from "./connection-trouble.ts";
import { type ConsulCode, openConsul, readError } from "./consul.ts";
import type { ConsulEndpoint, ConsulSettings } from "./endpoint.ts";

export type FolderEntry = {
  readonly key: string;
  readonly value: string;
  /** The session that locks the key; undefined when nobody does. */
  readonly session: string | undefined;
};

export type FolderQuestion = {
  readonly settings: ConsulSettings;
  readonly endpoint: ConsulEndpoint;
  /** With its slash at the end. */
  readonly folder: string;
  readonly deadlineMs: number;
};

type RawEntry = { readonly Key: string; readonly Value: string | null; readonly Session?: string };

/** The part of the package that is used, with the types that its own declarations leave out. */
type GetFolder = (options: {
  key: string;
  recurse: true;
  consistent: true;
  ctx: EventEmitter;
}) => Promise<readonly [IncomingMessage, readonly RawEntry[] | undefined]>;

/** Empty where Consul says that there are none. Never rejects. */
export async function readFolder(
  question: FolderQuestion,
): Promise<Outcome<readonly FolderEntry[], ConsulCode>> {
  try {
    return await askFolder(question);
  } catch (error) {
    // A file that TLS wants cannot be read.
    const { code, detail } = connectionTrouble(error);
    return failed(code, detail);
  }
}

async function askFolder({ settings, endpoint, folder, deadlineMs }: FolderQuestion) {
  const consul = openConsul(settings, endpoint);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its declarations lack consistent, ctx
  const get = consul.kv.get.bind(consul.kv) as unknown as GetFolder;
  const ctx = Object.assign(new EventEmitter(), { includeResponse: true });
  const { promise: deadline, resolve } = Promise.withResolvers<Failure<ConsulCode>>();
  const timer = setTimeout(() => {
    resolve(failed("timeout", `no answer within ${deadlineMs} ms`));
    ctx.emit("cancel");
  }, deadlineMs);
  const answer = get({ key: folder, recurse: true, consistent: true, ctx });
  try {
    return await Promise.race([deadline, answer.then(readAnswer, readError)]);
  } finally {
    clearTimeout(timer);
    consul.destroy();
  }
}

function readAnswer([response, raw]: Awaited<ReturnType<GetFolder>>): Outcome<
  readonly FolderEntry[],
  ConsulCode
> {
  if (response.headers["x-consul-index"] === undefined) {
    return failed("not-consul", `HTTP ${response.statusCode} without X-Consul-Index`);
  }
  const entries = (raw ?? []).map(({ Key: key, Value: value, Session: session }) => {
    return { key, value: value ?? "", session };
  });
  return done(entries);
}
