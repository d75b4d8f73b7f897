/**
 * Shows a VIP that follows the leader key of a real Consul, on three hosts, in half a minute.
 *
 *     npm run demo
 *
 * It runs inside a sandbox (lab/sandbox.sh): hosts, addresses and processes are in namespaces of
 * their own, and are gone when it ends, also after Ctrl-C. What is real: the kernel, Consul, the
 * agents as they are shipped, the client's connections. What is played: Patroni, by writing the
 * leader key as Patroni does, and PostgreSQL, by a server that greets with its host's name.
 */
import { attempt, run } from "../lab/command.ts";
import type { Lab } from "../lab/lab.ts";
import { INTERFACE, removeNetwork, VIP } from "../lab/network.ts";
import { buildCluster, secondsSince } from "./cluster.ts";
import { firstLeader, killedAgent, stoppedAgent, switchovers } from "./scenes.ts";
import { printSummary } from "./summary.ts";
import { Timeline, write } from "./timeline.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;

const timeline = new Timeline();
/** What runs in the sandbox already: the demo itself, and whoever called it. */
const before = new Set((await processes()).map(pidOf));
let lab: Lab | undefined;
let isInterrupted = false;

async function play(): Promise<void> {
  await timeline.heading(`vip-agent: ${VIP} on ${INTERFACE} of whichever host leads`);
  const cluster = await buildCluster(timeline, (created) => {
    lab = created;
  });
  const moves = [await firstLeader(cluster), ...(await switchovers(cluster))];
  const kill = await killedAgent(cluster, "db3");
  const stop = await stoppedAgent(cluster, "db3");
  await timeline.settle();
  timeline.mute();
  printSummary({ moves, kill, stop });
}

/** Ends everything and looks whether that is true; the rest goes with the sandbox. */
async function cleanUp(): Promise<void> {
  timeline.mute();
  // Interrupted before the lab was complete, there are at least its hosts and what runs in them.
  await (lab?.close() ?? removeNetwork());
  const hosts = (await run(["ip", "netns", "list"])).trim();
  const addresses = (await attempt(["ip", "-o", "address", "show", "to", VIP])).stdout.trim();
  const others = (await processes()).filter((line) => !before.has(pidOf(line)) && !isPs(line));
  if (hosts === "" && addresses === "" && others.length === 0) {
    write("The machine is clean: no process, namespace, address or packet filter is left.");
  } else {
    write(
      `Left, until the sandbox ends with this program: ${[hosts, addresses, ...others].join(" ")}`,
    );
  }
}

async function processes(): Promise<readonly string[]> {
  return (await run(["ps", "-eo", "pid=,ppid=,comm="])).trim().split("\n");
}

function pidOf(line: string): string | undefined {
  return line.trim().split(/\s+/u)[0];
}

/** The `ps` that was started to look. */
function isPs(line: string): boolean {
  return line.trim().split(/\s+/u)[1] === String(process.pid);
}

function interrupt(): void {
  // A second Ctrl-C does not wait; the sandbox ends everything as well.
  if (isInterrupted) process.exit(INTERRUPTED_EXIT_CODE);
  isInterrupted = true;
  write("\nInterrupted: ending hosts, Consul and agents.");
  void cleanUp().finally(() => process.exit(INTERRUPTED_EXIT_CODE));
}

process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);

try {
  await play();
  write("");
  await cleanUp();
  write(`It took ${secondsSince(timeline.startedAtMs).toFixed(0)} s.`);
} catch (error) {
  // Taken down in the middle of a scene, the scene fails; that is no failure of the demo.
  if (!isInterrupted) {
    await timeline.settle();
    write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    await cleanUp();
    process.exitCode = FAILED_EXIT_CODE;
  }
}
