/**
 * The world of a lane: three database hosts with a real Patroni and PostgreSQL, three Consul servers
 * that deny by default, a client, and those who watch. It lasts for many events.
 *
 * The writer that connects directly is part of it; the one that goes through the VIP belongs to whoever
 * holds the VIP (cast.ts). What the agents read beside their settings lies here too: a token that can
 * only read the keys of the cluster, in files that only root can open.
 */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import type { AddressEvent } from "../../lab/watch.ts";
import { CONSUL_CLUSTER_HOSTS, DATABASE_HOSTS } from "../../lab/consul-cluster.ts";
import type { Journal } from "../../lab/journal.ts";
import { createLab, type Lab } from "../../lab/lab.ts";
import { VIP, type HostName } from "../../lab/network.ts";
import type { PatroniCluster } from "../../lab/patroni/cluster.ts";
import type { PatroniNode } from "../../lab/patroni/node.ts";
import type { Callbacks } from "../../lab/patroni/settings.ts";
import type { Writer } from "../../lab/patroni/writer.ts";
import type { HoldChange } from "../faults/figures.ts";
import type { Ownership } from "./figures.ts";
import type { Moment } from "./story.ts";

const callbackClient = fileURLToPath(
  new URL("../../packaging/callbacks/vip-agent-callback", import.meta.url),
);

type Watched = { readonly host: HostName; readonly events: Journal<AddressEvent> };

export class Scene {
  readonly lab: Lab;
  readonly cluster: PatroniCluster;
  readonly direct: Writer;
  /** Holds the token of the agents, and nothing else. */
  readonly tokenFile: string;
  /** The same as vip-manager's configuration file. */
  readonly peerConfigFile: string;
  /** Of the servers, as they say themselves. */
  versions: Readonly<Record<string, string>> = {};
  readonly #watched: readonly Watched[];

  private constructor(
    lab: Lab,
    cluster: PatroniCluster,
    watched: readonly Watched[],
    folder: string,
  ) {
    this.lab = lab;
    this.cluster = cluster;
    this.#watched = watched;
    this.tokenFile = `${folder}/token`;
    this.peerConfigFile = `${folder}/peer.yml`;
    this.direct = lab.startWriter({ route: "direct" });
  }

  static async open(): Promise<Scene> {
    const lab = await createLab({ hosts: CONSUL_CLUSTER_HOSTS, consulCluster: { acl: true } });
    try {
      const folder = `${tmpdir()}/failover`;
      const client = `${folder}/vip-agent-callback`;
      await mkdir(folder, { recursive: true });
      // The repository may be where user postgres cannot look.
      await copyFile(callbackClient, client);
      const cluster = await lab.startPatroni({
        callbacks: (host) => callbacksOf(`${client} --directory=${callbacksFolderOf(host)}`),
      });
      const watched: Watched[] = [];
      for (const host of DATABASE_HOSTS) {
        watched.push({ host, events: (await lab.watchAddresses(host, [VIP])).events });
      }
      const scene = new Scene(lab, cluster, watched, folder);
      const { agentToken: token } = cluster;
      await writeFile(scene.tokenFile, `${token}\n`, { mode: 0o600 });
      const peerConfig = `consul-token: ${JSON.stringify(token)}\n`;
      await writeFile(scene.peerConfigFile, peerConfig, { mode: 0o600 });
      await scene.direct.commit();
      scene.versions = await versionsOf(await cluster.leader());
      return scene;
    } catch (error) {
      await lab.close().catch(() => undefined);
      throw error;
    }
  }

  owners(): readonly Ownership[] {
    return this.cluster.key.events.entries.map(({ atMs, member }) => {
      const owner = this.cluster.nodes.find((node) => node.member === member);
      return { atMs, host: owner?.host };
    });
  }

  async changes(): Promise<readonly HoldChange[]> {
    const changes = this.#watched.map(async ({ host, events }) => {
      const seen = await events.upToNow();
      return seen.map(({ atMs, address, kind }) => ({ atMs, host, address, kind }));
    });
    return (await Promise.all(changes)).flat();
  }

  /** What became of the key and of the VIP. */
  async moments(): Promise<readonly Moment[]> {
    const owners = this.owners().map(({ atMs, host }) => {
      return { atMs, text: `the key names ${host ?? "nobody"}` };
    });
    const changes = (await this.changes()).flatMap(({ atMs, host, address, kind }) => {
      return kind === "refreshed" ? [] : [{ atMs, text: `${host} ${address} ${kind}` }];
    });
    return [...owners, ...changes];
  }

  async holders(): Promise<readonly HostName[]> {
    return await this.lab.holders(DATABASE_HOSTS, [VIP]);
  }

  async close(): Promise<void> {
    await this.lab.close();
  }
}

const patroniBody = v.looseObject({ patroni: v.object({ version: v.string() }) });

async function versionsOf(node: PatroniNode): Promise<Readonly<Record<string, string>>> {
  const { body } = await node.rest.call("/patroni");
  const { patroni } = v.parse(patroniBody, JSON.parse(body));
  const [postgresql = ""] = (await node.sql("SHOW server_version")).split(" ");
  return { PostgreSQL: postgresql, Patroni: patroni.version };
}

/** Where the callbacks of a host leave word; the hosts share one file system. */
export function callbacksFolderOf(host: HostName): string {
  return `${tmpdir()}/callbacks-${host}`;
}

function callbacksOf(command: string): Callbacks {
  return {
    on_start: command,
    on_stop: command,
    on_role_change: command,
    on_restart: command,
    on_reload: command,
  };
}
