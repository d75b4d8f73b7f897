/**
 * The one connection to a host: an ssh that only holds it, and the socket through which all others
 * use it.
 *
 * It stays in the foreground with pipes of its own. One that goes into the background inherits the
 * caller's, and whoever waits for those to close then waits for as long as the connection lasts. It
 * is not in our process group, so that Ctrl-C reaches this program alone, which then ends things in
 * its own order; and a small shell beside it ends it when this program is gone, however it went.
 */
import { access, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { type Outcome, done, failed } from "../../outcome.ts";
import { noConnectionMark, unreachable } from "./ssh-words.ts";

export type SshTarget = {
  /** The host's name in the cluster file. */
  readonly host: string;
  /** What `ssh` is called with. */
  readonly destination: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
  /** Arguments for `ssh`, one word each. */
  readonly options: readonly string[];
};

const connectTimeoutS = 10;
/** A peer that says nothing for three of them is gone. */
const aliveIntervalS = 5;

/** Of the handshake as a whole: jump hosts, slow names, a key on a token. */
const connectDeadlineMs = 45_000;
const lookEveryMs = 20;
const controlDeadlineMs = 10_000;
const endDeadlineMs = 2_000;

/** The end of our pipe is the end of this program. Its guard must not outlive the connection. */
const keeper = `exec 3<&0
"$@" 3<&- </dev/null &
master=$!
{ cat <&3 >/dev/null; kill "$master" 2>/dev/null; } &
guard=$!
exec 3<&-
wait "$master"
code=$?
kill "$guard" 2>/dev/null
exit "$code"
`;

/** What it has said is for errors: more than this nobody reads. */
const maxWords = 8_000;

export class SshMaster {
  readonly controlPath: string;
  readonly #destination: string;
  readonly #child: ReturnType<typeof startKeeper>;
  #words = "";
  #saidLength = 0;
  #isOver = false;
  readonly #over: Promise<void>;

  constructor(target: SshTarget, controlPath: string) {
    this.controlPath = controlPath;
    this.#destination = target.destination;
    this.#child = startKeeper(masterArgs(target, controlPath));
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#words = (this.#words + chunk.toString()).slice(-maxWords);
      this.#saidLength += chunk.toString().length;
    });
    // Written to by nobody, so an error of it says nothing.
    this.#child.stdin.on("error", () => {});
    this.#over = this.#end();
  }

  get isAlive(): boolean {
    return !this.#isOver;
  }

  /** The last of what ssh has said on stderr. */
  get words(): string {
    return this.#words;
  }

  /** How much it has said so far. */
  get saidLength(): number {
    return this.#saidLength;
  }

  wordsSince(saidLength: number): string {
    const length = this.#saidLength - saidLength;
    return length === 0 ? "" : this.#words.slice(-length);
  }

  /** Until others can use it. One that does not come up is ended. */
  async opened(): Promise<Outcome<void, "unreachable">> {
    const deadline = AbortSignal.timeout(connectDeadlineMs);
    while (!this.#isOver && !deadline.aborted) {
      if (await isThere(this.controlPath)) {
        const check = await this.control(["-O", "check"]);
        if (check.ok) return check;
        if (!this.#isOver) await this.close();
        return failed("unreachable", check.detail);
      }
      await sleep(lookEveryMs);
    }
    const wasOver = this.#isOver;
    await this.close();
    const words = wasOver ? this.#words.trim() : `Connection timed out: ${this.#words.trim()}`;
    return unreachable(this.#destination, words);
  }

  /** Something for the master itself: -O check, -O forward, -O exit. */
  async control(args: readonly string[]): Promise<Outcome<void, "unreachable">> {
    const result = await execa("ssh", [...clientArgs(this.controlPath), ...args, "--", "master"], {
      reject: false,
      stdin: "ignore",
      stdout: "ignore",
      detached: true,
      timeout: controlDeadlineMs,
      killSignal: "SIGKILL",
    });
    if (!result.failed) return done(undefined);
    const words = result.timedOut ? "no answer" : result.stderr.trim() || result.shortMessage;
    return failed("unreachable", `the connection to ${this.#destination}: ${words}`);
  }

  async close(): Promise<void> {
    if (!this.#isOver && (await isThere(this.controlPath))) await this.control(["-O", "exit"]);
    if (!(await this.#endsWithin(endDeadlineMs))) {
      // The guard ends it then.
      this.#child.stdin.destroy();
      if (!(await this.#endsWithin(endDeadlineMs))) {
        this.#killAll();
        await this.#endsWithin(endDeadlineMs);
      }
    }
    this.#child.stdin.destroy();
    await rm(this.controlPath, { force: true });
  }

  /** One that stands still hears nothing else. */
  #killAll(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async #end(): Promise<void> {
    await this.#child;
    this.#isOver = true;
  }

  async #endsWithin(ms: number): Promise<boolean> {
    await Promise.race([this.#over, sleep(ms, undefined, { ref: false })]);
    return this.#isOver;
  }
}

/**
 * For an ssh that uses the connection. It reads no configuration: what stands there for the host is
 * the master's business, and a second forwarding or a pseudo terminal would only be in the way. It
 * cannot make a connection of its own where the master is gone, which would be one without the
 * user's configuration.
 */
export function clientArgs(controlPath: string): readonly string[] {
  return [
    ...sharing(controlPath),
    "-F",
    "none",
    ...optionArgs("ControlMaster=no", "BatchMode=yes", "LogLevel=ERROR"),
    ...optionArgs(`ProxyCommand=sh -c 'echo "${noConnectionMark}" >&2'`),
  ];
}

/** ssh takes the first value that it meets, so what nobody may change stands before the user's. */
function masterArgs({ destination, user, port, options }: SshTarget, controlPath: string) {
  return [
    ...sharing(controlPath),
    "-N",
    ...optionArgs("ControlMaster=yes", "ControlPersist=no", "BatchMode=yes", "RemoteCommand=none"),
    ...options,
    ...optionArgs(
      "ClearAllForwardings=yes",
      `ConnectTimeout=${connectTimeoutS}`,
      `ServerAliveInterval=${aliveIntervalS}`,
      "ServerAliveCountMax=3",
      "LogLevel=INFO",
    ),
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    "--",
    destination,
  ];
}

function startKeeper(args: readonly string[]) {
  return execa("sh", ["-c", keeper, "sh", "ssh", ...args], {
    reject: false,
    stdin: "pipe",
    stdout: "ignore",
    stderr: "pipe",
    buffer: false,
    detached: true,
  });
}

function optionArgs(...options: readonly string[]): readonly string[] {
  return options.flatMap((option) => ["-o", option]);
}

/** ssh writes the name of the host, and more, where a path has a percent sign. */
function sharing(controlPath: string): readonly string[] {
  return ["-T", "-S", controlPath.replaceAll("%", "%%")];
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
