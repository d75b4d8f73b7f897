/**
 * `vip-agent status`: what the running agent does, and why.
 *
 * It asks the agent itself, over its socket, and needs neither its configuration nor rights. It is
 * called when something is wrong, so it answers fast, says what is missing, and changes nothing.
 * The exit code tells a script what the text tells a person. --cluster asks Consul and the wire
 * instead, and needs no agent.
 */
import type { Flags } from "../agent/config/command-source.ts";
import { exitCode } from "./exit-codes.ts";
import { type Told, askAgents, remedyFor, whereToAsk } from "./status/agents.ts";
import { type Screen, thisScreen } from "./status/screen.ts";
import { statusText } from "./status/text.ts";

export type StatusOptions = {
  readonly flags: Flags;
  readonly isJson: boolean;
  readonly isWatch: boolean;
  readonly isCluster: boolean;
};

export async function status(
  { flags, isJson, isWatch, isCluster }: StatusOptions,
  screen: Screen = thisScreen(),
): Promise<number> {
  if (isCluster) {
    if (isWatch) {
      screen.complain("--watch and --cluster do not go together.\nSee vip-agent status --help.\n");
      return exitCode.misused;
    }
    const { clusterStatus } = await import("./status/cluster.ts");
    return await clusterStatus({ flags, isJson, screen });
  }
  const where = await whereToAsk(flags, process.env);
  if (!where.ok) {
    screen.complain(`${where.detail}\n`);
    return exitCode.failed;
  }
  const look = () => askAgents(where.value());
  if (isWatch) {
    const { watch } = await import("./status/watch.ts");
    await watch({ look, isJson, screen });
    return exitCode.fine;
  }
  return tell(await look(), isJson, screen);
}

/** Shows what each agent has said, and returns the exit code. */
export function tell(told: readonly Told[], isJson: boolean, screen: Screen): number {
  const style = screen.style();
  for (const [index, { path, outcome }] of told.entries()) {
    if (!outcome.ok) {
      screen.complain(`${outcome.detail}\n  ${remedyFor(outcome.code)}\n`);
    } else if (isJson) screen.write(`${outcome.value.json}\n`);
    else {
      const title = `${index > 0 ? "\n" : ""}${style.paint("quiet", `== ${path} ==`)}\n`;
      const heading = told.length > 1 ? title : "";
      screen.write(heading + statusText(outcome.value.status, style));
    }
  }
  return codeOf(told);
}

/** An agent that does not answer beside others that do is something to look at. */
function codeOf(told: readonly Told[]): number {
  const answers = told.flatMap(({ outcome }) => (outcome.ok ? [outcome.value.status] : []));
  if (answers.length === 0) return exitCode.failed;
  const vips = answers.flatMap(({ vips: some }) => some);
  if (answers.length < told.length || vips.some(({ attention }) => attention.length > 0)) {
    return exitCode.warned;
  }
  return vips.every(({ state }) => state === "holding") ? exitCode.fine : exitCode.elsewhere;
}
