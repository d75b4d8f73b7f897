/**
 * The retention of logs on a host: as it was, until the cluster file says something about it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { JournalWish } from "../../../src/provision/cluster/cluster.ts";
import { journalWishes } from "../../../src/provision/phases/wishes/journal.ts";
import { journalRemoval } from "../../../src/provision/removal/wishes.ts";
import { journalConfigFile } from "../../../src/provision/render/paths.ts";
import type { Operation } from "../../../src/provision/resources/operation.ts";
import type { Resource } from "../../../src/provision/resources/resource.ts";
import { applyResources } from "../fake/apply-resources.ts";
import { fakeHost } from "../fake/fake-host.ts";
import { type HostModel, bareModel, picture } from "../fake/model.ts";
import { threeHosts } from "../support/clusters.ts";
import { worldOf } from "../verify/worlds.ts";

const days: JournalWish = { keepDays: 30, maxSizeBytes: undefined };
const nothing: JournalWish = { keepDays: undefined, maxSizeBytes: undefined };

async function bring(
  model: HostModel,
  resources: readonly Resource[],
): Promise<readonly Operation["kind"][]> {
  const fake = fakeHost({ host: "test-db1", model });
  const { outcome } = await applyResources(fake, resources);
  assert(outcome.ok);
  return fake.performed.map(({ kind }) => kind);
}

const apply = (model: HostModel, journal: JournalWish) => bring(model, journalWishes(journal));

const remove = (model: HostModel, journal: JournalWish) => {
  const world = worldOf(threeHosts({ journal }));
  return bring(model, journalRemoval(world, { isComparable: true }));
};

function textOn(model: HostModel): string | undefined {
  const entry = model.entries.get(journalConfigFile);
  return entry?.type === "file" ? entry.text : undefined;
}

test("Where nothing is said, nothing is done.", async () => {
  const model = bareModel();
  const before = picture(model);
  assert.deepEqual(await apply(model, nothing), []);
  assert.deepEqual(await remove(model, nothing), []);
  assert.deepEqual(picture(model), before);
});

test("What is said is written once, and the journal is restarted on it once.", async () => {
  const model = bareModel();
  const kinds = ["make-directory", "write-file", "restart-unit"];
  assert.deepEqual(await apply(model, days), kinds);
  assert.match(textOn(model) ?? "", /^MaxRetentionSec=30day$/mu);
  assert.deepEqual(await apply(model, days), []);
  assert.deepEqual(await apply(model, { ...days, keepDays: 31 }), ["write-file", "restart-unit"]);
});

test("What is said no more is taken away, and so it is by a removal.", async () => {
  for (const [after, takeAway] of [
    [nothing, apply],
    [nothing, remove],
    [days, remove],
  ] as const) {
    const model = bareModel();
    await apply(model, days);
    const rest = takeAway === remove ? ["remove-directory"] : [];
    const kinds = ["remove-file", "restart-unit", ...rest];
    assert.deepEqual(await takeAway(model, after), kinds);
    assert.equal(textOn(model), undefined);
    assert.equal(model.units.get("systemd-journald.service")?.active, "active");
    assert.deepEqual(await takeAway(model, after), []);
    assert.equal((await apply(model, days)).at(-1), "restart-unit", "wished again");
  }
});
