/**
 * A headless Chromium, spoken to over two pipes: pages that a test opens, looks into and
 * photographs.
 *
 * The DevTools protocol, as much of it as is needed, and no package for it. The test runs in the
 * same way without a network, and waits for what it wants to see instead of sleeping.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { attempt } from "../../../lab/command.ts";

const PROGRAMS = ["chromium-headless-shell", "chromium"];

const ARTEFACTS = fileURLToPath(new URL("../../../artefacts/", import.meta.url));

const ANSWER_DEADLINE_MS = 15_000;
const WAIT_DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 50;

// As root it has no sandbox of its own; /dev/shm may be small in a container.
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--remote-debugging-pipe",
];

// For the `skip` option of a suite: false, or what is missing. On CI nothing may be missing.
export async function skipWithoutChromium(): Promise<string | false> {
  if ((await findChromium()) !== undefined) return false;
  const missing = "missing: a Chromium (Debian's package chromium-headless-shell, or chromium)";
  if (process.env["CI"] === "true") throw new Error(`CI lacks ${missing}`);
  return missing;
}

async function findChromium(): Promise<string | undefined> {
  for (const program of PROGRAMS) {
    const { exitCode, stdout } = await attempt(["sh", "-c", `command -v ${program}`]);
    if (exitCode === 0) return stdout.trim();
  }
  return undefined;
}

const message = v.object({
  id: v.optional(v.number()),
  sessionId: v.optional(v.string()),
  method: v.optional(v.string()),
  params: v.optional(v.record(v.string(), v.unknown())),
  result: v.optional(v.record(v.string(), v.unknown())),
  error: v.optional(v.object({ message: v.string() })),
});

type Message = v.InferOutput<typeof message>;

export type Look = {
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
};

export class Browser {
  readonly #process: ChildProcess;
  readonly #input: Writable;
  readonly #waiting = new Map<number, (answer: Message) => void>();
  readonly #listeners = new Set<(event: Message) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess) {
    this.#process = child;
    // Pipes were asked for at these places.
    this.#input = child.stdio[3] as Writable;
    this.#listen(child.stdio[4] as Readable);
  }

  static async open(): Promise<Browser> {
    const program = await findChromium();
    if (program === undefined) throw new Error("there is no Chromium");
    const home = await mkdtemp(`${tmpdir()}/chromium-`);
    const child = spawn(program, [...FLAGS, `--user-data-dir=${home}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", HOME: home, TZ: "UTC" },
    });
    const browser = new Browser(child);
    await browser.call("Browser.getVersion");
    return browser;
  }

  async page(url: string, look: Look): Promise<Page> {
    const created = await this.call("Target.createTarget", { url: "about:blank" });
    const { targetId } = v.parse(v.object({ targetId: v.string() }), created);
    const attached = await this.call("Target.attachToTarget", { targetId, flatten: true });
    const { sessionId } = v.parse(v.object({ sessionId: v.string() }), attached);
    const page = new Page((method, params) => this.call(method, params, sessionId));
    this.#listeners.add((event) => {
      if (event.sessionId === sessionId) page.note(event.method ?? "", event.params ?? {});
    });
    await page.open(url, look);
    return page;
  }

  async call(method: string, params: object = {}, sessionId?: string) {
    const id = (this.#lastId += 1);
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#waiting.set(id, resolve);
    const problem = new Error(`${method}: no answer within ${ANSWER_DEADLINE_MS} ms`);
    const timer = setTimeout(() => reject(problem), ANSWER_DEADLINE_MS);
    this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result = {}, error } = await promise.finally(() => clearTimeout(timer));
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  close(): void {
    this.#process.kill("SIGKILL");
    this.#input.destroy();
  }

  // Each message ends with a zero byte.
  #listen(output: Readable): void {
    let rest = "";
    output.setEncoding("utf8");
    this.#input.on("error", () => undefined);
    output.on("data", (chunk: string) => {
      const texts = (rest + chunk).split("\0");
      rest = texts.pop() ?? "";
      for (const text of texts) this.#take(v.parse(message, JSON.parse(text)));
    });
  }

  #take(taken: Message): void {
    if (taken.id === undefined) for (const listener of this.#listeners) listener(taken);
    else this.#waiting.get(taken.id)?.(taken);
  }
}

type Call = (method: string, params?: object) => Promise<Readonly<Record<string, unknown>>>;

export class Page {
  readonly #call: Call;
  // What the console would show as an error: a policy that was broken, a script that failed.
  readonly errors: string[] = [];

  constructor(call: Call) {
    this.#call = call;
  }

  note(method: string, params: Readonly<Record<string, unknown>>): void {
    const { entry, exceptionDetails } = params;
    if (method === "Runtime.exceptionThrown") this.errors.push(JSON.stringify(exceptionDetails));
    const parsed = v.safeParse(v.object({ level: v.string(), text: v.string() }), entry);
    const isError = parsed.success && parsed.output.level === "error";
    if (method === "Log.entryAdded" && isError) this.errors.push(parsed.output.text);
  }

  async open(url: string, look: Look): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log"]) await this.#call(`${domain}.enable`);
    await this.appear(look);
    await this.#call("Page.navigate", { url });
  }

  async appear({ width, height, scheme }: Look): Promise<void> {
    const size = { width, height, deviceScaleFactor: 1, mobile: width < 500 };
    await this.#call("Emulation.setDeviceMetricsOverride", size);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.#call("Emulation.setEmulatedMedia", { features });
  }

  // What an expression is in the page, a promise being waited for.
  async evaluate(expression: string): Promise<unknown> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const answer = await this.#call("Runtime.evaluate", options);
    const schema = v.object({
      result: v.object({ value: v.optional(v.unknown()) }),
      exceptionDetails: v.optional(v.unknown()),
    });
    const { result, exceptionDetails } = v.parse(schema, answer);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  async text(selector: string): Promise<string> {
    const quoted = JSON.stringify(selector);
    return String(await this.evaluate(`document.querySelector(${quoted})?.innerText ?? ""`));
  }

  // Until the text of an element is such.
  async waitFor(selector: string, words: RegExp): Promise<void> {
    const endMs = performance.now() + WAIT_DEADLINE_MS;
    let text = "";
    while (performance.now() < endMs) {
      text = await this.text(selector);
      if (words.test(text)) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    throw new Error(`${selector} never said ${words}; it says: ${text}`);
  }

  // The whole page, however long; the path of the picture.
  async photograph(name: string): Promise<string> {
    const format = { format: "png", captureBeyondViewport: true };
    const answer = await this.#call("Page.captureScreenshot", format);
    const { data } = v.parse(v.object({ data: v.string() }), answer);
    await mkdir(ARTEFACTS, { recursive: true });
    const file = `${ARTEFACTS}${name}.png`;
    await writeFile(file, Buffer.from(data, "base64"));
    return file;
  }
}
