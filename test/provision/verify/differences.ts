/**
 * What differs from a finished cluster, and the rows of tests that are about that.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { done } from "../../../src/outcome.ts";
import type { Cluster } from "../../../src/provision/cluster/cluster.ts";
import type { Member } from "../../../src/provision/phases/patroni-state.ts";
import { judgeVerify } from "../../../src/provision/verify/judge.ts";
import type {
  ConsulSights,
  GrantSight,
  HostSight,
  PostgresqlSight,
  Sights,
} from "../../../src/provision/verify/sights.ts";
import { namesOf } from "../preflight/surveys.ts";
import { sixHosts } from "../support/clusters.ts";
import { goodRules, healthySights, wantedConfig } from "./seen.ts";

const cluster = sixHosts();

export function complaintsOf(sights: Sights, about: Cluster = cluster): readonly string[] {
  return namesOf(judgeVerify(about, sights, wantedConfig(about)));
}

export type Change = (sights: Sights) => Sights;

export function host(name: string, change: (sight: HostSight) => HostSight): Change {
  return (sights) => {
    const sight = sights.hosts.get(name);
    assert(sight?.ok === true);
    return { ...sights, hosts: new Map([...sights.hosts, [name, done(change(sight.value))]]) };
  };
}

export function unit(name: string, changes: Partial<ReturnType<typeof unitOf>>): Change {
  return host("test-db2", (sight) => {
    const changed = { ...unitOf(sight, name), ...changes };
    return { ...sight, units: new Map([...sight.units, [name, changed]]) };
  });
}

function unitOf(sight: HostSight, name: string) {
  return sight.units.get(name) ?? assert.fail(`no unit ${name}`);
}

export function postgresql(changes: Partial<PostgresqlSight>, name = "test-db2"): Change {
  return host(name, (sight) => {
    assert(sight.postgresql !== undefined);
    return { ...sight, postgresql: { ...sight.postgresql, ...changes } };
  });
}

export function consul(changes: Partial<ConsulSights>): Change {
  return (sights) => ({ ...sights, consul: { ...sights.consul, ...changes } });
}

export function members(change: (list: readonly Member[]) => readonly Member[]): Change {
  return (sights) => {
    assert(sights.patroni.members.ok);
    const changed = done(change(sights.patroni.members.value));
    return { ...sights, patroni: { ...sights.patroni, members: changed } };
  };
}

export function replica(changes: Partial<Member>): Change {
  return members((list) =>
    list.map((one) => (one.name === "test-db2" ? { ...one, ...changes } : one)),
  );
}

/** On test-db2's own interface, or another. */
export function bearing(name: string, interfaceName = "eth0", isLimited = true): Change {
  return host(name, (sight) => {
    const [first] = sight.interfaces ?? [];
    assert(first !== undefined);
    const vip = { address: cluster.vip.address, prefixLength: 32, isLimited };
    const own = first.addresses.slice(0, 1);
    if (interfaceName === first.name) {
      return { ...sight, interfaces: [{ ...first, addresses: [...own, vip] }] };
    }
    const other = { ...first, name: interfaceName, addresses: [vip] };
    return { ...sight, interfaces: [{ ...first, addresses: own }, other] };
  });
}

export function bare(name: string): Change {
  return host(name, (sight) => ({
    ...sight,
    interfaces: (sight.interfaces ?? []).map((one) => ({
      ...one,
      addresses: one.addresses.slice(0, 1),
    })),
  }));
}

export function grants(change: (grant: GrantSight) => GrantSight): Change {
  return (sights) => {
    const changed = sights.consul.grants.map((grant) => {
      return grant.token === "of vip-agent" ? change(grant) : grant;
    });
    return { ...sights, consul: { ...sights.consul, grants: changed } };
  };
}

export function allowing(index: number, isAllowed: boolean): Change {
  return grants((grant) => {
    const list = grant.allowed.ok ? [...grant.allowed.value] : [];
    list[index] = isAllowed;
    return { ...grant, allowed: done(list) };
  });
}

export function allOf(...changes: readonly Change[]): Change {
  return (sights) => changes.reduce((changed, change) => change(changed), sights);
}

export function hba(...rules: typeof goodRules): Change {
  return postgresql({ rules: [...goodRules, ...rules] });
}

export type Row = readonly [title: string, change: Change, expected: readonly string[]];

/** The change causes this and nothing else, and each complaint says what to do. */
export function testRows(rows: readonly Row[]): void {
  for (const [title, change, expected] of rows) {
    test(`${title}: ${expected.join(", ") || "nothing"}`, () => {
      const sights = change(healthySights(cluster));
      assert.deepEqual(complaintsOf(sights), expected);
      for (const finding of judgeVerify(cluster, sights, wantedConfig(cluster))) {
        if (finding.severity === "fine") continue;
        assert(finding.remedy !== undefined && finding.remedy !== "");
        assert.doesNotMatch(`${finding.finding} ${finding.remedy}`, /undefined|NaN|\[object/);
      }
    });
  }
}
