/**
 * The one script that a host is asked with: read-only, for any POSIX shell, sent on stdin.
 *
 * All of it is one function, which is called in the last line: a script that was cut off on its way
 * does nothing at all. Its own input is closed, since a program that reads from it would eat the
 * rest. The last word it says is `end`; without it the answer is not whole.
 */
import type { Cluster, Host } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import { lockFolder } from "../executor/lock.ts";
import { quote } from "../executor/shell.ts";
import { dataFolder } from "../render/paths.ts";
import { packageNames } from "./package-names.ts";
import { programFunctions } from "./script-programs.ts";
import { systemFunctions } from "./script-system.ts";

/** Where programs are put, which must be allowed to run. */
export const programFolders: readonly string[] = [
  "/opt",
  "/usr/local/bin",
  "/usr/lib",
  "/var/lib",
  "/tmp",
];

/** Services that keep the clock right. */
export const timeUnits: readonly string[] = [
  "systemd-timesyncd.service",
  "chrony.service",
  "chronyd.service",
  "ntp.service",
  "ntpd.service",
  "ntpsec.service",
  "openntpd.service",
];

/** Timers that install upgrades. */
export const upgradeUnits: readonly string[] = [
  "dnf-automatic.timer",
  "dnf-automatic-install.timer",
  "dnf5-automatic.timer",
];

const surveyedUnits: readonly string[] = [
  "consul.service",
  "patroni.service",
  "vip-agent.service",
  "vip-manager.service",
  "keepalived.service",
  "etcd.service",
  "pacemaker.service",
  "corosync.service",
  ...timeUnits,
  ...upgradeUnits,
];

/** For `sh -s`. */
export function surveyScript(cluster: Cluster, host: Host): string {
  const calls = surveyCalls(cluster, host).map((call) => `    ${call}\n`);
  const environment = [
    "    export LC_ALL=C",
    '    PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
    "    set +e +u",
    "",
  ].join("\n");
  return `${systemFunctions}${programFunctions}
survey() {
${environment}${calls.join("")}    wait
    say end
}

survey 2>/dev/null </dev/null
exit 0
`;
}

function surveyCalls(cluster: Cluster, host: Host): readonly string[] {
  const { dataRoot, walRoot } = cluster.postgresql;
  const names = [...cluster.hosts, cluster.vip].map(({ name }) => name);
  const roots = isDatabase(host) ? [dataRoot, walRoot] : [];
  const packages = isDatabase(host) ? packageNames(cluster) : [];
  return [
    // A name server that is silent is waited for only once.
    ...names.map((name) => `${called("name_fact", name)} &`),
    "system_facts",
    called("package_facts", ...packages),
    "network_facts",
    ...["/", ...programFolders, ...roots].map((path) => called("space_fact", path)),
    "protection_facts",
    called("lock_fact", lockFolder),
    called("unit_facts", ...surveyedUnits),
    "process_facts",
    "consul_facts",
    "patroni_facts",
    called("database_facts", dataFolder(cluster)),
    called("vip_file_facts", cluster.vip.address),
  ];
}

function called(name: string, ...words: readonly string[]): string {
  return [name, ...words.map(quote)].join(" ");
}
