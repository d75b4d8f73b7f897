/**
 * A real Prometheus of Debian in a host of the lab, which scrapes agents and evaluates rules.
 *
 * It asks and evaluates each second, so that a test need not wait for a minute to pass; `hurried`
 * shortens the `for:` of the shipped rules by the same measure. Everything else of the rules stays.
 * It keeps its data in the sandbox, and an hour of it at most.
 */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import * as v from "valibot";
import { isMap, isScalar, parseDocument, visit } from "yaml";

import { waitUntil } from "./clock.ts";
import { attempt } from "./command.ts";
import { addressOf, type HostName } from "./network.ts";
import { LabProcess } from "./process.ts";

const PORT = 9_090;
const READY_DEADLINE_MS = 10_000;
const QUERY_DEADLINE_MS = 5_000;

/** A minute of the shipped rules is so many seconds of the hurried ones. */
const HURRIED_MINUTE_S = 3;

export type Target = {
  readonly host: HostName;
  readonly port: number;
  /** How Prometheus is to ask, beside the address: scheme, tls_config, basic_auth. */
  readonly access?: Readonly<Record<string, unknown>>;
};

export type PrometheusOptions = {
  readonly host: HostName;
  /** One cluster: each is an instance by its host's name. */
  readonly targets: readonly Target[];
  /** The text of a file of rules. */
  readonly rules: string;
};

const labels = v.record(v.string(), v.string());
const point = v.tuple([v.number(), v.pipe(v.string(), v.transform(Number))]);
const vectorAnswer = v.object({
  data: v.object({ result: v.array(v.object({ metric: labels, value: point })) }),
});
const matrixAnswer = v.object({
  data: v.object({ result: v.array(v.object({ metric: labels, values: v.array(point) })) }),
});
const targetsAnswer = v.object({
  data: v.object({
    activeTargets: v.array(v.object({ scrapeUrl: v.string(), lastError: v.string() })),
  }),
});

export type Labels = v.InferOutput<typeof labels>;
export type Sample = { readonly labels: Labels; readonly value: number };
export type Series = {
  readonly labels: Labels;
  /** Seconds since 1970, and the value. */
  readonly points: readonly (readonly [number, number])[];
};
export type Span = { readonly fromS: number; readonly toS: number; readonly stepS: number };

/** The folder of prometheus and promtool. */
export async function findPrometheus(): Promise<string> {
  const script = fileURLToPath(new URL("../setup/prometheus.sh", import.meta.url));
  const { exitCode, stdout, stderr } = await attempt(["sh", script]);
  if (exitCode === 0) return stdout.trim();
  throw new Error(`there is no Prometheus: npm run setup brings Debian's. ${stderr}`);
}

/** The same rules, each waiting a twentieth of its time. */
export function hurried(rules: string): string {
  const document = parseDocument(rules);
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || key.value !== "for" || !isScalar(value)) return;
      value.value = `${secondsOf(String(value.value)) * (HURRIED_MINUTE_S / 60)}s`;
    },
  });
  if (!isMap(document.contents)) throw new Error("rules are expected to be a map with groups");
  return document.toString();
}

function secondsOf(duration: string): number {
  const [, count, unit] = /^(\d+)([smh])$/u.exec(duration) ?? [];
  const unitS = { s: 1, m: 60, h: 3_600 }[unit ?? ""];
  if (unitS !== undefined) return Number(count) * unitS;
  throw new Error(`for: ${duration}: expected a number and one of s, m, h`);
}

export class LabPrometheus {
  readonly process: LabProcess;
  readonly #url: string;
  readonly logFile: string;

  private constructor(host: HostName, program: string, folder: string) {
    this.#url = `http://${addressOf(host)}:${PORT}`;
    this.logFile = `${folder}/prometheus.log`;
    this.process = new LabProcess({
      name: `prometheus on ${host}`,
      host,
      argv: [
        program,
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        "--storage.tsdb.retention.time=1h",
        `--web.listen-address=${addressOf(host)}:${PORT}`,
      ],
      env: { GOMAXPROCS: "1" },
      logFile: this.logFile,
    });
  }

  static async start({ host, targets, rules }: PrometheusOptions): Promise<LabPrometheus> {
    const program = `${await findPrometheus()}/prometheus`;
    const folder = await mkdtemp(`${tmpdir()}/prometheus-`);
    await writeFile(`${folder}/rules.yml`, rules);
    await writeFile(`${folder}/prometheus.yml`, JSON.stringify(configuration(targets)));
    const prometheus = new LabPrometheus(host, program, folder);
    try {
      await prometheus.#ready();
    } catch (error) {
      await prometheus.close();
      throw error;
    }
    return prometheus;
  }

  /** What holds now. */
  async query(expression: string): Promise<readonly Sample[]> {
    const { data } = v.parse(vectorAnswer, await this.#ask("query", { query: expression }));
    return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value }));
  }

  /** What held in a span of time. */
  async queryRange(expression: string, { fromS, toS, stepS }: Span): Promise<readonly Series[]> {
    const words = { start: String(fromS), end: String(toS), step: String(stepS) };
    const answer = await this.#ask("query_range", { query: expression, ...words });
    const { data } = v.parse(matrixAnswer, answer);
    return data.result.map(({ metric, values }) => ({ labels: metric, points: values }));
  }

  /** Waits until the first sample of the answer is good. */
  async until(
    what: string,
    expression: string,
    isGood: (value: number) => boolean = () => true,
    timeoutMs = 10_000,
  ): Promise<readonly Sample[]> {
    const ask = async () => {
      const answer = await this.query(expression);
      const [first] = answer;
      return first !== undefined && isGood(first.value) ? answer : undefined;
    };
    try {
      return await waitUntil(`${what} (${expression})`, ask, { timeoutMs, everyMs: 100 });
    } catch (error) {
      throw new Error(`${String(error)}; scrapes: ${await this.#scrapes()}`, { cause: error });
    }
  }

  /** What became of the last scrape of each target, for a wait that ended without its end. */
  async #scrapes(): Promise<string> {
    const { body } = await request(`${this.#url}/api/v1/targets`);
    const { data } = v.parse(targetsAnswer, await body.json());
    const said = data.activeTargets.map(({ scrapeUrl, lastError }) => {
      return `${scrapeUrl}: ${lastError || "well"}`;
    });
    return said.join("; ");
  }

  async close(): Promise<void> {
    await this.process.kill();
  }

  async #ask(path: string, words: Readonly<Record<string, string>>): Promise<unknown> {
    const { body, statusCode } = await request(`${this.#url}/api/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(words).toString(),
      signal: AbortSignal.timeout(QUERY_DEADLINE_MS),
    });
    const text = await body.text();
    if (statusCode === 200) return JSON.parse(text);
    throw new Error(`Prometheus: ${words["query"] ?? path}: ${statusCode} ${text}`);
  }

  async #ready(): Promise<void> {
    const isReady = async () => {
      if (!this.process.isRunning) throw new Error("Prometheus has ended");
      const answer = await request(`${this.#url}/-/ready`).catch(() => undefined);
      await answer?.body.dump();
      return answer?.statusCode === 200;
    };
    const patience = { timeoutMs: READY_DEADLINE_MS, everyMs: 25 };
    try {
      await waitUntil("Prometheus ready", isReady, patience);
    } catch (error) {
      const log = await readFile(this.logFile, "utf8").catch(() => "");
      const end = log.split("\n").slice(-8).join("\n");
      throw new Error(`${String(error)}\n${end}`, { cause: error });
    }
  }
}

// JSON is YAML too. Jobs differ by how they ask and are one job all the same, by their label.
function configuration(targets: readonly Target[]): unknown {
  return {
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yml"],
    scrape_configs: targets.map(({ host, port, access }) => {
      const given = { job: "vip-agent", cluster: "test", instance: host };
      return {
        job_name: host,
        ...access,
        static_configs: [{ targets: [`${addressOf(host)}:${port}`], labels: given }],
      };
    }),
  };
}
