/**
 * What preflight finds by comparing hosts, on the wire, and in a Consul that is there already.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { judgePreflight } from "../../../src/provision/preflight/judge.ts";
import type { Knowledge } from "../../../src/provision/preflight/sighted.ts";
import type { ReachSight, Survey, VipAnswer } from "../../../src/provision/preflight/survey.ts";
import { sixHosts, threeHosts } from "../support/clusters.ts";
import {
  type Change,
  bareSurvey,
  complaintsOf,
  finishedSurvey,
  keyDigest,
  known,
  listener,
  macOf,
  surveysOf,
} from "./surveys.ts";

const cluster = sixHosts();

function clock(hostAheadMs: number, tookMs = 40): Change {
  return (survey) => {
    const askedAtMs = survey.clock?.askedAtMs ?? assert.fail();
    const hostMs = askedAtMs + tookMs / 2 + hostAheadMs;
    return { ...survey, clock: { askedAtMs, answeredAtMs: askedAtMs + tookMs, hostMs } };
  };
}

test("the clock that is a minute off is named, whichever host is asked first", () => {
  for (const host of ["test-dcs1", "test-db3"]) {
    for (const aheadMs of [60_000, -60_000]) {
      const surveys = surveysOf(cluster, bareSurvey, { [host]: clock(aheadMs) });
      assert.deepEqual(complaintsOf(cluster, surveys), [`error ${host} clock-skew`]);
    }
  }
});

test("two seconds are a warning, and what may be the delay of the answer is nothing", () => {
  const off = surveysOf(cluster, bareSurvey, { "test-db1": clock(2_000) });
  assert.deepEqual(complaintsOf(cluster, off), ["warning test-db1 clock-skew"]);
  const slow = surveysOf(cluster, bareSurvey, { "test-db1": clock(2_000, 4_000) });
  assert.deepEqual(complaintsOf(cluster, slow), []);
});

test("a host whose clock could not be read is left out", () => {
  const unread: Change = (survey) => ({ ...survey, clock: undefined });
  const surveys = surveysOf(cluster, bareSurvey, { "test-db1": unread });
  assert.deepEqual(complaintsOf(cluster, surveys), []);
});

test("two entries that lead to one machine", () => {
  const [, , , first] = cluster.hosts;
  assert(first !== undefined);
  const same: Change = () => bareSurvey(cluster, first);
  const surveys = surveysOf(cluster, bareSurvey, { "test-db2": same });
  assert.deepEqual(complaintsOf(cluster, surveys), ["error test-db2 same-machine"]);
});

test("two machines that call themselves the same", () => {
  const named: Change = (survey) => ({
    ...survey,
    system: { ...survey.system, hostname: "test-db1" },
  });
  const surveys = surveysOf(cluster, bareSurvey, { "test-db2": named });
  assert.deepEqual(complaintsOf(cluster, surveys), [
    "error test-db1 hostname-shared",
    "error test-db2 hostname-shared",
  ]);
});

function reaching(to: string, port: number, answer: ReachSight["answer"]): Change {
  return (survey) => {
    const wire = survey.wire ?? assert.fail();
    const changed = wire.reaches.map((one) => {
      return one.to === to && one.port === port ? { ...one, answer } : one;
    });
    return { ...survey, wire: { ...wire, reaches: changed } };
  };
}

test("a port behind a firewall that drops, or that rejects", () => {
  for (const answer of ["silent", "rejected"] as const) {
    const change = reaching("test-dcs2", 8300, answer);
    const surveys = surveysOf(cluster, bareSurvey, { "test-db1": change });
    const [finding, ...others] = judgePreflight(cluster, surveys, known).filter(({ severity }) => {
      return severity === "error";
    });
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "port-unreachable");
    assert.equal(finding.host, "test-db1");
    assert.match(finding.finding, /8300 of test-dcs2/);
    assert.match(finding.remedy ?? "", /192\.168\.1\.141 through to 8300\/tcp/);
  }
});

test("a refusal is a firewall's once the port is listened on", () => {
  const change = reaching("test-db2", 5432, "refused");
  const bare = surveysOf(cluster, bareSurvey, { "test-db1": change });
  assert.deepEqual(complaintsOf(cluster, bare), []);
  const finished = surveysOf(cluster, finishedSurvey, { "test-db1": change });
  assert.deepEqual(complaintsOf(cluster, finished), ["error test-db1 port-unreachable"]);
});

test("a host that cannot look at the others says so", () => {
  const blind: Change = (survey) => ({ ...survey, wire: undefined });
  const surveys = surveysOf(cluster, bareSurvey, { "test-dcs1": blind });
  assert.deepEqual(complaintsOf(cluster, surveys), ["warning test-dcs1 reach-unchecked"]);
});

test("a host that could not be asked is not complained about as unreachable by others", () => {
  const silent: Change = (survey) => {
    const wire = survey.wire ?? assert.fail();
    const changed = wire.reaches.map((one) => {
      return one.to === "test-db3" ? ({ ...one, answer: "silent" } as const) : one;
    });
    return { ...survey, wire: { ...wire, reaches: changed } };
  };
  const changes = Object.fromEntries(cluster.hosts.map(({ name }) => [name, silent]));
  const surveys = surveysOf(cluster, bareSurvey, changes);
  surveys.set("test-db3", { ok: false, code: "unreachable", detail: "no answer" });
  assert.deepEqual(complaintsOf(cluster, surveys), ["error test-db3 unreachable"]);
});

function vip(answer: VipAnswer): Change {
  return (survey) => ({ ...survey, wire: { reaches: survey.wire?.reaches ?? [], vip: answer } });
}

/** The VIP as an agent binds it. */
const bearing: Change = (survey) => {
  const interfaces = (survey.network.interfaces ?? []).map((one) => ({
    ...one,
    addresses: [
      ...one.addresses,
      { address: cluster.vip.address, prefixLength: 32, isLimited: true },
    ],
  }));
  return { ...survey, network: { ...survey.network, interfaces } };
};

test("somebody answers for the VIP", () => {
  const answered = vip({ kind: "answered", mac: "02:00:00:00:00:99" });
  const changes = { "test-db1": answered, "test-db2": answered };
  const surveys = surveysOf(cluster, bareSurvey, changes);
  assert.deepEqual(complaintsOf(cluster, surveys), ["error test-db1 vip-answered"]);
  const found = judgePreflight(cluster, surveys, known).find(({ code }) => code === "vip-answered");
  assert.match(found?.finding ?? "", /02:00:00:00:00:99 \(as seen by test-db1, test-db2\)/);
});

test("the agent of one of our own hosts answers for it", () => {
  const holder = cluster.hosts[3] ?? assert.fail();
  const answered = vip({ kind: "answered", mac: macOf(holder) });
  const changes = { "test-db1": bearing, "test-db2": answered, "test-db3": answered };
  assert.deepEqual(complaintsOf(cluster, surveysOf(cluster, finishedSurvey, changes)), []);
});

test("the VIP lies on a host without an agent", () => {
  for (const host of ["test-db2", "test-dcs1"]) {
    const surveys = surveysOf(cluster, bareSurvey, { [host]: bearing });
    assert.deepEqual(complaintsOf(cluster, surveys), [`error ${host} vip-present`]);
  }
});

test("nobody could ask for the VIP", () => {
  const unasked = vip({ kind: "unasked" });
  const changes = { "test-db1": unasked, "test-db2": unasked, "test-db3": unasked };
  const surveys = surveysOf(cluster, bareSurvey, changes);
  assert.deepEqual(complaintsOf(cluster, surveys), ["warning - vip-unchecked"]);
  const one = surveysOf(cluster, bareSurvey, { "test-db1": unasked });
  assert.deepEqual(complaintsOf(cluster, one), []);
});

test("disks that cannot be taken, that are small, or that could not be looked at", () => {
  const three = threeHosts();
  const disks = (change: (sight: DisksOf) => DisksOf | undefined): Change => {
    return (survey) => {
      const sight = survey.storage.disks ?? assert.fail();
      return { ...survey, storage: { ...survey.storage, disks: change(sight) } };
    };
  };
  const obstacle = { subject: "/dev/sdb", finding: "is in use", remedy: "name another one" };
  const changes = {
    "test-db1": disks((sight) => ({ ...sight, obstacles: [obstacle] })),
    "test-db2": disks((sight) => ({
      ...sight,
      disks: sight.disks.map((one) => ({ ...one, sizeBytes: 2 ** 29 })),
    })),
    "test-db3": disks(() => undefined),
  };
  const surveys = surveysOf(three, bareSurvey, changes);
  assert.deepEqual(complaintsOf(three, surveys), [
    "error test-db1 disk-unfit",
    "error test-db2 disk-small",
    "error test-db2 disk-small",
    "warning test-db3 disks-unchecked",
  ]);
});

type DisksOf = NonNullable<Survey["storage"]["disks"]>;

function key(inConfig: string, inRing: string): Change {
  return (survey) => {
    const { programs } = survey;
    const consulConfigs = programs.consulConfigs.map((one) => ({ ...one, keyDigest: inConfig }));
    const consulData = programs.consulData.map((one) => ({ ...one, keyDigest: inRing }));
    return { ...survey, programs: { ...programs, consulConfigs, consulData } };
  };
}

test("another gossip key: the keyring counts more than the configuration", () => {
  const other = "f".repeat(64);
  const complaintsWith = (change: Change) => {
    return complaintsOf(cluster, surveysOf(cluster, finishedSurvey, { "test-dcs1": change }));
  };
  assert.deepEqual(complaintsWith(key(keyDigest, other)), ["error test-dcs1 consul-key"]);
  assert.deepEqual(complaintsWith(key(other, "")), ["error test-dcs1 consul-key"]);
  assert.deepEqual(complaintsWith(key(other, keyDigest)), []);
  assert.deepEqual(complaintsWith(key("", "")), []);
});

test("a finished cluster whose secrets file is lost", () => {
  const surveys = surveysOf(cluster, finishedSurvey);
  const complaints = complaintsOf(cluster, surveys, { ...known, gossipKeyDigest: undefined });
  assert.deepEqual(
    complaints,
    cluster.hosts.map(({ name }) => `error ${name} consul-secrets-lost`),
  );
});

test("a file of somebody else's beside our configuration of Consul", () => {
  const change: Change = (survey) => {
    const { programs } = survey;
    const extra = { path: "/etc/consul.d/web.hcl", datacenter: "", node: "", keyDigest: "" };
    const consulConfigs = [...programs.consulConfigs, extra];
    return { ...survey, programs: { ...programs, consulConfigs } };
  };
  const surveys = surveysOf(cluster, finishedSurvey, { "test-dcs2": change });
  assert.deepEqual(complaintsOf(cluster, surveys), ["warning test-dcs2 consul-config-foreign"]);
});

function consul(changes: Partial<NonNullable<Knowledge["consul"]>>): Knowledge {
  return { ...known, consul: { host: "test-dcs1", isTokenKnown: true, keys: [], ...changes } };
}

test("a Consul that does not know the management token", () => {
  const surveys = surveysOf(cluster, finishedSurvey);
  const complaints = complaintsOf(cluster, surveys, consul({ isTokenKnown: false }));
  assert.deepEqual(complaints, ["warning test-dcs1 consul-acl"]);
  assert.deepEqual(complaintsOf(cluster, surveys, consul({ isTokenKnown: undefined })), []);
});

test("a key of an earlier cluster, for which Patroni would wait", () => {
  const stale = consul({ keys: ["db/test/config", "db/test/initialize"] });
  const surveys = surveysOf(cluster, bareSurvey);
  assert.deepEqual(complaintsOf(cluster, surveys, stale), ["error test-dcs1 initialize-stale"]);
  const led = consul({ keys: ["db/test/initialize", "db/test/leader"] });
  assert.deepEqual(complaintsOf(cluster, surveys, led), []);
  const finished = surveysOf(cluster, finishedSurvey);
  assert.deepEqual(complaintsOf(cluster, finished, stale), []);
  surveys.set("test-db3", { ok: false, code: "unreachable", detail: "no answer" });
  // It may have the data.
  assert.deepEqual(complaintsOf(cluster, surveys, stale), ["error test-db3 unreachable"]);
});

test("ports of a finished cluster are a stranger's where the configuration is", () => {
  const renamed: Change = (survey) => ({
    ...survey,
    programs: { ...survey.programs, patronis: [] },
  });
  const surveys = surveysOf(cluster, finishedSurvey, { "test-db1": renamed });
  assert.deepEqual(complaintsOf(cluster, surveys), [
    "error test-db1 port-taken",
    "error test-db1 port-taken",
    "error test-db1 patroni-exists",
    "error test-db1 data-exists",
    "warning test-db1 postgresql-running",
  ]);
});

test("the agent's port taken by another program on the finished cluster", () => {
  const change: Change = (survey) => {
    const strange = listener("*", 9728, "prometheus", "prometheus.service");
    const listeners = [...(survey.network.listeners ?? []), strange];
    return { ...survey, network: { ...survey.network, listeners } };
  };
  const surveys = surveysOf(cluster, finishedSurvey, { "test-db1": change });
  assert.deepEqual(complaintsOf(cluster, surveys), ["error test-db1 port-taken"]);
});

test("a Consul of another datacenter, under the unit of that name, has our ports", () => {
  const strange: Change = (survey) => {
    const consulConfigs = survey.programs.consulConfigs.map((one) => {
      return { ...one, datacenter: "dc9" };
    });
    return { ...survey, programs: { ...survey.programs, consulConfigs } };
  };
  const surveys = surveysOf(cluster, finishedSurvey, { "test-dcs1": strange });
  assert.deepEqual(complaintsOf(cluster, surveys), [
    ...Array.from({ length: 4 }, () => "error test-dcs1 port-taken"),
    "error test-dcs1 consul-datacenter",
  ]);
});

test("the VIP on a host that shall never have it, whatever runs there", () => {
  const running: Change = (survey, host) => {
    const units = new Map([["vip-agent.service", { isKnown: true, active: "active" }]]);
    return bearing({ ...survey, programs: { ...survey.programs, units } }, host);
  };
  const surveys = surveysOf(cluster, bareSurvey, { "test-dcs1": running, "test-db1": running });
  assert.deepEqual(complaintsOf(cluster, surveys), ["error test-dcs1 vip-present"]);
});
