/**
 * What the scripts of preflight print on a host with a fresh Debian 12.
 */
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import { isDatabase } from "../../../src/provision/cluster/hosts.ts";
import { reachedFrom } from "../../../src/provision/preflight/needed-ports.ts";
import { programFolders } from "../../../src/provision/preflight/survey-script.ts";

export function surveyAnswer(host: Host): string {
  const links = [
    {
      ifname: "eth0",
      flags: ["BROADCAST", "UP", "LOWER_UP"],
      address: `02:00:00:00:01:${host.address.split(".")[3]?.slice(-2)}`,
      addr_info: [{ family: "inet", local: host.address, prefixlen: 24 }],
    },
  ];
  const packages = ["postgresql-17", "python3", "python3-venv"];
  return [
    "os\tdebian\t\t12\tDebian GNU/Linux 12 (bookworm)",
    "architecture\tx86_64",
    "glibc\tglibc 2.36",
    "systemd-running",
    "systemd\t252",
    "container\tnone",
    "memory\t2014084",
    "processors\t2",
    `hostname\t${host.name}`,
    `machine-id\tm-${host.name}`,
    `boot-id\tb-${host.name}`,
    "umask\t0022",
    "python\t3.11.2\tvenv",
    "locales\tC C.utf8 POSIX ",
    "package-manager\tapt",
    "package-lists",
    ...packages.flatMap((name) => [
      `policy\t${name}:`,
      "policy\t  Installed: (none)",
      "policy\t  Candidate: 1-1",
    ]),
    `interfaces\t${JSON.stringify(links)}`,
    "listeners",
    "listener\ttcp\t0.0.0.0:22\tsshd\tssh.service",
    "forwarding\tyes\tno",
    ...["/", ...programFolders, "/pgdata", "/pgwal"].map((path) => {
      return `space\t${path}\t16000000 12000000\t/ rw,relatime`;
    }),
    "tmp\t1777",
    "selinux\t",
    "unit\tId=chrony.service",
    "unit\tLoadState=loaded",
    "unit\tActiveState=active",
    "unit\t",
    "unit\tId=consul.service",
    "unit\tLoadState=not-found",
    "unit\tActiveState=inactive",
    "end\n",
  ].join("\n");
}

/** Nothing listens yet, and nobody has the VIP. */
export function wireAnswer(cluster: Cluster, host: Host): string {
  const reaches = reachedFrom(cluster, host).map(({ to, port }) => {
    return `reach\t${to.name}\t${port}\trefused`;
  });
  const vip = isDatabase(host) ? ["vip\tasked\t"] : [];
  return [...reaches, ...vip, "end\n"].join("\n");
}
