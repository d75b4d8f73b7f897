/**
 * Units: what is enabled, started, restarted, reloaded, masked, and what is never touched.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../src/provision/resources/digest.ts";
import type { UnitWish } from "../../../src/provision/resources/resource.ts";
import { stampPath } from "../fake/answers.ts";
import { type HostModel, directory, file, link } from "../fake/model.ts";
import { hostWith, obstaclesFor, operationsFor } from "./support.ts";

const name = "app.service";
const local = `/etc/systemd/system/${name}`;
const wish: UnitWish = { kind: "unit", name, state: "started", restartsOn: "a", reloadsOn: "b" };
const stamps = { startedOn: digestOf("a"), reloadedOn: digestOf("b") };

type Settings = { active?: string; isEnabled?: boolean; started?: string; reloaded?: string };

function hostWithUnit(settings: Settings = {}): HostModel {
  const { active = "active", isEnabled = true, started = "a", reloaded = "b" } = settings;
  const model = hostWith({
    [local]: file("[Service]"),
    [stampPath(name, "started")]: file(digestOf(started)),
    [stampPath(name, "reloaded")]: file(digestOf(reloaded)),
  });
  model.units.set(name, { isEnabled, active, loaded: "[Service]", runsOn: new Map() });
  return model;
}

test("a unit that is not there yet is enabled and started, in this order", () => {
  assert.deepEqual(operationsFor(hostWith({}), wish), [
    { kind: "enable-unit", name },
    { kind: "start-unit", name, ...stamps },
  ]);
});

test("one that runs on what it should is left alone", () => {
  assert.deepEqual(operationsFor(hostWithUnit(), wish), []);
});

test("one that runs and is not enabled is only enabled", () => {
  const expected = [{ kind: "enable-unit", name }];
  assert.deepEqual(operationsFor(hostWithUnit({ isEnabled: false }), wish), expected);
});

test("the system's own is restarted on what is new to it, and nothing else is done to it", () => {
  const own: UnitWish = { kind: "unit", name, state: "restarted", restartsOn: "a" };
  const found = { isEnabled: false, active: "failed" };
  assert.deepEqual(operationsFor(hostWithUnit(found), own), []);
  assert.deepEqual(operationsFor(hostWithUnit({ ...found, started: "x" }), own), [
    { kind: "restart-unit", name, startedOn: stamps.startedOn, reloadedOn: undefined },
  ]);
  const unstamped = hostWithUnit(found);
  unstamped.entries.delete(stampPath(name, "started"));
  assert.equal(operationsFor(unstamped, own).length, 1);
  assert.deepEqual(operationsFor(unstamped, { ...own, restartsOn: "" }), []);
});

test("one that runs on something else is restarted, and not reloaded as well", () => {
  const restart = [{ kind: "restart-unit", name, ...stamps }];
  assert.deepEqual(operationsFor(hostWithUnit({ started: "x", reloaded: "y" }), wish), restart);
  const unstamped = hostWithUnit();
  unstamped.entries.delete(stampPath(name, "started"));
  assert.deepEqual(operationsFor(unstamped, wish), restart);
});

test("one that has read something else is reloaded", () => {
  const reload = [{ kind: "reload-unit", name, reloadedOn: stamps.reloadedOn }];
  assert.deepEqual(operationsFor(hostWithUnit({ reloaded: "y" }), wish), reload);
});

test("without anything to reload on, no reload is due", () => {
  const { reloadsOn: _, ...plain } = wish;
  assert.deepEqual(operationsFor(hostWithUnit({ reloaded: "y" }), plain), []);
  assert.deepEqual(operationsFor(hostWithUnit({ started: "x" }), plain), [
    { kind: "restart-unit", name, startedOn: stamps.startedOn, reloadedOn: undefined },
  ]);
});

test("one that does not run is started, whatever it ran on", () => {
  const start = [{ kind: "start-unit", name, ...stamps }];
  for (const active of ["inactive", "failed", "deactivating"]) {
    assert.deepEqual(operationsFor(hostWithUnit({ active }), wish), start, active);
    assert.deepEqual(operationsFor(hostWithUnit({ active, started: "x" }), wish), start, active);
  }
});

test("one that never comes up is restarted on what it should run on", () => {
  const found = { active: "activating", started: "x" };
  assert.deepEqual(operationsFor(hostWithUnit(found), wish), [
    { kind: "restart-unit", name, ...stamps },
  ]);
  assert.deepEqual(operationsFor(hostWithUnit({ active: "activating" }), wish), [
    { kind: "start-unit", name, ...stamps },
  ]);
});

test("one that somebody has masked is not unmasked", () => {
  const model = hostWithUnit({ active: "inactive" });
  model.entries.set(local, link("/dev/null"));
  assert.deepEqual(obstaclesFor(model, wish), [
    `${name} is masked by somebody, so it cannot be started`,
  ]);
});

const masked: UnitWish = { kind: "unit", name, state: "masked", restartsOn: "" };

test("a unit that rests, or that there is not yet, is masked once", () => {
  const mask = [{ kind: "mask-unit", name }];
  const model = hostWith({});
  assert.deepEqual(operationsFor(model, masked), mask);
  const stock = hostWith({ [`/usr/lib/systemd/system/${name}`]: file("[Service]") });
  stock.units.set(name, { isEnabled: true, active: "failed", loaded: "", runsOn: new Map() });
  assert.deepEqual(operationsFor(stock, masked), mask);
  stock.entries.set(local, link("/dev/null"));
  assert.deepEqual(operationsFor(stock, masked), []);
});

test("a unit that runs is not stopped, not even when it is masked", () => {
  for (const active of ["active", "activating", "reloading", "deactivating"]) {
    const model = hostWithUnit({ active });
    const expected = [
      `${name} is ${active}, and is not stopped by this: there may be data and clients behind it`,
    ];
    assert.deepEqual(obstaclesFor(model, masked), expected);
    model.entries.set(local, link("/dev/null"));
    assert.deepEqual(obstaclesFor(model, masked), expected);
  }
});

test("a unit file or a link of the operator's own is not masked away", () => {
  for (const entry of [file("[Service]"), link("/srv/app.service"), directory()]) {
    assert.deepEqual(obstaclesFor(hostWith({ [local]: entry }), masked), [
      `${local} is somebody's own, so ${name} cannot be masked`,
    ]);
  }
});
