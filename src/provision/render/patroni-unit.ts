/**
 * The unit of Patroni, which starts and stops PostgreSQL.
 */
import type { Cluster } from "../cluster/cluster.ts";
import type { PostgresqlLayout } from "./layout.ts";
import { patroniConfigFile, patroniVenv } from "./paths.ts";

/**
 * `simple` and not `notify`: without systemd's module for Python, which no pinned environment has,
 * Patroni never says that it is ready, and the start would be given up.
 *
 * `KillMode=process`: a stop is told to Patroni alone, which stops PostgreSQL in its own order and
 * then gives the lock away; in pause it leaves PostgreSQL running, as pause promises. With any
 * other mode systemd would end PostgreSQL beside it.
 */
export function patroniUnit(cluster: Cluster, layout: PostgresqlLayout): string {
  const { postgresql, patroni } = cluster;
  return `# Written by vip-agent provision, which replaces changes made here. For your own:
# systemctl edit patroni

[Unit]
Description=Patroni, high availability for PostgreSQL
Documentation=https://patroni.readthedocs.io/
# Stopped before Consul is: only then can it give the lock away. It does not require Consul, which
# may be restarted under it.
Wants=network-online.target consul.service
After=network-online.target consul.service
# Without its disk it would fill the root file system with an empty cluster.
RequiresMountsFor=${postgresql.dataRoot} ${postgresql.walRoot}
ConditionFileNotEmpty=${patroniConfigFile}
StartLimitIntervalSec=0

[Service]
Type=simple
User=${layout.user}
Group=${layout.group}
Environment=PATH=${patroniVenv}/bin:${layout.binFolder}:/usr/local/bin:/usr/bin:/bin
${watchdogLines(cluster, layout)}ExecStart=${patroniVenv}/bin/patroni ${patroniConfigFile}
ExecReload=/bin/kill -HUP $MAINPID
KillMode=process
# PostgreSQL writes a checkpoint and sends it to its replicas before it is down. A Patroni that is
# killed meanwhile gives no lock away, and the others wait for the TTL.
TimeoutStopSec=300s
${restartLines(patroni)}
# The socket's folder; it stays, since PostgreSQL may outlive Patroni.
RuntimeDirectory=postgresql
RuntimeDirectoryMode=2775
RuntimeDirectoryPreserve=yes
LimitNOFILE=65536
TasksMax=infinity
# When memory runs out a backend goes first, and neither Patroni nor the postmaster. The loss of a
# backend is PostgreSQL's to mend, and no end of the service.
OOMScoreAdjust=-900
OOMPolicy=continue
Environment=PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj PG_OOM_ADJUST_VALUE=0

[Install]
WantedBy=multi-user.target
`;
}

/** A Patroni that died must be back before its lock runs out. */
function restartLines({ restart }: Cluster["patroni"]): string {
  return restart === "no" ? "Restart=no" : "Restart=on-failure\nRestartSec=2s";
}

/** As root: the device belongs to root, and exists once a driver has it. */
function watchdogLines({ patroni }: Cluster, { user }: PostgresqlLayout): string {
  if (patroni.watchdog === "off") return "";
  return `# A driver of hardware has made the device already, where there is one.
ExecStartPre=+-/bin/sh -c 'test -e /dev/watchdog || modprobe softdog'
ExecStartPre=+-/bin/chown ${user} /dev/watchdog
`;
}
