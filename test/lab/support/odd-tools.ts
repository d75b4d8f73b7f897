/**
 * The agent's helper programs, with a mind of their own.
 *
 * A folder at the head of an agent's PATH has a script for each of them. Without a mood the script
 * becomes the real program; with one it does what the mood says, but always tells its version, so
 * that the agent takes it for the real one. Moods change while the agent runs; a helper that is
 * running keeps the one it was started in, until it is killed.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { waitUntil } from "../../../lab/clock.ts";
import { attempt, run } from "../../../lab/command.ts";

export type ToolName = "ip" | "arping" | "nft" | "ss";

const TOOLS: readonly ToolName[] = ["ip", "arping", "nft", "ss"];

// A process that is traced is handed to its real parent only when the tracer lets go, also when it
// has been killed: to the agent it does not end. So does one that hangs in the kernel.
const TRACE = String.raw`
  my %call = (x86_64 => 101, aarch64 => 117);
  my $machine = (POSIX::uname())[4];
  syscall($call{$machine}, 0x4206, $ARGV[0] + 0, 0, 0) == 0 or die "ptrace: $!";
  kill "STOP", $ARGV[0];
  sleep 60`;

const MOODS = {
  /** Runs and never says a word. */
  hanging: "exec sleep 60",
  failing: "exit 1",
  /** Cannot be killed while its tracer lives. */
  undying: `perl -MPOSIX -e '${TRACE}' $$ & echo $! >> "$tracers"; while :; do sleep 1; done`,
  /** ss: kills the agent when it should begin. */
  "killing-before": "read -r filter; kill -KILL $PPID",
  /** ss: kills the agent when its work is done. */
  "killing-after": '"$real" "$@"; kill -KILL $PPID',
  /** ss: does away with every table of the host, as a reload of the firewall does, then its work. */
  flushing: 'nft flush ruleset; exec "$real" "$@"',
  /** ip: kills the agent when it should remove an address. */
  "killing-at-removal": `while read -r line; do
    case $line in "address delete"*) kill -KILL $PPID; exit ;; esac
    echo "$line"
  done | "$real" "$@"`,
} as const;

export type Mood = keyof typeof MOODS;

export class OddTools {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<OddTools> {
    const folder = await mkdtemp(join(tmpdir(), "tools-"));
    for (const name of TOOLS) {
      const real = (await run(["sh", "-c", `command -v ${name}`])).trim();
      await writeFile(join(folder, name), script(folder, name, real), { mode: 0o755 });
    }
    return new OddTools(folder);
  }

  /** For the agent's environment. */
  get path(): string {
    return `${this.#folder}:${process.env["PATH"] ?? ""}`;
  }

  async is(name: ToolName, mood: Mood): Promise<void> {
    await writeFile(this.#moodFile(name), `${MOODS[mood]}\n`);
  }

  async isWell(name: ToolName): Promise<void> {
    await rm(this.#moodFile(name), { force: true });
    await chmod(join(this.#folder, name), 0o755);
  }

  /** It cannot be started any more. */
  async isGone(name: ToolName): Promise<void> {
    await chmod(join(this.#folder, name), 0o644);
  }

  /** Those that could not be killed are now. */
  async letDie(): Promise<void> {
    const tracers = await readFile(join(this.#folder, "tracers"), "utf8").catch(() => "");
    for (const pid of tracers.split("\n").filter(Boolean)) kill(Number(pid), "SIGKILL");
  }

  async close(): Promise<void> {
    await this.letDie();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #moodFile(name: ToolName): string {
    return join(this.#folder, `${name}.mood`);
  }
}

// Helpers run without a PATH; the shell's own default does for what is called here.
function script(folder: string, name: ToolName, real: string): string {
  return `#!/bin/sh
real=${real} tracers=${folder}/tracers
case $1 in -V | --version) exec "$real" "$@" ;; esac
[ ! -e ${folder}/${name}.mood ] || . ${folder}/${name}.mood
[ ! -e ${folder}/${name}.mood ] || exit 0
exec "$real" "$@"
`;
}

export type Child = { readonly pid: number; readonly words: string };

/** The agent's children of that name; zombies have no words left and go by their name alone. */
export async function childrenOf(agentPid: number, name: string): Promise<readonly Child[]> {
  const { stdout } = await attempt(["ps", "--ppid", String(agentPid), "-o", "pid=,comm="]);
  const rows = stdout.split("\n").map((row) => row.trim().split(/\s+/u));
  const pids = rows.filter(([, comm]) => comm === name).map(([pid]) => Number(pid));
  return await Promise.all(
    pids.map(async (pid) => {
      const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return { pid, words: words.replaceAll("\0", " ").trim() };
    }),
  );
}

/** It may have ended meanwhile. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Then there is nothing to be killed.
  }
}

const RESIDENT = { ip: "-batch", nft: "-i", ss: "-K" } as const;

/** The one that waits for a question; `ip` has a monitor beside it. */
export async function residentOf(agentPid: number, name: keyof typeof RESIDENT): Promise<number> {
  const { pid } = await waitUntil(`resident ${name}`, async () => {
    const children = await childrenOf(agentPid, name);
    return children.find(({ words }) => words.split(" ").includes(RESIDENT[name]));
  });
  return pid;
}
