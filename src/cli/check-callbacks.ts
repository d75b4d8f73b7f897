/**
 * Whether Patroni's callbacks reach the agent: there is a place to leave word, and patroni.yml names
 * the client that leaves it there.
 *
 * The agent does without callbacks, so none of it is an error; it then hears of a stop when the key
 * is gone, and not before.
 */
import * as v from "valibot";
import type { PatroniFile } from "../agent/config/patroni-file.ts";
import type { Settings } from "../agent/config/settings.ts";
import { defaultDirectory } from "../callbacks/place.ts";
import type { Eyes, Finding } from "./finding.ts";

/** The others change nothing about the VIP. */
const neededCallbacks = ["on_start", "on_stop", "on_role_change"];

const allCallbacks = [...neededCallbacks, "on_restart", "on_reload"];

const client = "/usr/lib/vip-agent/vip-agent-callback";

type Commands = PatroniFile["callbacks"];

export async function callbackFindings(
  settings: Settings,
  patroniFile: PatroniFile | undefined,
  eyes: Eyes,
): Promise<readonly Finding[]> {
  const { callbacks: directory, patroni } = settings;
  if (directory === undefined) return [];
  const subject = `callbacks ${directory}`;
  const problem = await eyes.placeProblem(directory);
  // Without a word about Patroni nobody may have wired them.
  const isWanted = patroni !== undefined || patroniFile !== undefined;
  const place: Finding =
    problem === undefined
      ? { severity: "good", subject, found: "is fit to hear Patroni" }
      : { severity: isWanted ? "warning" : "good", subject, found: `hears nothing: ${problem}` };
  if (patroniFile === undefined) return [place];
  return [place, await wiringFinding({ directory, patroniFile, patroni }, eyes)];
}

type Wiring = Pick<Settings, "patroni"> & {
  readonly directory: string;
  readonly patroniFile: PatroniFile;
};

async function wiringFinding(
  { directory, patroniFile, patroni }: Wiring,
  eyes: Eyes,
): Promise<Finding> {
  const subject = `callbacks in ${patroniFile.path}`;
  const local = patroniFile.callbacks;
  // What patroni.yml says replaces all that the cluster's configuration says.
  const isLocal = local.size > 0 || patroni === undefined;
  const commands = isLocal ? local : commandsOf(await eyes.readPatroniConfig(patroni));
  const missing = neededCallbacks.filter((name) => !isClient(commands.get(name)));
  const option = directory === defaultDirectory ? "" : ` --directory ${directory}`;
  if (missing.length > 0) {
    const lines = allCallbacks.map((name) => `${name}: ${client}${option}`);
    return {
      severity: "warning",
      subject,
      found: `${missing.join(", ")} do not run vip-agent-callback: the agent hears of a stop late`,
      remedy: `put under postgresql.callbacks: ${lines.join("; ")}; and reload Patroni`,
    };
  }
  const elsewhere = neededCallbacks.filter((name) => directoryOf(commands.get(name)) !== directory);
  if (elsewhere.length === 0) return { severity: "good", subject, found: "run vip-agent-callback" };
  return {
    severity: "warning",
    subject,
    found: `${elsewhere.join(", ")} leave word elsewhere than in ${directory}`,
    remedy: option === "" ? "leave --directory out there" : `write${option} there`,
  };
}

function isClient(command: string | undefined): boolean {
  return /vip-agent-callback|vip-agent(\.cjs)? callback/.test(command ?? "");
}

function directoryOf(command = ""): string {
  return /\s--(?:directory|callbacks)[\s=](\S+)/.exec(command)?.[1] ?? defaultDirectory;
}

const configSchema = v.object({
  postgresql: v.object({ callbacks: v.record(v.string(), v.string()) }),
});

function commandsOf(text: string | undefined): Commands {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), configSchema), text);
  return new Map(parsed.success ? Object.entries(parsed.output.postgresql.callbacks) : []);
}
