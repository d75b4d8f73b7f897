/**
 * The cluster file that `vip-agent provision init` writes, to be edited: the reference cluster, with
 * a line on each key that a person should think about.
 *
 * It is read without an error as it stands, so that what a complaint is about is always the edit.
 */

/** Consul servers on hosts of their own, or on the database hosts where there are but three. */
export type InitKind = "six-hosts" | "three-hosts";

export function initText(kind: InitKind): string {
  return `${head}${hosts[kind]}${stack}`;
}

const head = `\
# yaml-language-server: $schema=/usr/share/vip-agent/vip-agent-cluster.schema.json
#
# The cluster that \`vip-agent provision\` builds and keeps: edit it, then
#
#     vip-agent provision preflight
#     vip-agent provision plan
#     vip-agent provision apply
#
# Nothing secret belongs here. Passwords and tokens are made for you and kept beside this file, in
# one that ends in .secrets.json: keep it as safe as the cluster itself. What is commented out shows
# its default, or an example where there is none.

# Patroni's name of the cluster. It is in keys, paths and policies, so it stays.
scope: test
# Folder of Patroni's keys in Consul: the leader key is db/test/leader.
namespace: /db/

vip:
  address: 192.168.1.140
  # What clients call, in /etc/hosts of every host.
  name: test-db-cl
  # Of all database hosts; one that differs has an interface of its own.
  interface: eth0

`;

const disks = `\
    # Empty disks; without them, plain directories on the disk of the system.
    #disks:
    #  data: /dev/disk/by-id/scsi-0QEMU_HARDDISK_data
    #  wal: /dev/disk/by-id/scsi-0QEMU_HARDDISK_wal
`;

const hosts: Readonly<Record<InitKind, string>> = {
  "six-hosts": `\
# The first database host becomes the first leader.
hosts:
  test-dcs1: { address: 192.168.1.181, roles: [consul] }
  test-dcs2: { address: 192.168.1.182, roles: [consul] }
  test-dcs3: { address: 192.168.1.183, roles: [consul] }
  test-db1:
    address: 192.168.1.141
    roles: [database]
${disks}  test-db2:
    address: 192.168.1.142
    roles: [database]
  test-db3:
    address: 192.168.1.143
    roles: [database]

`,
  "three-hosts": `\
# The first host becomes the first leader. With Consul's servers beside the databases, one host that
# fails costs a vote too: where there are more hosts, give the role consul to three others.
hosts:
  test-db1:
    address: 192.168.1.141
    roles: [consul, database]
${disks}  test-db2:
    address: 192.168.1.142
    roles: [consul, database]
  test-db3:
    address: 192.168.1.143
    roles: [consul, database]

`,
};

const stack = `\
# Your ssh_config, agent and known_hosts are used. Unless you log in as root, sudo must ask nothing.
ssh:
  #user: root

# Consul, Patroni, PostgreSQL and vip-agent write to the journal of their host, which is left as it is
# unless it is said here.
journal:
  #keep-days: 30

consul:
  datacenter: test-dcs-cluster
  version: 1.22.3
  # The vendor's archive, or the program; an https address needs its sha256 beside it.
  program: ./consul_1.22.3_linux_amd64.zip
  # 0.0.0.0 shows Consul's UI to the network, in clear.
  #http-address: 127.0.0.1

postgresql:
  # The hosts' own packages: 15 is Debian 12's, 17 Debian 13's.
  major: 15
  # pgdg and postgrespro-1c come from repositories that you have set up on the hosts.
  #profile: distribution
  # It cannot be changed later. \`locale -a\` must show it on every database host.
  #locale: C.UTF-8
  # Where clients are; nobody else gets in.
  client-networks: [192.168.1.0/24]
  roles:
    app: {}
  databases:
    app: { owner: app }
  # Stronger than what is computed from memory and processors.
  #parameters: { max_connections: 200 }

patroni:
  version: 4.1.5
  # A folder with wheels, for hosts that reach no package index.
  #wheels: ./wheels
  # on loses no commit with a host, and makes each wait for a replica; see also quorum and strict.
  #synchronous: off

vip-agent:
  # The package of this release for the hosts.
  package: ./vip-agent_0.1.0_amd64.deb
  # host lets Prometheus scrape; loopback keeps metrics on the host.
  #metrics-address: loopback
`;
