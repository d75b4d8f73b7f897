/**
 * A configuration of three lines whose third names a patroni.yml, and that patroni.yml.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { FileRead } from "../../../src/agent/config/host.ts";
import type { Loaded } from "../../../src/agent/config/load.ts";
import type { Settings } from "../../../src/agent/config/settings.ts";
import { type Sketch, load } from "./loading.ts";
import { interfaceLine, ipLine } from "./mistakes.ts";

export const patroniPath = "/etc/patroni/patroni.yml";

export const threeLines = [ipLine, interfaceLine, `patroni: ${patroniPath}`];

export const password = randomUUID();

/** As an operator writes it; the tests count its lines. */
export const ordinary = [
  "scope: test",
  "namespace: /db/",
  "name: test-db1",
  "consul:",
  "  host: 127.0.0.1:8500", // line 5
  "  register_service: true",
  "restapi:",
  "  listen: 0.0.0.0:8008",
  "  connect_address: 192.168.1.141:8008",
  "  authentication:", // line 10
  "    username: patroni",
  `    password: ${password}`,
  "bootstrap:",
  "  dcs: {ttl: 20}",
  "postgresql:", // line 15
  "  data_dir: /var/lib/postgresql/15/test",
];

/** As little as is enough for Patroni. */
export const brief = ["scope: test", "name: test-db1", "consul: {}"];

export function loadWith(patroni: readonly string[] | FileRead, sketch: Sketch = {}): Loaded {
  const file = "ok" in patroni ? patroni : patroni.join("\n");
  return load({ lines: threeLines, ...sketch, files: { [patroniPath]: file, ...sketch.files } });
}

export function settingsOf({ settings, complaints }: Loaded): Settings {
  assert(settings !== undefined, JSON.stringify(complaints, undefined, 2));
  return settings;
}

/** The setting as `check` shows it. */
export function shownOf({ origins }: Loaded, key: string): string | undefined {
  return origins.find((origin) => origin.key === key)?.shown;
}
