/**
 * The unit of Consul, for servers and clients alike.
 */
import { consulConfigFile, consulDataFolder, consulProgram } from "./paths.ts";

/**
 * Not `notify`: Consul calls itself ready when it has joined the others, and the first server of a
 * new cluster has nobody to join, so its start would wait for hosts that are to be started after
 * it. `exec` ends a start that could not even run the program.
 *
 * An agent that is stopped and does not leave ends with 1, as if it had failed. So 1 counts as
 * well, and it is started again whatever it ended with, unless systemd was told to stop it.
 */
export function consulUnit(): string {
  return `# Written by vip-agent provision, which replaces changes made here. For your own:
# systemctl edit consul

[Unit]
Description=Consul
Documentation=https://developer.hashicorp.com/consul/docs
Wants=network-online.target
After=network-online.target
ConditionFileNotEmpty=${consulConfigFile}
# However often it ends: Patroni's lock is in here.
StartLimitIntervalSec=0

[Service]
Type=exec
User=consul
Group=consul
ExecStart=${consulProgram} agent -config-file=${consulConfigFile}
ExecReload=/bin/kill -HUP $MAINPID
# It must not leave the cluster: a node that leaves takes its sessions along, and with them the
# leader's lock. leave_on_terminate in the configuration says so.
KillSignal=SIGTERM
TimeoutStopSec=45s
SuccessExitStatus=1
Restart=always
RestartSec=2s
LimitNOFILE=65536

NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ReadWritePaths=${consulDataFolder}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# Netlink tells it the host's addresses.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
LockPersonality=yes
UMask=0077
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`;
}
