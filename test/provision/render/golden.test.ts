/**
 * Every file of a host, word for word: six hosts, and three that have other wishes.
 *
 * After a change that was meant, `GOLDEN=update` writes them anew, and the diff is what to review.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import type { Cluster } from "../../../src/provision/cluster/cluster.ts";
import { secretTexts, secretsFor, sixHosts, threeHosts } from "../support/clusters.ts";
import { masked, renderedFiles } from "./rendered.ts";

const wishes = threeHosts();

/** Three hosts with everything on that is off elsewhere. */
const otherWishes: Cluster = {
  ...wishes,
  journal: { keepDays: 30, maxSizeBytes: 4 * 1_024 ** 3 },
  consul: { ...wishes.consul, httpAddress: "0.0.0.0", isUiShown: false, raftMultiplier: 5 },
  hosts: wishes.hosts.map((host) => ({ ...host, tags: { failover_priority: 2, clonefrom: true } })),
  postgresql: {
    ...wishes.postgresql,
    major: 18,
    profile: "postgrespro-1c",
    tuning: "1c",
    locale: "ru_RU.UTF-8",
    clientNetworks: [],
    parameters: { max_connections: 300, row_security: false },
  },
  patroni: {
    ...wishes.patroni,
    ttlS: 20,
    loopWaitS: 5,
    retryTimeoutS: 7,
    synchronous: "quorum",
    restart: "no",
    watchdog: "automatic",
    controlGroup: "dba",
    isServiceRegistered: false,
  },
  agent: { ...wishes.agent, metricsAddress: "loopback" },
};

const clusters: ReadonlyMap<string, Cluster> = new Map([
  ["six-hosts", sixHosts()],
  ["three-hosts", otherWishes],
]);

for (const [name, cluster] of clusters) {
  const secrets = secretsFor(cluster);
  const folder = new URL(`golden/${name}/`, import.meta.url);
  const files = renderedFiles(cluster, secrets);

  test(`The files of ${name} are those in golden/.`, () => {
    // The name ends so that no formatter takes it for its own.
    const texts = new Map(
      [...files].map(([file, { text }]) => [`${file}.golden`, masked(text, secrets)]),
    );
    if (process.env["GOLDEN"] === "update") {
      mkdirSync(folder, { recursive: true });
      for (const [file, text] of texts) writeFileSync(new URL(file, folder), text);
    }
    assert.deepEqual(readdirSync(folder).toSorted(), [...texts.keys()].toSorted());
    for (const [file, text] of texts) {
      assert.equal(text, readFileSync(new URL(file, folder), "utf8"), file);
    }
  });

  test(`A file of ${name} with a secret in it says so, and no other.`, () => {
    for (const [file, { text, isSecret }] of files) {
      const held = [...secretTexts(secrets)].filter(([, secret]) => text.includes(secret));
      // What PostgreSQL keeps of a password is one as well.
      assert.equal(isSecret, held.length > 0 || text.includes("SCRAM-SHA-256$"), file);
    }
  });

  test(`The same input of ${name} gives the same files.`, () => {
    assert.deepEqual(renderedFiles(cluster, secrets), files);
  });
}
