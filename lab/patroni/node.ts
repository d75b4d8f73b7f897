/**
 * One database host of a Patroni cluster: Patroni, and the PostgreSQL that it runs.
 *
 * Patroni runs under a parent that collects orphans (programs/reaper.py), as user postgres. Patroni and
 * the postmaster are signalled by their own ids, each alone: what a test kills is what it names. A
 * Patroni that was killed is started again under a new parent; its PostgreSQL stays with the old one.
 */
import { chown, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { waitUntil } from "../clock.ts";
import { run } from "../command.ts";
import { Journal, type Happening } from "../journal.ts";
import { inHost, type HostName } from "../network.ts";
import { isStopped, LabProcess } from "../process.ts";
import type { Parts } from "./parts.ts";
import { PatroniRest, type PatroniStatus } from "./rest.ts";
import { DATABASE, dataFolderOf, patroniYaml, type NodeSettings } from "./settings.ts";

const REAPER = fileURLToPath(new URL("../programs/reaper.py", import.meta.url));
/** PostgreSQL's fast shutdown and Patroni's own steps of one second. */
const STOP_DEADLINE_MS = 30_000;
const LOG_LINES_SHOWN = 15;

const reaperLine = v.object({
  atUs: v.number(),
  event: v.picklist(["started", "ended"]),
  pid: v.number(),
  status: v.optional(v.number()),
});

export type ProcessEvent = Happening & {
  readonly event: "started" | "ended";
  readonly pid: number;
  /** How it ended: its exit code, or minus the number of the signal. */
  readonly status: number | undefined;
};

export type NodeOptions = Omit<NodeSettings, "folder" | "binFolder">;

export class PatroniNode {
  readonly host: HostName;
  readonly member: string;
  readonly folder: string;
  /** What an agent's setting `patroni` names. */
  readonly configFile: string;
  readonly logFile: string;
  readonly rest: PatroniRest;
  /** Starts and ends of Patroni, and ends of whatever it left behind, the postmaster among them. */
  readonly processes: Journal<ProcessEvent>;
  readonly #parts: Parts;
  readonly #settings: NodeSettings;
  readonly #reapers: LabProcess[] = [];
  #patroniPid: number | undefined;

  private constructor(parts: Parts, options: NodeOptions) {
    const { host, member, credentials } = options;
    this.host = host;
    this.member = member;
    this.folder = `${tmpdir()}/patroni-${host}`;
    this.configFile = `${this.folder}/patroni.yml`;
    this.logFile = `${this.folder}/patroni.log`;
    this.rest = new PatroniRest(host, credentials);
    this.processes = new Journal(`processes of ${member}`);
    this.#parts = parts;
    this.#settings = { ...options, folder: this.folder, binFolder: parts.binFolder };
  }

  /** Lays out its folder; nothing runs yet. */
  static async create(parts: Parts, options: NodeOptions): Promise<PatroniNode> {
    const node = new PatroniNode(parts, options);
    await rm(node.folder, { recursive: true, force: true });
    await mkdir(node.folder, { recursive: true });
    await writeFile(node.configFile, patroniYaml(node.#settings), { mode: 0o600 });
    if (parts.uid !== undefined) {
      for (const path of [node.folder, node.configFile]) await chown(path, parts.uid, parts.uid);
    }
    return node;
  }

  get dataFolder(): string {
    return dataFolderOf(this.folder);
  }

  get isPatroniRunning(): boolean {
    return this.#patroniPid !== undefined;
  }

  get patroniPid(): number {
    if (this.#patroniPid !== undefined) return this.#patroniPid;
    throw new Error(`Patroni on ${this.host} does not run`);
  }

  /** Starts Patroni, again after a stop or a kill, and waits for nothing that Patroni does. */
  async start(): Promise<void> {
    if (this.isPatroniRunning) throw new Error(`Patroni on ${this.host} runs already`);
    const { python, asPostgres } = this.#parts;
    // System V's shared memory would outlive a killed PostgreSQL, and the sandbox.
    const patroni = [...asPostgres, python, "-m", "patroni", this.configFile];
    const reaper = new LabProcess({
      name: `Patroni on ${this.host}`,
      host: this.host,
      argv: ["unshare", "--ipc", "--", python, REAPER, this.logFile, ...patroni],
      env: { HOME: this.folder },
      onLine: (text) => this.#note(text),
    });
    this.#reapers.push(reaper);
    const sinceMs = reaper.startedAtMs;
    const isStart = ({ event }: ProcessEvent): boolean => event === "started";
    const { pid } = await this.processes.next("start", isStart, { sinceMs });
    void this.#forgetWith(reaper, pid);
  }

  signalPatroni(signal: NodeJS.Signals): void {
    process.kill(this.patroniPid, signal);
  }

  async killPatroni(): Promise<ProcessEvent> {
    return await this.#endOf(this.patroniPid, "SIGKILL");
  }

  /** As `systemctl stop patroni`: PostgreSQL is stopped first, unless the cluster is paused. */
  async stopPatroni(): Promise<ProcessEvent> {
    return await this.#endOf(this.patroniPid, "SIGTERM");
  }

  async freezePatroni(): Promise<void> {
    const pid = this.patroniPid;
    this.signalPatroni("SIGSTOP");
    await waitUntil(`Patroni on ${this.host} standing still`, () => isStopped(pid));
  }

  thawPatroni(): void {
    this.signalPatroni("SIGCONT");
  }

  async postmasterPid(): Promise<number> {
    const file = await readFile(`${this.dataFolder}/postmaster.pid`, "utf8");
    return Number.parseInt(file, 10);
  }

  async signalPostmaster(signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.postmasterPid(), signal);
  }

  async killPostmaster(): Promise<ProcessEvent> {
    return await this.#endOf(await this.postmasterPid(), "SIGKILL");
  }

  /**
   * Until another postmaster runs than this one. What a killed one leaves can take a last write, so a
   * write alone does not tell that PostgreSQL is back.
   */
  async postmasterAfter(pid: number): Promise<void> {
    const isThere = async (): Promise<boolean> => {
      const found = await this.postmasterPid().catch(() => pid);
      return Number.isInteger(found) && found !== pid;
    };
    await waitUntil(`another postmaster on ${this.host}`, isThere, { timeoutMs: 30_000 });
  }

  async status(): Promise<PatroniStatus> {
    return await this.rest.status();
  }

  /** Makes Patroni look at its DCS at once, by a change that changes nothing. */
  async wake(): Promise<void> {
    await this.rest.order("/config", { method: "PATCH", body: { vip_agent: null } });
  }

  /** As the superuser, over the host's own socket: no password, and no network that could be cut. */
  async sql(statement: string): Promise<string> {
    const { asPostgres, binFolder } = this.#parts;
    const words = ["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", this.folder];
    const [program = "", ...rest] = words;
    const argv = [...inHost(this.host), ...asPostgres, `${binFolder}/${program}`, ...rest];
    const said = await run([...argv, "-U", "postgres", "-d", DATABASE, "-f", "-"], {
      input: statement,
      timeoutMs: 15_000,
    });
    return said.trim();
  }

  /** What Patroni and PostgreSQL said last, without Python's traces: to tell what went wrong. */
  async log(lines = LOG_LINES_SHOWN): Promise<readonly string[]> {
    const text = await readFile(this.logFile, "utf8").catch(() => "");
    const dated = text.split("\n").filter((line) => /^\d{4}-/u.test(line));
    return dated.slice(-lines);
  }

  async close(): Promise<void> {
    await this.rest.close();
    for (const reaper of this.#reapers) await reaper.kill();
  }

  /** After the host's last process is gone: its data takes memory as long as the sandbox lives. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #endOf(pid: number, signal: NodeJS.Signals): Promise<ProcessEvent> {
    process.kill(pid, signal);
    const isEnd = (seen: ProcessEvent): boolean => seen.event === "ended" && seen.pid === pid;
    return await this.processes.next(`end of ${pid}`, isEnd, { timeoutMs: STOP_DEADLINE_MS });
  }

  #note(text: string): void {
    const { atUs, event, pid, status } = v.parse(reaperLine, JSON.parse(text));
    if (event === "started") this.#patroniPid = pid;
    else if (pid === this.#patroniPid) this.#patroniPid = undefined;
    this.processes.append({ atMs: atUs / 1e3, event, pid, status });
  }

  /**
   * Killed with its whole host, a reaper cannot tell how its Patroni ended. It may also outlive it, for
   * the sake of PostgreSQL, and end when another Patroni runs here.
   */
  async #forgetWith(reaper: LabProcess, pid: number): Promise<void> {
    await reaper.exited;
    if (this.#patroniPid === pid) this.#patroniPid = undefined;
  }
}
