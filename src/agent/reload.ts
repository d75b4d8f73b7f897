/**
 * SIGHUP: the configuration is read again and takes the place of the old one, or is refused as a
 * whole.
 *
 * Refused is what cannot be understood, and also what would be understood and lose the VIP: where
 * Consul answers now, it has to answer under the new settings too (a token without rights, a
 * mistyped endpoint). After a refusal all goes on as before.
 */
import type { ConsulClient } from "../clients/consul.ts";
import { type Complaint, complaintLine, isError } from "../complaints.ts";
import type { Settings } from "./config/settings.ts";
import type { Daemon } from "./daemon.ts";
import type { Outside } from "./outside.ts";
import type { LogControl } from "./reports/log.ts";
import type { Metrics } from "./reports/metrics.ts";

export type LoadAgain = () => {
  /** Absent if any complaint is an error. */
  readonly settings?: Settings;
  readonly complaints: readonly Complaint[];
};

export type ReloaderOptions = {
  readonly log: LogControl;
  readonly metrics: Metrics;
  readonly loadAgain: LoadAgain;
  readonly connect: Outside["connect"];
  readonly open: (settings: Settings) => Promise<Outside>;
};

export type Reloaded = { readonly daemon: Daemon; readonly settings: Settings };

/** An answer takes milliseconds; a Consul that is slower would cost the lease. */
const trialDeadlineMs = 1_500;

export class Reloader {
  readonly #options: ReloaderOptions;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** The daemon that goes on instead; undefined where the old one does. Never rejects. */
  async reload(daemon: Daemon): Promise<Reloaded | undefined> {
    const { log, metrics, loadAgain, open } = this.#options;
    const { settings, complaints } = loadAgain();
    if (settings === undefined) return this.#refuse(complaints.filter(isError).map(complaintLine));
    const problem = await this.#problemWith(settings, daemon);
    if (problem !== undefined) return this.#refuse([problem]);
    const outside = await open(settings);
    for (const complaint of complaints) log.warn("warning", complaintLine(complaint));
    log.setLevel(settings.logLevel);
    const successor = await daemon.succeed(settings, outside);
    metrics.reloaded("done");
    log.info("reloaded", "the new configuration is in force");
    return { daemon: successor, settings };
  }

  #refuse(problems: readonly string[]): undefined {
    const { log, metrics } = this.#options;
    metrics.reloaded("refused");
    for (const problem of problems) log.error("reload-refused", problem);
    const count = problems.length;
    log.error("reload-refused", `the old configuration stays in force: ${count} to be mended`);
  }

  /** Why these settings must not take the place of ones with which Consul answers. */
  async #problemWith(settings: Settings, daemon: Daemon): Promise<string | undefined> {
    const isWell = daemon.view().kept.every(({ world }) => world.trouble === undefined);
    if (settings.source !== "consul" || !isWell) return undefined;
    const { consul, vips } = settings;
    const { connect } = this.#options;
    const clients = consul.endpoints.map((endpoint) => connect(consul, endpoint));
    const keys = [...new Set(vips.map(({ key }) => key))];
    const problems = await Promise.all(keys.map(async (key) => trialProblem(clients, key)));
    for (const client of clients) client.close();
    return problems.find((problem) => problem !== undefined);
  }
}

/** Undefined as soon as one endpoint answers. */
async function trialProblem(
  clients: readonly ConsulClient[],
  key: string,
): Promise<string | undefined> {
  const signal = new AbortController().signal;
  const answers = await Promise.all(
    clients.map(async (client) => client.readKey({ key, deadlineMs: trialDeadlineMs, signal })),
  );
  const failures = answers.filter((answer) => !answer.ok);
  if (failures.length < answers.length) return undefined;
  const details = failures.map(({ detail }) => detail).join("; ");
  return `Consul answers now, and would not with the new settings: ${key}: ${details}`;
}
