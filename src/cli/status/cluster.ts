/**
 * `vip-agent status --cluster`: all members of the cluster as Consul has them, and which host
 * answers for the VIP.
 *
 * It asks no agent, so that it works where none runs and beside one that hangs. It needs the
 * configuration, as `check` does; the one of the package is taken where none is named.
 */
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import type { Flags } from "../../agent/config/command-source.ts";
import { type Complaint, complaintsText, isError } from "../../complaints.ts";
import { thisHost } from "../../agent/config/host.ts";
import { loadSettings } from "../../agent/config/load.ts";
import type { Settings, VipSettings } from "../../agent/config/settings.ts";
import { variableName } from "../../agent/config/table.ts";
import { type FolderEntry, readFolder } from "../../clients/consul-members.ts";
import { endpointName } from "../../clients/endpoint.ts";
import { type Outcome, done, failed } from "../../outcome.ts";
import { jsonLine } from "../../printable.ts";
import { probeConflict } from "../../vip/conflict.ts";
import { findTools } from "../../vip/tools.ts";
import { exitCode } from "../exit-codes.ts";
import { clusterText } from "./cluster-text.ts";
import { type ClusterView, clusterView } from "./cluster-view.ts";
import { type ClusterMembers, folderOf, readMembers } from "./members.ts";
import type { Screen } from "./screen.ts";
import { type WireEyes, whoAnswers } from "./wire.ts";

export type ClusterOptions = {
  readonly flags: Flags;
  readonly isJson: boolean;
  readonly screen: Screen;
};

/** Where the package has it. */
const usualConfig = "/etc/vip-agent/vip-agent.yml";

/** Consul answers a read in milliseconds, and an endpoint that does not has others beside it. */
const readDeadlineMs = 2_000;

export async function clusterStatus({ flags, isJson, screen }: ClusterOptions): Promise<number> {
  const { settings, complaints } = loadSettings({
    flags: withConfig(flags),
    host: thisHost(),
    purpose: "run",
  });
  if (settings === undefined) return refuse(screen, complaints);
  const views = await viewsOf(settings);
  if (!views.ok) {
    screen.complain(`${views.detail}\n`);
    return exitCode.failed;
  }
  if (isJson) {
    const at = new Date().toISOString();
    screen.write(`${jsonLine({ version: 1, at, clusters: views.value })}\n`);
  } else screen.write(views.value.map((view) => clusterText(view, screen.style())).join("\n"));
  return views.value.some(({ attention }) => attention.length > 0)
    ? exitCode.warned
    : exitCode.fine;
}

function refuse(screen: Screen, complaints: readonly Complaint[]): number {
  const hint = "status --cluster needs the configuration: name it by --config\n";
  screen.complain(complaintsText(complaints.filter(isError)) + hint);
  return exitCode.failed;
}

function withConfig(flags: Flags): Flags {
  const isNamed = flags["config"] !== undefined || process.env[variableName("config")];
  return isNamed || !existsSync(usualConfig) ? flags : { ...flags, config: usualConfig };
}

async function viewsOf(settings: Settings): Promise<Outcome<readonly ClusterView[]>> {
  if (settings.source === "patroni") {
    return failed("no-consul", "with source: patroni no Consul is asked: see patronictl list");
  }
  const eyes = await realEyes();
  const byKey = Map.groupBy(settings.vips, ({ key }) => key);
  const views: ClusterView[] = [];
  for (const [key, vips] of byKey) {
    const found = await readCluster(settings, key);
    if (!found.ok) return found;
    const shown = vips.map(async (vip) => vipView(vip, found.value, eyes));
    const { requireSession } = settings;
    views.push(
      clusterView({ key, found: found.value, vips: await Promise.all(shown), requireSession }),
    );
  }
  return done(views);
}

async function vipView(vip: VipSettings, { members }: ClusterMembers, eyes: WireEyes) {
  return {
    vip: `${vip.address.text}/${vip.prefixLength}`,
    interface: vip.interface,
    member: vip.member,
    answering: await whoAnswers(vip, members, eyes),
  };
}

async function readCluster(settings: Settings, key: string): Promise<Outcome<ClusterMembers>> {
  const folder = folderOf(key);
  if (folder === undefined) {
    const detail = `${key} is not named as Patroni names it (…/leader): its members are not known`;
    return failed("odd-key", detail);
  }
  const entries = await askEndpoints(settings, folder);
  return entries.ok ? done(readMembers(folder, entries.value)) : entries;
}

/** The first that answers, in the order of the configuration. */
async function askEndpoints(
  { consul }: Settings,
  folder: string,
): Promise<Outcome<readonly FolderEntry[]>> {
  const problems: string[] = [];
  for (const endpoint of consul.endpoints) {
    const question = { settings: consul, endpoint, folder, deadlineMs: readDeadlineMs };
    const answer = await readFolder(question);
    if (answer.ok) return answer;
    const remedy = `; give the token the policy key_prefix "${folder}" { policy = "read" }`;
    const isForbidden = answer.code === "forbidden";
    problems.push(`  ${endpointName(endpoint)}: ${answer.detail}${isForbidden ? remedy : ""}`);
  }
  return failed("silent", `Consul gives no answer about ${folder}\n${problems.join("\n")}`);
}

async function realEyes(): Promise<WireEyes> {
  const { arping } = await findTools();
  const probe = arping.ok ? done(probeConflict(arping.path)) : failed("missing", arping.problem);
  return { isHere, probe };
}

function isHere(addressText: string): boolean {
  return Object.values(networkInterfaces()).some((addresses = []) =>
    addresses.some(({ address }) => address === addressText),
  );
}
