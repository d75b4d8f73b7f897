/**
 * A directory as the package makes it, though the test's own, an ear that listens there, and the
 * client that Patroni runs, by each sh of this machine.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../../lab/clock.ts";
import { CallbackEar, type EarOptions } from "../../src/callbacks/ear.ts";
import type { CallbackEvent } from "../../src/callbacks/event.ts";
import { systemClock } from "../../src/clock.ts";
import { makeFolder } from "../support/folder.ts";

export const client = fileURLToPath(
  new URL("../../packaging/callbacks/vip-agent-callback", import.meta.url),
);

export const scope = "test";
export const stop: CallbackEvent = { action: "on_stop", role: "primary", scope };

/** A test that waits this long has failed; the machine may be busy. */
export const wideMs = 20_000;

const scratch = makeFolder();
let places = 0;

/** A new place, two levels deep: a daemon that is root would make one of them again. */
export function createPlace(): string {
  places += 1;
  const directory = join(scratch, `${places}`, "vip-agent", "callbacks");
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Makes a file there, as old as said. */
export function leave(directory: string, name: string | Buffer, ageMs = 0): void {
  const path = Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(name)]);
  writeFileSync(path, "");
  const leftAtS = (Date.now() - ageMs) / 1_000;
  if (ageMs !== 0) utimesSync(path, leftAtS, leftAtS);
}

export type Heard = { readonly event: CallbackEvent; readonly atMs: number };

export class Listener {
  readonly clock = systemClock();
  readonly heard: Heard[] = [];
  readonly troubles: string[] = [];
  readonly ear: CallbackEar;

  constructor(directory: string, options: Partial<EarOptions> = {}) {
    this.ear = new CallbackEar({
      directory,
      scopes: new Set([scope]),
      clock: this.clock,
      wallNowMs: Date.now,
      onEvent: (event, atMs) => this.heard.push({ event, atMs }),
      onTrouble: (detail) => this.troubles.push(detail),
      ...options,
    });
    after(() => this.ear.close());
  }

  get actions(): readonly string[] {
    return this.heard.map(({ event }) => event.action);
  }

  async until(count: number): Promise<void> {
    const isThere = () => this.heard.length >= count;
    await waitUntil(`${count} callbacks heard`, isThere, { timeoutMs: wideMs, everyMs: 1 });
  }

  async untilTrouble(count: number): Promise<void> {
    const isThere = () => this.troubles.length >= count;
    await waitUntil(`${count} troubles told`, isThere, { timeoutMs: wideMs });
  }
}

/** More than litter is left lying. */
export const minuteMs = 61_000;

export async function untilGone(path: string): Promise<void> {
  await waitUntil(`${path} is gone`, () => !existsSync(path), { timeoutMs: wideMs });
}

/** Old litter is gone after a look around, so two of it show that one began and ended in between. */
export async function untilLookedAround(directory: string): Promise<void> {
  for (const litter of ["first", "second"]) {
    leave(directory, litter, minuteMs);
    await untilGone(join(directory, litter));
  }
}

export type Shell = { readonly name: string; readonly argv: readonly string[] };

const shells: readonly Shell[] = [
  { name: "sh", argv: ["sh"] },
  { name: "dash", argv: ["dash"] },
  { name: "bash --posix", argv: ["bash", "--posix"] },
  { name: "busybox sh", argv: ["busybox", "sh"] },
  { name: "mksh", argv: ["mksh"] },
];

/** `skip` says what is missing here. */
export const shellsHere = shells.map((shell) => {
  const [file = "", ...rest] = shell.argv;
  const isHere = spawnSync(file, [...rest, "-c", "exit 0"]).status === 0;
  return { shell, skip: isHere ? false : `missing: ${file}` };
});

export type Said = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs the client with these words, in a directory of no meaning. */
export function runClient(
  shell: Shell,
  words: readonly string[],
  { userId, wrapper = [] }: { userId?: number; wrapper?: readonly string[] } = {},
): Said {
  const [file = "", ...rest] = [...wrapper, ...shell.argv, client, ...words];
  const { status, stdout, stderr } = spawnSync(file, rest, {
    cwd: "/",
    env: { ...process.env, LC_ALL: "C.UTF-8" },
    encoding: "utf8",
    timeout: wideMs,
    ...(userId === undefined ? {} : { uid: userId, gid: userId }),
  });
  return { code: status, stdout, stderr };
}

/** Belongs to nothing. */
export const nobody = 65_534;

const isNobodyAble =
  process.geteuid?.() === 0 &&
  spawnSync(process.execPath, ["-e", "0"], { uid: nobody, gid: nobody }).status === 0;

/** For tests that act as another user. */
export const skipWithoutNobody = isNobodyAble
  ? false
  : "missing: root, and a Node that all may run";
