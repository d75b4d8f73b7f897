/**
 * How long `vip-agent status` takes, from the start of its process to its end.
 */
import { monotonicMs } from "../../lab/clock.ts";
import { attempt } from "../../lab/command.ts";
import { PROGRAM } from "../../lab/agent.ts";
import { inHost, type HostName } from "../../lab/network.ts";
import { type Summary, summarize } from "../statistics.ts";

export type Asking = { readonly asked: number; readonly answers: Summary | undefined };

/** Every answer counts whose exit code is one of a holder or of a host that waits. */
export async function measureAsking(
  host: HostName,
  socket: string,
  times: number,
): Promise<Asking> {
  const figures: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const sinceMs = monotonicMs();
    const { exitCode } = await attempt([
      ...inHost(host),
      PROGRAM,
      "status",
      `--status-socket=${socket}`,
    ]);
    if (exitCode === 0 || exitCode === 4) figures.push(monotonicMs() - sinceMs);
  }
  return { asked: times, answers: summarize(figures) };
}
