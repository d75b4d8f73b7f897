/**
 * What differs on one host from a bare one that is fit, and the rows of tests that are about that.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { Cluster } from "../../../src/provision/cluster/cluster.ts";
import { judgePreflight } from "../../../src/provision/preflight/judge.ts";
import type { Survey, SystemSight } from "../../../src/provision/preflight/survey.ts";
import { sixHosts } from "../support/clusters.ts";
import { type Change, bareSurvey, complaintsOf, known, surveysOf } from "./surveys.ts";

export function system(changes: Partial<SystemSight>): Change {
  return (survey) => ({ ...survey, system: { ...survey.system, ...changes } });
}

export function network(changes: Partial<Survey["network"]>): Change {
  return (survey) => ({ ...survey, network: { ...survey.network, ...changes } });
}

export function programs(changes: Partial<Survey["programs"]>): Change {
  return (survey) => ({ ...survey, programs: { ...survey.programs, ...changes } });
}

export function storage(changes: Partial<Survey["storage"]>): Change {
  return (survey) => ({ ...survey, storage: { ...survey.storage, ...changes } });
}

export function protection(changes: Partial<Survey["protection"]>): Change {
  return (survey) => ({ ...survey, protection: { ...survey.protection, ...changes } });
}

export function link(
  changes: Partial<NonNullable<Survey["network"]["interfaces"]>[number]>,
): Change {
  return (survey) => {
    const interfaces = (survey.network.interfaces ?? []).map((one) => ({ ...one, ...changes }));
    return { ...survey, network: { ...survey.network, interfaces } };
  };
}

/** A mount of its own; `/` is that of all others. */
export function space(path: string, changes: { freeMb?: number; options?: string[] }): Change {
  return (survey) => {
    const spaces = [...survey.storage.spaces].map(([place, before]) => {
      const isMeant = path === "/" || place === path;
      return [place, isMeant ? { ...before, mountPoint: path, ...changes } : before] as const;
    });
    return { ...survey, storage: { ...survey.storage, spaces: new Map(spaces) } };
  };
}

export function active(...names: readonly string[]): Change {
  return programs({
    units: new Map(names.map((name) => [`${name}.service`, { isKnown: true, active: "active" }])),
  });
}

export function allOf(...changes: readonly Change[]): Change {
  return (survey, host) => changes.reduce((changed, change) => change(changed, host), survey);
}

export function packages(candidates: Readonly<Record<string, string | undefined>>): Change {
  return (survey) => {
    const changed = Object.entries(candidates).map(([name, candidate]) => {
      return [name, { installed: undefined, candidate }] as const;
    });
    const all = new Map([...survey.system.packages, ...changed]);
    return { ...survey, system: { ...survey.system, packages: all } };
  };
}

/** What is expected is of test-db1 unless it names another host. */
export type Row = readonly [
  title: string,
  change: Change,
  expected: readonly string[],
  cluster?: Cluster,
];

/** The change on test-db1 causes this and nothing else, and each complaint says what to do. */
export function testRows(rows: readonly Row[]): void {
  for (const [title, change, expected, cluster = sixHosts()] of rows) {
    test(`${title}: ${expected.join(", ") || "nothing"}`, () => {
      const surveys = surveysOf(cluster, bareSurvey, { "test-db1": change });
      const wanted = expected.map((words) => {
        const parts = words.split(" ");
        return parts.length === 3 ? words : `${parts[0]} test-db1 ${parts[1]}`;
      });
      assert.deepEqual(complaintsOf(cluster, surveys), wanted);
      for (const finding of judgePreflight(cluster, surveys, known)) {
        if (finding.severity === "fine") continue;
        assert(finding.remedy !== undefined && finding.remedy !== "");
        assert.doesNotMatch(`${finding.finding} ${finding.remedy}`, /undefined|NaN|\[object/);
      }
    });
  }
}
