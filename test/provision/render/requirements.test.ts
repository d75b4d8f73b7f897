/**
 * The folder of Patroni's Python environment: one for each set of requirements, so that an upgrade is
 * made beside the one in use.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import type { PatroniWish } from "../../../src/provision/cluster/cluster.ts";
import { createWorld } from "../../../src/provision/phases/world.ts";
import { environmentWishes } from "../../../src/provision/phases/wishes/patroni.ts";
import { environmentName, requirementsOf } from "../../../src/provision/render/requirements.ts";
import { venvMarker } from "../../../src/provision/resources/venv.ts";
import { directory, file, link } from "../fake/model.ts";
import { hostWith, operationsFor } from "../resources/support.ts";
import { hostFact, secretsFor, sixHosts } from "../support/clusters.ts";

const cluster = sixHosts();

function patroniOf(version: string): PatroniWish {
  return { ...cluster.patroni, version };
}

test("The name tells the version, and what it consists of.", () => {
  assert.match(environmentName(patroniOf("4.1.5")), /^4\.1\.5-[0-9a-f]{12}$/);
  const requirements = requirementsOf(patroniOf("4.1.5"));
  const path = `/opt/patroni/${environmentName(patroniOf("4.1.5"))}`;
  const { text } = venvMarker({ path, requirements });
  assert(text.startsWith(path.slice(path.lastIndexOf("-") + 1)));
});

test("Other requirements are made beside those in use, and the link is switched after that.", () => {
  const old = "/opt/patroni/4.1.5";
  const requirements = requirementsOf(patroniOf("4.1.5"));
  const marker = venvMarker({ path: old, requirements: ["patroni==4.1.5", "PyYAML==6.0.2"] });
  const model = hostWith({
    "/opt/patroni": directory(),
    [old]: directory(),
    [marker.path]: file(marker.text),
    "/opt/patroni/current": link(old),
  });
  const hosts = new Map(cluster.hosts.map(({ name }) => [name, hostFact()]));
  const { world } = createWorld(cluster, secretsFor(cluster), hosts);
  assert(world !== undefined);
  const operations = operationsFor(model, ...environmentWishes(world));
  const path = `/opt/patroni/${environmentName(cluster.patroni)}`;
  assert.deepEqual(operations.slice(0, 2), [
    { kind: "make-venv", path, requirements, wheels: undefined },
    { kind: "set-link", path: "/opt/patroni/current", target: path },
  ]);
  assert(operations.every((operation) => !("path" in operation) || operation.path !== old));
});
