/**
 * The executors of all hosts of a cluster, which share what is better shared: the limit on handshakes,
 * the folder for sockets, and what was fetched and unpacked.
 */
import type { Cluster } from "../cluster/cluster.ts";
import { type Artefacts, createArtefacts } from "./artefacts.ts";
import type { Executor } from "./executor.ts";
import { hostExecutor } from "./host-executor.ts";
import { localTransport } from "./local.ts";
import { createSshPool } from "./ssh.ts";
import { type TranscriptOptions, withTranscript } from "./transcript.ts";

export type HostsOptions = {
  /** Where fetched artefacts are kept; the user's cache unless told. */
  readonly cacheFolder?: string;
  readonly transcript?: TranscriptOptions;
};

export type Hosts = {
  /** By the host's name. None is connected to before it is used. */
  readonly executors: ReadonlyMap<string, Executor>;
  readonly artefacts: Artefacts;
  /** Ends all connections; locks stay. */
  readonly close: () => Promise<void>;
};

export function openHosts(
  { hosts, ssh }: Pick<Cluster, "hosts" | "ssh">,
  options: HostsOptions = {},
): Hosts {
  const { cacheFolder, transcript } = options;
  const pool = createSshPool();
  const artefacts = createArtefacts(cacheFolder);
  const { user, port, options: words, sudo, localHost } = ssh;
  const executors = new Map<string, Executor>();
  for (const { name: host, sshHost: destination } of hosts) {
    const transport =
      host === localHost
        ? localTransport({ host, sudo })
        : pool.open({ host, destination, user, port, options: words }, sudo);
    const executor = hostExecutor(transport, artefacts);
    executors.set(host, transcript === undefined ? executor : withTranscript(executor, transcript));
  }
  return {
    executors,
    artefacts,
    close: async () => {
      await Promise.all([...executors.values()].map((executor) => executor.close()));
      await pool.close();
      await artefacts.close();
    },
  };
}
