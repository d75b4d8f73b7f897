/**
 * A real Consul server in the host `dcs`, to be started, frozen, killed and started again.
 *
 * One server with a raft that elects itself within a second or so, everything switched off that the
 * lab has no use for. Its data stays over a restart and is gone with the sandbox. With `acl` it
 * denies by default; the management token is drawn at random for each run and never leaves it.
 * Plain HTTP is always served, for the harness, whatever else the agents are to use.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { Agent, request } from "undici";
import * as v from "valibot";

import { monotonicMs, waitUntil } from "./clock.ts";
import { attempt } from "./command.ts";
import { addressOf, type HostName } from "./network.ts";
import { LabProcess, type Exit } from "./process.ts";

const HOST: HostName = "dcs";
const PORT = 8500;
const SECURE_PORT = 8501;
const ANSWER_DEADLINE_MS = 5_000;
// An election takes one to three seconds; the rest is room for a busy machine.
const READY_DEADLINE_MS = 30_000;

export const createdSession = v.object({ ID: v.string() });

export type ConsulTls = {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** Whether a client needs a certificate of that CA. */
  readonly isMutual: boolean;
};

export type ConsulOptions = {
  readonly acl?: boolean;
  /** Given, it serves HTTPS too, at `secureEndpoint`. */
  readonly tls?: ConsulTls;
  /** Whether it serves HTTP at a Unix socket too, at `socketEndpoint`. */
  readonly hasSocket?: boolean;
};

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

export async function findConsul(): Promise<string> {
  const script = fileURLToPath(new URL("../setup/consul-path.sh", import.meta.url));
  const { exitCode, stdout, stderr } = await attempt(["sh", script]);
  if (exitCode === 0) return stdout.trim();
  throw new Error(`there is no Consul: npm run setup brings one. ${stderr}`);
}

export class ConsulServer {
  readonly endpoint = `http://${addressOf(HOST)}:${PORT}`;
  readonly secureEndpoint = `https://${addressOf(HOST)}:${SECURE_PORT}`;
  readonly socketEndpoint: string;
  readonly managementToken: string | undefined;
  readonly logFile: string;
  readyAfterMs = 0;
  readonly #folder: string;
  readonly #program: string;
  readonly #options: ConsulOptions;
  readonly #http = new Agent({ connectTimeout: 2_000, keepAliveTimeout: 60_000 });
  #process: LabProcess | undefined;

  private constructor(program: string, folder: string, options: ConsulOptions) {
    this.#program = program;
    this.#folder = folder;
    this.#options = options;
    this.logFile = `${folder}/consul.log`;
    this.socketEndpoint = `unix://${folder}/consul.sock`;
    this.managementToken = options.acl === true ? randomUUID() : undefined;
  }

  static async start(options: ConsulOptions = {}): Promise<ConsulServer> {
    const folder = `${tmpdir()}/consul-${randomUUID()}`;
    await mkdir(folder, { recursive: true });
    const server = new ConsulServer(await findConsul(), folder, options);
    await writeFile(`${folder}/consul.json`, JSON.stringify(server.#configuration()));
    try {
      await server.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts it, again after a stop or a kill, and waits until it serves writes. */
  async start(): Promise<void> {
    this.#process = new LabProcess({
      name: "consul",
      host: HOST,
      argv: [this.#program, "agent", `-config-file=${this.#folder}/consul.json`],
      // A machine that is busy with everything else gains nothing from more than two threads here.
      env: { GOMAXPROCS: "2" },
      logFile: this.logFile,
    });
    const { startedAtMs } = this.#process;
    try {
      await waitUntil("a Consul that leads and serves sessions", () => this.#isReady(), {
        timeoutMs: READY_DEADLINE_MS,
        everyMs: 25,
      });
    } catch (error) {
      const log = await readFile(this.logFile, "utf8").catch(() => "");
      throw new Error(`${String(error)}\n${log.split("\n").slice(-15).join("\n")}`, {
        cause: error,
      });
    }
    this.readyAfterMs = monotonicMs() - startedAtMs;
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

  /** A token with just these rules, for instance `key_prefix "db/test/" { policy = "read" }`. */
  async createToken(rules: string): Promise<{ accessor: string; secret: string }> {
    const name = `lab-${randomUUID()}`;
    await this.#create("acl/policy", { Name: name, Rules: rules });
    const token = await this.#create("acl/token", { Policies: [{ Name: name }] });
    return { accessor: String(token["AccessorID"]), secret: String(token["SecretID"]) };
  }

  async revokeToken(accessor: string): Promise<void> {
    const { status, body } = await this.call(`acl/token/${accessor}`, { method: "DELETE" });
    if (status !== 200) throw new Error(`Consul did not revoke the token: ${status} ${body}`);
  }

  async #create(path: string, value: object): Promise<Record<string, unknown>> {
    const answer = await this.call(path, { method: "PUT", body: JSON.stringify(value) });
    if (answer.status !== 200) throw new Error(`Consul: ${path}: ${answer.status} ${answer.body}`);
    return v.parse(v.record(v.string(), v.unknown()), JSON.parse(answer.body));
  }

  /**
   * A leader alone is not enough: sessions need the server's own node in the catalogue, which is
   * entered a moment after the election.
   */
  async #isReady(): Promise<boolean> {
    if (this.#process?.isRunning !== true) throw new Error("consul has ended");
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

  #configuration(): object {
    const { tls, hasSocket = false } = this.#options;
    const acl = {
      enabled: true,
      default_policy: "deny",
      enable_token_persistence: true,
      tokens: { initial_management: this.managementToken, agent: this.managementToken },
    };
    return {
      server: true,
      bootstrap_expect: 1,
      node_name: HOST,
      data_dir: `${this.#folder}/data`,
      bind_addr: addressOf(HOST),
      client_addr: "0.0.0.0",
      log_level: "info",
      performance: { raft_multiplier: 1, leave_drain_time: "0s", rpc_hold_timeout: "7s" },
      addresses: { http: hasSocket ? `0.0.0.0 ${this.socketEndpoint}` : "0.0.0.0" },
      ports: {
        http: PORT,
        https: tls === undefined ? -1 : SECURE_PORT,
        dns: -1,
        grpc: -1,
        grpc_tls: -1,
        serf_wan: -1,
      },
      connect: { enabled: false },
      ui_config: { enabled: false },
      disable_update_check: true,
      // Thousands of connections of tests come from few addresses.
      limits: { http_max_conns_per_client: 2_000 },
      ...(this.managementToken === undefined ? {} : { acl }),
      ...(tls === undefined ? {} : { tls: { https: httpsOf(tls) } }),
    };
  }
}

function httpsOf({ caFile, certFile, keyFile, isMutual }: ConsulTls): object {
  return { ca_file: caFile, cert_file: certFile, key_file: keyFile, verify_incoming: isMutual };
}
