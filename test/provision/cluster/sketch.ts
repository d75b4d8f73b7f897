/**
 * A cluster file in a few words: one that is in order, and what a test changes in it.
 */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import { type Complaint, complaintsText } from "../../../src/complaints.ts";
import type { Cluster } from "../../../src/provision/cluster/cluster.ts";
import { readCluster } from "../../../src/provision/cluster/read-cluster.ts";

export const clusterFile = "/srv/clusters/test.yml";

/** Nothing but what has no default. */
export const goodSketch = {
  scope: "test",
  vip: { address: "192.168.1.140", name: "test-db-cl", interface: "eth0" },
  hosts: {
    "test-dcs1": { address: "192.168.1.181", roles: ["consul"] },
    "test-dcs2": { address: "192.168.1.182", roles: ["consul"] },
    "test-dcs3": { address: "192.168.1.183", roles: ["consul"] },
    "test-db1": { address: "192.168.1.141", roles: ["database"] },
    "test-db2": { address: "192.168.1.142", roles: ["database"] },
    "test-db3": { address: "192.168.1.143", roles: ["database"] },
  },
  consul: { version: "1.22.3", program: "consul.zip" },
  postgresql: { major: 15 },
  patroni: { version: "4.1.5" },
  "vip-agent": { package: "vip-agent.deb" },
};

/** By dotted path; undefined takes the key away. */
export type Changes = Readonly<Record<string, unknown>>;

type Mapping = Record<string, unknown>;

export function sketchWith(changes: Changes): Mapping {
  const sketch: Mapping = structuredClone(goodSketch);
  for (const [path, value] of Object.entries(changes)) change(sketch, path.split("."), value);
  return sketch;
}

function change(mapping: Mapping, [name = "", ...below]: readonly string[], value: unknown): void {
  if (below.length === 0) {
    if (value === undefined) delete mapping[name];
    else mapping[name] = value;
    return;
  }
  const member = (mapping[name] ?? {}) as Mapping;
  mapping[name] = member;
  change(member, below, value);
}

export function textWith(changes: Changes): string {
  return stringify(sketchWith(changes));
}

export function complaintsWith(changes: Changes): readonly Complaint[] {
  return readCluster(textWith(changes), clusterFile).complaints;
}

/** The cluster, and it must be one without a word against it. */
export function clusterWith(changes: Changes): Cluster {
  const read = readCluster(textWith(changes), clusterFile);
  assert.equal(complaintsText(read.complaints), "");
  assert(read.ok);
  return read.cluster;
}

export type Expected = {
  readonly severity?: "error" | "warning";
  readonly key: string;
  readonly line?: number;
  readonly value?: string;
  readonly wrong: RegExp;
  readonly expected?: RegExp;
  readonly remedy?: RegExp;
};

/** One complaint is made of it, this one; an error costs the cluster, a warning does not. */
export function assertOne(text: string, about: Expected): void {
  const read = readCluster(text, clusterFile);
  const [complaint, ...more] = read.complaints;
  assert(complaint !== undefined && more.length === 0, complaintsText(read.complaints));
  const severity = about.severity ?? "error";
  assert.equal(complaint.severity, severity);
  assert.equal(read.ok, severity === "warning");
  assertSays(complaint, about);
}

export function assertSays(complaint: Complaint, about: Expected): void {
  const { key, line, value, wrong, expected, remedy } = about;
  assert.equal(complaint.key, key);
  assert.match(complaint.wrong, wrong);
  if (line !== undefined) {
    assert.deepEqual(complaint.where, { kind: "file", file: clusterFile, line });
  }
  if (value !== undefined) assert.equal(complaint.value, value);
  if (expected !== undefined) assert.match(complaint.expected ?? "", expected);
  if (remedy !== undefined) assert.match(complaint.remedy ?? "", remedy);
}
