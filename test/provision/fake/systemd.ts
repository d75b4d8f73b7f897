/**
 * The fake host's systemd: which units there are, and what a start, a restart and a reload do.
 *
 * A unit's file may say what the service reads: `X-Reads=/path` at its start, `X-Rereads=/path` at
 * each reload too. A service whose user or whose file is missing does not start, as with the real one.
 */
import { Refusal } from "./refusal.ts";
import { type Entry, type HostModel, type UnitModel, link } from "./model.ts";

const localFolder = "/etc/systemd/system";
const folders = [localFolder, "/usr/lib/systemd/system"];

export function unitEntry(model: HostModel, name: string): Entry | undefined {
  const template = name.replace(/@.+(\.[a-z]+)$/, "@$1");
  const paths = folders.flatMap((folder) => [`${folder}/${name}`, `${folder}/${template}`]);
  return paths.map((path) => model.entries.get(path)).find((entry) => entry !== undefined);
}

export function isMasked(model: HostModel, name: string): boolean {
  const entry = model.entries.get(`${localFolder}/${name}`);
  return entry?.type === "link" && entry.target === "/dev/null";
}

export function unitModel(model: HostModel, name: string): UnitModel {
  const fresh = { isEnabled: false, active: "inactive", loaded: undefined, runsOn: new Map() };
  const unit = model.units.get(name) ?? fresh;
  model.units.set(name, unit);
  return unit;
}

export function daemonReload(model: HostModel, name: string): void {
  const entry = unitEntry(model, name);
  if (entry?.type === "file") unitModel(model, name).loaded = entry.text;
}

export function mask(model: HostModel, name: string): void {
  const path = `${localFolder}/${name}`;
  if (isMasked(model, name)) return;
  if (model.entries.has(path)) throw new Refusal(`${path} already exists`);
  model.entries.set(path, link("/dev/null"));
}

export function enable(model: HostModel, name: string): void {
  if (isMasked(model, name)) throw new Refusal(`${name} is masked`);
  if (unitEntry(model, name) === undefined) throw new Refusal(`${name} does not exist`);
  unitModel(model, name).isEnabled = true;
}

export function isRunning(model: HostModel, name: string): boolean {
  return model.units.get(name)?.active === "active";
}

/** Or starts it anew. */
export function start(model: HostModel, name: string): void {
  const text = startable(model, name);
  const unit = unitModel(model, name);
  // Until it is up, it is down.
  unit.active = "failed";
  const user = /^User=(.*)$/m.exec(text)?.[1];
  if (user !== undefined && !model.users.has(user)) throw new Refusal(`${name}: no user ${user}`);
  const read = textsOf(model, name, valuesOf(text, "X-Reads", "X-Rereads"));
  unit.runsOn = new Map([[name, text], ...read]);
  unit.active = "active";
  count(model, name);
}

export function reload(model: HostModel, name: string): void {
  const text = startable(model, name);
  if (!isRunning(model, name)) throw new Refusal(`${name} is not active, cannot reload`);
  const unit = unitModel(model, name);
  for (const [path, fresh] of textsOf(model, name, valuesOf(text, "X-Rereads"))) {
    unit.runsOn.set(path, fresh);
  }
  count(model, name);
}

/** What systemd has last read of its file. */
function startable(model: HostModel, name: string): string {
  if (isMasked(model, name)) throw new Refusal(`${name} is masked`);
  const { loaded } = unitModel(model, name);
  if (loaded === undefined) throw new Refusal(`unit ${name} not found`);
  return loaded;
}

function valuesOf(text: string, ...keys: readonly string[]): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const [key = "", value = ""] = line.split("=");
    return keys.includes(key) ? [value] : [];
  });
}

function textsOf(
  model: HostModel,
  name: string,
  paths: readonly string[],
): readonly (readonly [string, string])[] {
  return paths.map((path) => {
    const entry = model.entries.get(path);
    if (entry?.type !== "file") throw new Refusal(`${name} failed: there is no ${path}`);
    return [path, entry.text];
  });
}

function count(model: HostModel, name: string): void {
  model.starts.set(name, (model.starts.get(name) ?? 0) + 1);
}
