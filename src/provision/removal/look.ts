/**
 * What a removal has to know before it begins: whose the things on the hosts are, whether PostgreSQL
 * runs and under whom, and who is a member of the cluster.
 *
 * One read-only script for each host, with the words of preflight's survey where it says them already.
 */
import * as v from "valibot";

import { type Outcome, done, failed } from "../../outcome.ts";
import type { Cluster, Host } from "../cluster/cluster.ts";
import { databaseHosts, isDatabase } from "../cluster/hosts.ts";
import type { Executor } from "../executor/executor.ts";
import { askForwarded } from "../executor/forwarded-http.ts";
import { quote } from "../executor/shell.ts";
import type { Ports } from "../phases/ports.ts";
import type { World } from "../phases/world.ts";
import { askConsul } from "../preflight/ask-consul.ts";
import { parseSurvey } from "../preflight/parse-survey.ts";
import { programFunctions } from "../preflight/script-programs.ts";
import { systemFunctions } from "../preflight/script-system.ts";
import { linesOf, rowsOf } from "../preflight/survey-lines.ts";
import type { Survey } from "../preflight/survey.ts";
import {
  consulDataFolder,
  consulHttpPort,
  dataFolder,
  keyPrefix,
  leaderKey,
  walFolder,
} from "../render/paths.ts";
import type { Secrets } from "../secrets/secrets.ts";

export type HostSight = {
  readonly survey: Survey;
  /** Processes of a PostgreSQL that works in PGDATA. */
  readonly postgresql: readonly string[];
  /** Units of further agents, which are not of this cluster. */
  readonly otherAgents: readonly string[];
  /** Where tablespaces lie, out of PGDATA. */
  readonly tablespaces: readonly string[];
  readonly folders: readonly FolderSight[];
};

/** A folder of data that is there. */
export type FolderSight = {
  readonly path: string;
  /** Where it is without links. */
  readonly realPath: string;
  /** What is mounted on it or below it. */
  readonly mounts: readonly string[];
};

export type ClusterSight = {
  readonly members: readonly { readonly name: string; readonly isLeader: boolean }[];
  readonly isPaused: boolean;
};

export type RemovalSights = {
  readonly hosts: ReadonlyMap<string, Outcome<HostSight>>;
  /** As Patroni tells; undefined: none answers. */
  readonly patroni: ClusterSight | undefined;
  /** Members by the keys in Consul, the one in the leader key among them; undefined: not to be had. */
  readonly keys: readonly string[] | undefined;
  /** Living nodes of Consul; undefined: not to be had. */
  readonly nodes: readonly string[] | undefined;
};

const deadlineMs = 30_000;

const functions = String.raw`
postgresql_fact() {
    place=$(readlink -f "$1")
    for folder in /proc/[0-9]*; do
        name=''
        read -r name <"$folder/comm"
        case $name in postgres | postmaster) ;; *) continue ;; esac
        [ "$(readlink "$folder/cwd")" = "$place" ] && say postgresql "$(basename "$folder")"
    done
    for link in "$1"/pg_tblspc/*; do
        [ -L "$link" ] && say tablespace "$(readlink "$link")"
    done
}

other_agents() {
    systemctl list-units --all --plain --no-legend 'vip-agent@*.service' |
        while read -r unit _ active _; do
            [ "$active" = inactive ] || say other-agent "$unit"
        done
}

folder_fact() {
    [ -e "$1" ] || [ -L "$1" ] || return 0
    say folder "$1" "$(readlink -f "$1")"
    while read -r _ _ _ _ point _; do
        case $point in
        "$1" | "$1"/*) say mount "$1" "$point" ;;
        esac
    done </proc/self/mountinfo
}
`;

/** For `sh -s`. */
export function lookScript(cluster: Cluster, host: Host): string {
  const ofDatabase = [
    "patroni_facts",
    called("database_facts", dataFolder(cluster)),
    called("postgresql_fact", dataFolder(cluster)),
    "other_agents",
  ];
  const calls = [
    called("unit_facts", "consul.service", "patroni.service", "vip-agent.service"),
    "consul_facts",
    ...(isDatabase(host) ? ofDatabase : []),
    ...dataFolders(cluster, host).map((path) => called("folder_fact", path)),
    "say end",
  ];
  return `${systemFunctions}${programFunctions}${functions}
look() {
    export LC_ALL=C
${calls.map((call) => `    ${call}\n`).join("")}}

look 2>/dev/null </dev/null
exit 0
`;
}

export function dataFolders(cluster: Cluster, host: Host): readonly string[] {
  const ofDatabase = [dataFolder(cluster), walFolder(cluster)];
  return [...(isDatabase(host) ? ofDatabase : []), consulDataFolder];
}

function called(name: string, ...words: readonly string[]): string {
  return [name, ...words.map(quote)].join(" ");
}

export function parseLook(text: string): HostSight | undefined {
  const survey = parseSurvey(text, { clock: undefined, disks: undefined, wire: undefined });
  const lines = linesOf(text);
  if (survey === undefined || lines === undefined) return undefined;
  const first = (word: string) => rowsOf(lines, word).flatMap(([field = ""]) => field || []);
  return {
    survey,
    postgresql: first("postgresql"),
    otherAgents: first("other-agent"),
    tablespaces: first("tablespace"),
    folders: rowsOf(lines, "folder").map(([path = "", realPath = ""]) => {
      const mounts = rowsOf(lines, "mount").flatMap(([of, point = ""]) => {
        return of === path ? [point] : [];
      });
      return { path, realPath, mounts };
    }),
  };
}

export async function lookAtHost(
  cluster: Cluster,
  host: Host,
  executor: Executor,
): Promise<Outcome<HostSight>> {
  const answer = await executor.ask(["sh", "-s"], { stdin: lookScript(cluster, host), deadlineMs });
  if (!answer.ok) return answer;
  const sight = parseLook(answer.value.stdout);
  return sight === undefined
    ? failed("failed", `the answer of ${host.name} was cut off`)
    : done(sight);
}

/** `areSecretsKnown`: Consul can be asked with the token of the secrets file. */
export async function lookAround(
  { cluster, secrets }: World,
  ports: Ports,
  areSecretsKnown: boolean,
): Promise<RemovalSights> {
  const [hosts, patroni] = await Promise.all([
    Promise.all(
      cluster.hosts.map(async (host) => {
        const sight = await lookAtHost(cluster, host, ports.executor(host));
        return [host.name, sight] as const;
      }),
    ),
    askPatroni(cluster, ports),
  ]);
  const known = { cluster, secrets };
  const [keys, nodes] = areSecretsKnown
    ? await Promise.all([memberKeys(known, ports), livingNodes(known, ports)])
    : [undefined, undefined];
  return { hosts: new Map(hosts), patroni, keys, nodes };
}

const clusterSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    members: v.array(v.object({ name: v.string(), role: v.string() })),
    pause: v.optional(v.boolean(), false),
  }),
);

async function askPatroni(cluster: Cluster, ports: Ports): Promise<ClusterSight | undefined> {
  for (const host of databaseHosts(cluster)) {
    const answer = await ports.patroni(host, "/cluster");
    const parsed = v.safeParse(clusterSchema, answer.ok ? answer.value.body : undefined);
    if (!parsed.success) continue;
    const { members, pause } = parsed.output;
    return {
      members: members.map(({ name, role }) => ({ name, isLeader: role.endsWith("leader") })),
      isPaused: pause,
    };
  }
  return undefined;
}

/** By the first host whose Consul answers: who has a key, and who is named in the leader key. */
async function memberKeys(
  { cluster, secrets }: Pick<World, "cluster" | "secrets">,
  ports: Ports,
): Promise<readonly string[] | undefined> {
  const prefix = `${keyPrefix(cluster)}members/`;
  for (const host of cluster.hosts) {
    const executor = ports.executor(host);
    const consul = await askConsul(cluster, executor, secrets);
    if (consul?.keys === undefined) continue;
    const members = consul.keys.filter((key) => key.startsWith(prefix));
    const names = members.map((key) => key.slice(prefix.length)).filter((name) => name !== "");
    const leader = consul.keys.includes(leaderKey(cluster))
      ? await leaderIn(cluster, executor, secrets)
      : "";
    return leader === "" ? names : [...names, leader];
  }
  return undefined;
}

/** By the first host whose Consul answers. */
async function livingNodes(
  { cluster, secrets }: Pick<World, "cluster" | "secrets">,
  ports: Ports,
): Promise<readonly string[] | undefined> {
  for (const host of cluster.hosts) {
    const consul = await ports.consul(host);
    const members = consul.ok ? await consul.value.members(secrets.managementToken.secret) : consul;
    if (!members.ok) continue;
    return members.value.filter(({ isAlive }) => isAlive).map(({ name }) => name);
  }
  return undefined;
}

/** Empty where it could not be read. */
async function leaderIn(
  cluster: Cluster,
  executor: Executor,
  { managementToken }: Secrets,
): Promise<string> {
  const place = { executor, address: "127.0.0.1", port: consulHttpPort, maxBodyBytes: 1_000 };
  const headers = { "X-Consul-Token": managementToken.secret.reveal() };
  const path = `/v1/kv/${encodeURI(leaderKey(cluster))}?raw`;
  const answer = await askForwarded(place, { method: "GET", path, headers });
  return answer.ok && answer.value.status === 200 ? answer.value.body.trim() : "";
}
