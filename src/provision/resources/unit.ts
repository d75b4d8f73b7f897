/**
 * A unit of systemd: running on what it should run on, or kept from running at all.
 *
 * Whether a service must be restarted cannot be told from what this run has written: an earlier one
 * may have been cut off between the file and the restart. So a stamp beside the unit says with which
 * texts it was last started and reloaded, by their digest, and a stamp that differs or lacks is a
 * restart.
 *
 * A unit that is not known yet is no obstacle: its file or its package is written just before, and
 * older systemd does not see a new file until it is told to look again. The operations tell it, and
 * fail where there is still no such unit.
 *
 * What somebody has masked is never unmasked, and what is to be masked is never stopped: behind the
 * stock unit of a PostgreSQL may be the only copy of somebody's data, with clients on it.
 */
import { pathFact, unitFact } from "./answers.ts";
import { digestOf } from "./digest.ts";
import type { Facts, Question, UnitFact } from "./facts.ts";
import { type KindPlan, type Step, blocked, toDo } from "./kind-plan.ts";
import type { Obstacle } from "./operation.ts";
import type { UnitWish } from "./resource.ts";

/** systemd's words for a service that does its work. */
const runningStates = ["active", "reloading", "refreshing"];
const restingStates = ["inactive", "failed"];

export function unitQuestions({ name, state }: UnitWish): readonly Question[] {
  const asked: Question = { about: "unit", name };
  return state === "masked" ? [asked, { about: "path", path: localFile(name) }] : [asked];
}

export function planUnit(wish: UnitWish, facts: Facts): KindPlan {
  if (wish.state === "masked") return planMasked(wish, facts);
  return wish.state === "restarted" ? planRestarted(wish, facts) : planStarted(wish, facts);
}

/** What an operator writes there wins over the package's file, and is in the way of a mask. */
function localFile(name: string): string {
  return `/etc/systemd/system/${name}`;
}

function planMasked({ name }: UnitWish, facts: Facts): KindPlan {
  const found = unitFact(facts, name);
  if (!restingStates.includes(found.active)) return blocked(running(name, found));
  if (found.isMaskLasting) return toDo();
  const { type } = pathFact(facts, localFile(name));
  if (type !== "absent") return blocked(inTheWay(name));
  return toDo({ operation: { kind: "mask-unit", name }, summary: `mask ${name}` });
}

function planStarted(wish: UnitWish, facts: Facts): KindPlan {
  const { name } = wish;
  const found = unitFact(facts, name);
  if (found.isMasked) return blocked(masked(name));
  const enabling: readonly Step[] = found.isEnabled
    ? []
    : [{ operation: { kind: "enable-unit", name }, summary: `enable ${name}` }];
  return toDo(...enabling, ...bringingUp(wish, found));
}

/** Without a stamp it runs on nothing of ours. */
function planRestarted({ name, restartsOn }: UnitWish, facts: Facts): KindPlan {
  const found = unitFact(facts, name);
  const startedOn = digestOf(restartsOn);
  if ((found.startedOn ?? digestOf("")) === startedOn) return toDo();
  if (found.isMasked) return blocked(masked(name));
  return toDo({
    operation: { kind: "restart-unit", name, startedOn, reloadedOn: undefined },
    summary: `restart ${name}`,
  });
}

function bringingUp({ name, restartsOn, reloadsOn }: UnitWish, found: UnitFact): readonly Step[] {
  const startedOn = digestOf(restartsOn);
  const reloadedOn = reloadsOn === undefined ? undefined : digestOf(reloadsOn);
  const stamps = { name, startedOn, reloadedOn };
  const isRunning = runningStates.includes(found.active);
  // One that is being started over and over would go on with what it was started on.
  if ((isRunning || found.active === "activating") && found.startedOn !== startedOn) {
    return [{ operation: { kind: "restart-unit", ...stamps }, summary: `restart ${name}` }];
  }
  if (!isRunning) {
    return [{ operation: { kind: "start-unit", ...stamps }, summary: `start ${name}` }];
  }
  if (reloadedOn === undefined || found.reloadedOn === reloadedOn) return [];
  return [{ operation: { kind: "reload-unit", name, reloadedOn }, summary: `reload ${name}` }];
}

function masked(name: string): Obstacle {
  return {
    subject: name,
    finding: "is masked by somebody, so it cannot be started",
    remedy: `find out why; "systemctl unmask ${name}" lifts it; run again`,
  };
}

function running(name: string, { active }: UnitFact): Obstacle {
  return {
    subject: name,
    finding: `is ${active}, and is not stopped by this: there may be data and clients behind it`,
    remedy:
      `if it holds data, adopt that instead of building a new cluster; ` +
      `if it holds none, "systemctl stop ${name}" and run again`,
  };
}

function inTheWay(name: string): Obstacle {
  return {
    subject: localFile(name),
    finding: `is somebody's own, so ${name} cannot be masked`,
    remedy: "find out whose it is, move it away by hand, and run again",
  };
}
