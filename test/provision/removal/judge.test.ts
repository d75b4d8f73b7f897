/**
 * What keeps a removal from beginning, and that a cluster as `apply` leaves it does not.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { type Outcome, done, failed } from "../../../src/outcome.ts";
import type { Cluster, Host } from "../../../src/provision/cluster/cluster.ts";
import type { Survey } from "../../../src/provision/preflight/survey.ts";
import { judgeRemoval } from "../../../src/provision/removal/judge.ts";
import {
  type ClusterSight,
  type HostSight,
  dataFolders,
} from "../../../src/provision/removal/look.ts";
import { consulNoteFile, patroniNoteFile } from "../../../src/provision/removal/notes.ts";
import { dataFolder } from "../../../src/provision/render/paths.ts";
import { bareSurvey, finishedSurvey, namesOf } from "../preflight/surveys.ts";
import { sixHosts } from "../support/clusters.ts";

const cluster = sixHosts();
const folder = dataFolder(cluster);

/** As after `apply`. */
function sightOf(host: Host): HostSight {
  const isDatabase = host.roles.includes("database");
  return {
    survey: finishedSurvey(cluster, host),
    postgresql: isDatabase ? ["412"] : [],
    otherAgents: [],
    tablespaces: [],
    folders: dataFolders(cluster, host).map((path) => ({ path, realPath: path, mounts: [] })),
  };
}

type Changes = {
  readonly of?: string;
  readonly sight?: Partial<HostSight> | ((sight: HostSight) => Partial<HostSight>);
  readonly lost?: string;
  readonly patroni?: Partial<ClusterSight>;
  readonly keys?: readonly string[];
  readonly nodes?: readonly string[];
  readonly asked?: Cluster;
  readonly isWithData?: boolean;
};

function complaints({ of = "test-db2", asked = cluster, ...changes }: Changes): readonly string[] {
  const { sight = {}, lost, patroni = {}, keys = [], nodes = [], isWithData = false } = changes;
  const hosts = new Map(
    asked.hosts.map((host): [string, Outcome<HostSight>] => {
      const good = sightOf(host);
      if (host.name !== of) return [host.name, done(good)];
      if (lost !== undefined) return [host.name, failed("timeout", lost)];
      const change = typeof sight === "function" ? sight(good) : sight;
      return [host.name, done({ ...good, ...change })];
    }),
  );
  const members = ["test-db1", "test-db2", "test-db3"].map((name) => {
    return { name, isLeader: name === "test-db2" };
  });
  const sights = { hosts, patroni: { members, isPaused: false, ...patroni }, keys, nodes };
  return namesOf(judgeRemoval(asked, sights, { all: cluster.hosts, isWithData }));
}

function surveyWith(change: (survey: Survey) => Partial<Survey["programs"]>) {
  return ({ survey }: HostSight): Partial<HostSight> => {
    return { survey: { ...survey, programs: { ...survey.programs, ...change(survey) } } };
  };
}

const stopped = surveyWith(() => ({
  units: new Map([["patroni.service", { isKnown: true, active: "inactive" }]]),
}));
const withoutDb2: Cluster = {
  ...cluster,
  hosts: cluster.hosts.filter(({ name }) => name !== "test-db2"),
};

const rows: readonly (readonly [string, Changes, readonly string[]])[] = [
  ["a finished cluster", {}, []],
  ["a finished cluster, with its data", { isWithData: true }, []],
  ["members as the keys have them", { keys: ["test-db1", "test-db2", "test-db3", "test-db2"] }, []],
  [
    "Patroni stopped, PostgreSQL too",
    { sight: (one) => ({ ...stopped(one), postgresql: [] }) },
    [],
  ],
  ["PostgreSQL without Patroni", { sight: stopped }, ["error test-db2 postgresql-alone"]],
  ["pause", { patroni: { isPaused: true } }, ["error - paused"]],
  [
    "a member that is no host of the file",
    { patroni: { members: [{ name: "test-db9", isLeader: false }] } },
    ["error - stranger-member"],
  ],
  ["a key that names a stranger", { keys: ["test-db9"] }, ["error - stranger-member"]],
  ["the nodes of the file in Consul", { nodes: cluster.hosts.map(({ name }) => name) }, []],
  ["somebody else's node in Consul", { nodes: ["web1"] }, ["error - stranger-node"]],
  ["a leader that is left out", { asked: withoutDb2, of: "" }, ["error - leader-skipped"]],
  [
    "a replica that is left out",
    { asked: withoutDb2, of: "", patroni: { members: [{ name: "test-db2", isLeader: false }] } },
    [],
  ],
  [
    "a Patroni of another cluster",
    {
      sight: surveyWith(({ programs: { patronis } }) => ({
        patronis: patronis.map((one) => ({ ...one, scope: "other" })),
      })),
    },
    ["error test-db2 patroni-foreign"],
  ],
  [
    "a Consul of another datacenter",
    {
      sight: surveyWith(({ programs: { consulConfigs } }) => ({
        consulConfigs: consulConfigs.map((one) => ({ ...one, datacenter: "other" })),
      })),
    },
    ["error test-db2 consul-foreign"],
  ],
  [
    "another agent with the same package",
    { sight: { otherAgents: ["vip-agent@b.service"] } },
    ["error test-db2 other-agent"],
  ],
  ["a host that gives no answer", { lost: "it took too long" }, ["error test-db2 unasked"]],
  [
    "data behind a link",
    { isWithData: true, sight: { folders: [{ path: folder, realPath: "/srv", mounts: [] }] } },
    ["error test-db2 data-linked"],
  ],
  [
    "data with a mount on them",
    {
      isWithData: true,
      sight: { folders: [{ path: folder, realPath: folder, mounts: [`${folder}/base`] }] },
    },
    ["error test-db2 data-mounted"],
  ],
  [
    "data behind a link that nobody wants to delete",
    { sight: { folders: [{ path: folder, realPath: "/srv", mounts: ["/srv"] }] } },
    [],
  ],
  [
    "tablespaces",
    { isWithData: true, sight: { tablespaces: ["/srv/fast"] } },
    ["warning test-db2 tablespace"],
  ],
];

for (const [what, changes, expected] of rows) {
  test(what, () => assert.deepEqual(complaints(changes), expected));
}

/** With what a removal has left there: data, and notes that say whose they are. */
function leftSurvey(host: Host, notes: Partial<Survey["programs"]>): HostSight {
  const bare = bareSurvey(cluster, host);
  const { storage, programs } = finishedSurvey(cluster, host);
  const { consulData } = programs;
  const survey = { ...bare, storage, programs: { ...bare.programs, consulData, ...notes } };
  return { ...sightOf(host), survey, postgresql: [] };
}

test("data that a removal has left are known by its notes, and others are not deleted", () => {
  const [, , , host = assert.fail()] = cluster.hosts;
  const one = { ...cluster, hosts: [host] };
  const words = { scope: "test", namespace: "/db/", name: host.name };
  const notes = {
    consulConfigs: [
      { path: consulNoteFile, datacenter: "test-dcs-cluster", node: host.name, keyDigest: "" },
    ],
    patronis: [{ path: patroniNoteFile, ...words, data: folder }],
  };
  const judged = (sight: HostSight, isWithData: boolean) => {
    const sights = {
      hosts: new Map([[host.name, done(sight)]]),
      patroni: undefined,
      keys: [],
      nodes: [],
    };
    return namesOf(judgeRemoval(one, sights, { all: cluster.hosts, isWithData }));
  };
  assert.deepEqual(judged(leftSurvey(host, notes), true), []);
  assert.deepEqual(judged(leftSurvey(host, {}), false), []);
  assert.deepEqual(judged(leftSurvey(host, {}), true), [
    "error test-db1 data-foreign",
    "error test-db1 data-foreign",
  ]);
  const elsewhere = { ...notes, patronis: [{ path: patroniNoteFile, ...words, data: "/other" }] };
  assert.deepEqual(judged(leftSurvey(host, elsewhere), true), ["error test-db1 data-foreign"]);
});
