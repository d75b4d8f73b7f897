/**
 * Patroni's dynamic configuration: what its file says only once, at the first start, and what the
 * cluster keeps in Consul from then on.
 *
 * So it is compared where it lives, and changed by Patroni's own interface. Keys that the cluster file
 * does not speak of are left alone: an operator's `edit-config` counts.
 */
import * as v from "valibot";

import { type Outcome, done, failed } from "../../outcome.ts";
import type { Host } from "../cluster/cluster.ts";
import { dynamicConfig } from "../render/patroni.ts";
import type { Step } from "./phase.ts";
import type { Ports } from "./ports.ts";
import type { World } from "./world.ts";

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

const configSchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));

/** `leader` is the host of the Patroni leader. */
export async function dynamicConfigSteps(
  world: World,
  ports: Ports,
  leader: Host,
): Promise<Outcome<readonly Step[], "refused">> {
  const answer = await ports.patroni(leader, "/config");
  if (!answer.ok) return failed("refused", answer.detail);
  const found = v.safeParse(configSchema, answer.value.body);
  if (!found.success) return failed("refused", `${leader.name} has no configuration to show`);
  const wanted = dynamicConfig(world.cluster, world.parameters);
  const change = changeBetween(found.output, wanted);
  if (change === undefined) return done([]);
  const { restPassword } = world.secrets;
  const perform = async (): Promise<Outcome<void>> => {
    const body = JSON.stringify(change);
    const sent = await ports.patroni(leader, "/config", {
      body,
      user: "patroni",
      password: restPassword,
    });
    if (!sent.ok) return sent;
    if (sent.value.status === 200) return done(undefined);
    return failed("refused", `Patroni answered ${sent.value.status}: ${sent.value.body.trim()}`);
  };
  const summary = `change Patroni's dynamic configuration: ${pathsOf(change).join(", ")}`;
  return done([{ summary, perform }]);
}

/** What has to be sent so that everything wanted holds; undefined when it does. */
export function changeBetween(found: unknown, wanted: Json): Json | undefined {
  if (!isRecord(wanted)) return isSame(found, wanted) ? undefined : wanted;
  const before = isRecord(found) ? found : {};
  const changed = Object.entries(wanted).flatMap(([key, value]) => {
    const change = changeBetween(before[key], value);
    return change === undefined ? [] : [[key, change] as const];
  });
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

/** Of PostgreSQL's parameters, `"100"` and `100` are the same. */
function isSame(found: unknown, wanted: Json): boolean {
  if (found === undefined || found === null) return wanted === null;
  return plain(found) === plain(wanted);
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function pathsOf(change: Json, path = ""): readonly string[] {
  if (!isRecord(change)) return [path];
  return Object.entries(change).flatMap(([key, value]) => {
    return pathsOf(value, path === "" ? key : `${path}.${key}`);
  });
}
