/**
 * One Consul agent, server or client, in a host: started, frozen, killed and started again, and
 * spoken to over its HTTP API.
 *
 * Its data stays over a restart and is gone with the sandbox. What it is (a lone server, one of a
 * cluster, a client) is a matter of the settings it was made with. Plain HTTP is always served, for
 * the harness, whatever else the agents are to use.
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import * as v from "valibot";

import { monotonicMs, waitUntil } from "./clock.ts";
import { attempt } from "./command.ts";
import { HTTP_PORT } from "./consul-settings.ts";
import { addressOf, type HostName } from "./network.ts";
import { LabProcess, type Exit } from "./process.ts";

const ANSWER_DEADLINE_MS = 5_000;
// An election takes one to three seconds; the rest is room for a busy machine.
const READY_DEADLINE_MS = 30_000;

export const createdSession = v.object({ ID: v.string() });

export type ConsulAnswer = {
  readonly status: number;
  readonly body: string;
  readonly index: number;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
};

export type ConsulCall = {
  readonly method?: "GET" | "PUT" | "DELETE";
  readonly body?: string;
  /** Left out: the management token, where there is one. Empty: none at all. */
  readonly token?: string;
  readonly timeoutMs?: number;
};

/** Whoever answers calls of Consul's HTTP API: one agent, or a cluster that picks one. */
export type ConsulApi = {
  readonly call: (path: string, options?: ConsulCall) => Promise<ConsulAnswer>;
};

export type ConsulNodeOptions = {
  readonly host: HostName;
  readonly program: string;
  /** Holds consul.json, and later the log and the data. */
  readonly folder: string;
  readonly managementToken: string | undefined;
};

export async function findConsul(): Promise<string> {
  const script = fileURLToPath(new URL("../setup/consul-path.sh", import.meta.url));
  const { exitCode, stdout, stderr } = await attempt(["sh", script]);
  if (exitCode === 0) return stdout.trim();
  throw new Error(`there is no Consul: npm run setup brings one. ${stderr}`);
}

export class ConsulNode {
  readonly host: HostName;
  readonly endpoint: string;
  readonly managementToken: string | undefined;
  readonly logFile: string;
  readyAfterMs = 0;
  readonly #options: ConsulNodeOptions;
  readonly #http = new Agent({ connectTimeout: 2_000, keepAliveTimeout: 60_000 });
  #process: LabProcess | undefined;

  constructor(options: ConsulNodeOptions) {
    this.#options = options;
    this.host = options.host;
    this.endpoint = `http://${addressOf(options.host)}:${HTTP_PORT}`;
    this.managementToken = options.managementToken;
    this.logFile = `${options.folder}/consul.log`;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#process?.isRunning === true;
  }

  /** Starts it, again after a stop or a kill, and waits until it serves writes. */
  async start(): Promise<void> {
    this.launch();
    await this.ready();
  }

  /** Starts the process and waits for nothing: in a cluster the others may have to come first. */
  launch(): void {
    const { program, folder, host } = this.#options;
    this.#process = new LabProcess({
      name: `consul on ${host}`,
      host,
      argv: [program, "agent", `-config-file=${folder}/consul.json`],
      // A machine that is busy with everything else gains nothing from more than two threads here.
      env: { GOMAXPROCS: "2" },
      logFile: this.logFile,
    });
  }

  async ready(timeoutMs = READY_DEADLINE_MS): Promise<void> {
    try {
      await waitUntil(`consul on ${this.host} serving sessions`, () => this.#isReady(), {
        timeoutMs,
        everyMs: 25,
      });
    } catch (error) {
      const log = await readFile(this.logFile, "utf8").catch(() => "");
      throw new Error(`${String(error)}\n${log.split("\n").slice(-15).join("\n")}`, {
        cause: error,
      });
    }
    this.readyAfterMs = monotonicMs() - (this.#process?.startedAtMs ?? 0);
  }

  async stop(): Promise<Exit | undefined> {
    return await this.#process?.stop("SIGTERM", 10_000);
  }

  async kill(): Promise<Exit | undefined> {
    return await this.#process?.kill();
  }

  /** It keeps its connections and accepts new ones (the kernel does), and answers nothing. */
  async freeze(): Promise<void> {
    await this.#process?.freeze();
  }

  thaw(): void {
    this.#process?.thaw();
  }

  async close(): Promise<void> {
    await this.#process?.kill();
    await this.#http.destroy();
  }

  /** Any call of the HTTP API; `path` begins after /v1/. Answers of every status are answers. */
  async call(path: string, options: ConsulCall = {}): Promise<ConsulAnswer> {
    const { method = "GET", body = null, timeoutMs = ANSWER_DEADLINE_MS } = options;
    const token = options.token ?? this.managementToken ?? "";
    const sentAtMs = monotonicMs();
    const response = await request(`${this.endpoint}/v1/${path}`, {
      method,
      body,
      dispatcher: this.#http,
      headers: token === "" ? {} : { "x-consul-token": token },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answeredAtMs = monotonicMs();
    const text = await response.body.text();
    const index = Number(response.headers["x-consul-index"] ?? 0);
    return { status: response.statusCode, body: text, index, sentAtMs, answeredAtMs };
  }

  async createToken(rules: string): Promise<ConsulToken> {
    return await createToken(this, rules);
  }

  async revokeToken(accessor: string): Promise<void> {
    await revokeToken(this, accessor);
  }

  /**
   * A leader alone is not enough: sessions need the agent's own node in the catalogue, which is
   * entered a moment after the election.
   */
  async #isReady(): Promise<boolean> {
    if (!this.isRunning) throw new Error(`consul on ${this.host} has ended`);
    try {
      const session = JSON.stringify({ Name: "lab ready", TTL: "10s", Behavior: "delete" });
      const { status, body } = await this.call("session/create", { method: "PUT", body: session });
      if (status !== 200) return false;
      const { ID } = v.parse(createdSession, JSON.parse(body));
      await this.call(`session/destroy/${ID}`, { method: "PUT" });
      return true;
    } catch {
      return false;
    }
  }
}

export type ConsulToken = {
  readonly accessor: string;
  readonly secret: string;
  /** The policy that the rules became. */
  readonly policy: string;
};

/** A token with just these rules, for instance `key_prefix "db/test/" { policy = "read" }`. */
export async function createToken(consul: ConsulApi, rules: string): Promise<ConsulToken> {
  const policy = `lab-${randomUUID()}`;
  await put(consul, "acl/policy", { Name: policy, Rules: rules });
  const token = { accessor: randomUUID(), secret: randomUUID(), policy };
  await restoreToken(consul, token);
  return token;
}

export async function revokeToken(consul: ConsulApi, accessor: string): Promise<void> {
  const { status, body } = await consul.call(`acl/token/${accessor}`, { method: "DELETE" });
  if (status !== 200) throw new Error(`Consul did not revoke the token: ${status} ${body}`);
}

/** Gives a token that was revoked back under its old secret. */
export async function restoreToken(consul: ConsulApi, token: ConsulToken): Promise<void> {
  const { accessor, secret, policy } = token;
  await put(consul, "acl/token", {
    AccessorID: accessor,
    SecretID: secret,
    Policies: [{ Name: policy }],
  });
}

async function put(consul: ConsulApi, path: string, value: object): Promise<void> {
  const answer = await consul.call(path, { method: "PUT", body: JSON.stringify(value) });
  if (answer.status !== 200) throw new Error(`Consul: ${path}: ${answer.status} ${answer.body}`);
}
