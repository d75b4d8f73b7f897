/**
 * An agent in a host: the built vip-agent, or any other daemon by a command template.
 *
 * Each agent gets a configuration file of its own, which names a member and a VIP as an operator
 * would; `settings` adds keys, replaces them, or leaves them out (undefined). What it logs, one line
 * of JSON per event, lands in a journal that can be waited on. For other daemons the template's
 * {iface}, {name}, {vip} and {consul} are filled in, and only the process and its lines are there.
 */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { buildIfStale } from "../setup/build.ts";
import { monotonicMs } from "./clock.ts";
import { Journal, type Happening, type Patience } from "./journal.ts";
import { INTERFACE, VIP, type HostName } from "./network.ts";
import { LEADER_KEY } from "./leader-key.ts";
import { LabProcess, type Exit } from "./process.ts";

export const PROGRAM = fileURLToPath(new URL("../dist/vip-agent", import.meta.url));

const logLine = v.looseObject({
  event: v.optional(v.string(), "unnamed"),
  reason: v.fallback(v.optional(v.string()), undefined),
});

/** As its unit runs it: the process and its session. Where that is not allowed, it goes on without. */
const AHEAD_OF_OTHERS = [
  "sh",
  "-c",
  '{ echo -10 >/proc/self/autogroup; } 2>/dev/null; exec nice -n -10 "$@"',
  "ahead",
] as const;

export type AgentEvent = Happening & {
  readonly event: string;
  readonly reason: string | undefined;
  /** The whole line. */
  readonly fields: Readonly<Record<string, unknown>>;
};

export type Settings = Readonly<Record<string, unknown>>;

export type AgentOptions = {
  readonly host: HostName;
  /** Left out: test-<host>, as in the reference cluster. */
  readonly member?: string;
  readonly vip?: string;
  readonly settings?: Settings;
  /** Further words after `run --config FILE`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command to run in the place of vip-agent. */
  readonly command?: string;
};

export class LabAgent {
  readonly host: HostName;
  readonly member: string;
  readonly events: Journal<AgentEvent>;
  readonly process: LabProcess;
  /** Writes its configuration anew, with these settings on top of those that it started with. */
  readonly configure: (changed: Settings) => Promise<void>;

  private constructor(
    host: HostName,
    member: string,
    start: (events: Journal<AgentEvent>) => LabProcess,
    configure: (changed: Settings) => Promise<void> = async () => undefined,
  ) {
    this.configure = configure;
    this.host = host;
    this.member = member;
    this.events = new Journal(`log of ${member}`);
    this.process = start(this.events);
  }

  /** `consul` is asked at its endpoint, as the agent's host calls it. */
  static async start(
    consul: { readonly endpoint: string } | undefined,
    options: AgentOptions,
  ): Promise<LabAgent> {
    const { host, member = memberOf(host), vip = VIP, env = {}, flags = [] } = options;
    const endpoint = consul?.endpoint ?? "http://192.168.1.181:8500";
    if (options.command !== undefined) {
      const values = { iface: INTERFACE, name: member, vip, consul: endpoint };
      const argv = ["sh", "-c", `exec ${fillIn(options.command, values)}`];
      return new LabAgent(host, member, () => new LabProcess({ name: member, host, argv, env }));
    }
    await buildIfStale();
    const file = `${tmpdir()}/${member}.yml`;
    const settings = {
      ip: vip,
      interface: INTERFACE,
      "trigger-key": LEADER_KEY,
      "trigger-value": member,
      "dcs-type": "consul",
      "dcs-endpoints": endpoint,
      // All hosts of a lab share one /run.
      callbacks: "none",
      "status-socket": "none",
      "metrics-port": 0,
      ...options.settings,
    };
    const configure = async (changed: Settings) => {
      await writeFile(file, yaml({ ...settings, ...changed }));
    };
    await configure({});
    const start = (events: Journal<AgentEvent>) => {
      const onLine = (text: string, atMs: number): void => events.append(parse(text, atMs));
      const argv = [...AHEAD_OF_OTHERS, PROGRAM, "run", "--config", file, ...flags];
      return new LabProcess({ name: member, host, argv, env, onLine });
    };
    return new LabAgent(host, member, start, configure);
  }

  get pid(): number {
    return this.process.pid;
  }

  async event(name: string, patience: Patience = {}): Promise<AgentEvent> {
    return await this.events.next(`event ${name}`, ({ event }) => event === name, patience);
  }

  /** Asks it to read its configuration again, and waits for what it says. */
  async reload(): Promise<AgentEvent> {
    const sinceMs = monotonicMs();
    this.process.signal("SIGHUP");
    const isEnd = ({ event, fields }: AgentEvent) =>
      event === "reloaded" || String(fields["msg"]).startsWith("the old configuration stays");
    return await this.events.next("end of a reload", isEnd, { sinceMs, timeoutMs: 10_000 });
  }

  /** Graceful: the VIP is released first. */
  async term(deadlineMs = 5_000): Promise<Exit> {
    return await this.process.stop("SIGTERM", deadlineMs);
  }

  /** Ends without a release; the next process is to adopt the VIP. */
  async handOver(deadlineMs = 5_000): Promise<Exit> {
    return await this.process.stop("SIGUSR2", deadlineMs);
  }

  async kill(): Promise<Exit> {
    return await this.process.kill();
  }

  async freeze(): Promise<void> {
    await this.process.freeze();
  }

  thaw(): void {
    this.process.thaw();
  }

  /** What it printed that was no event, for a test that wants to tell why an agent ended. */
  get complaints(): readonly string[] {
    return this.process.lines.entries.map(({ text }) => text);
  }
}

export function memberOf(host: HostName): string {
  return `test-${host}`;
}

function fillIn(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/gu, (placeholder, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    const known = Object.keys(values).map((key) => `{${key}}`);
    throw new Error(`${placeholder} means nothing in a command; known are ${known.join(" ")}`);
  });
}

// JSON values are YAML values too.
function yaml(settings: Settings): string {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const lines = given.map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `${lines.join("\n")}\n`;
}

function parse(text: string, atMs: number): AgentEvent {
  try {
    const fields = v.parse(logLine, JSON.parse(text));
    return { atMs, event: fields.event, reason: fields.reason, fields };
  } catch {
    return { atMs, event: "unreadable", reason: undefined, fields: { text } };
  }
}
