/**
 * The fake host when things are taken off it, each in the stages of the real script.
 */
import type { RemovalOperation } from "../../../src/provision/removal/operation.ts";
import { looksLike, marks } from "../../../src/provision/removal/looks-like.ts";
import { namesIn, stampPath } from "./answers.ts";
import type { HostModel, Surroundings } from "./model.ts";
import { Refusal } from "./refusal.ts";
import { isMasked, isRunning, unitModel } from "./systemd.ts";

type Of<Kind extends RemovalOperation["kind"]> = Extract<RemovalOperation, { kind: Kind }>;

export function removalStages(
  model: HostModel,
  around: Surroundings,
  operation: RemovalOperation,
): readonly (() => void)[] {
  switch (operation.kind) {
    case "stop-unit":
      return stopStages(model, operation.name);
    case "disable-unit":
      return [() => disable(model, operation.name)];
    case "unmask-unit":
      return [() => disable(model, operation.name), () => unmask(model, operation.name)];
    case "remove-file":
      return [() => removeFile(model, operation)];
    case "remove-directory":
      return [() => removeDirectory(model, operation)];
    case "remove-environment":
      return environmentStages(model, operation);
    case "remove-package":
      return packageStages(model, around, operation);
    case "remove-data":
      return dataStages(model, operation);
  }
}

function stopStages(model: HostModel, name: string): readonly (() => void)[] {
  return [
    () => {
      for (const word of ["started", "reloaded"] as const) {
        model.entries.delete(stampPath(name, word));
      }
    },
    () => {
      const unit = unitModel(model, name);
      unit.active = "inactive";
      unit.runsOn = new Map();
    },
  ];
}

function disable(model: HostModel, name: string): void {
  const unit = model.units.get(name);
  if (unit !== undefined) unit.isEnabled = false;
}

function unmask(model: HostModel, name: string): void {
  if (isMasked(model, name)) model.entries.delete(`/etc/systemd/system/${name}`);
}

function removeFile(model: HostModel, { path }: Of<"remove-file">): void {
  const found = model.entries.get(path);
  if (found === undefined) return;
  if (found.type === "directory") throw new Refusal(`${path} is a directory`);
  const text = found.type === "file" ? found.text : found.type === "link" ? found.target : "";
  model.kept.push({ path, text });
  model.entries.delete(path);
}

function removeDirectory(model: HostModel, { path }: Of<"remove-directory">): void {
  if ((namesIn(model, path) ?? []).length > 0) throw new Refusal(`${path} is not empty`);
  model.entries.delete(path);
}

function below(model: HostModel, path: string): readonly string[] {
  return [...model.entries.keys()].filter((other) => other.startsWith(`${path}/`));
}

function environmentStages(
  model: HostModel,
  { path }: Of<"remove-environment">,
): readonly (() => void)[] {
  return [
    () => model.entries.delete(`${path}/.vip-agent-complete`),
    () => {
      for (const one of below(model, path)) model.entries.delete(one);
    },
    () => model.entries.delete(path),
  ];
}

/** Its service is stopped by its own script; configurations that it has not brought stay. */
function packageStages(
  model: HostModel,
  { artefacts }: Surroundings,
  { name }: Of<"remove-package">,
): readonly (() => void)[] {
  const found = [...artefacts.values()].find((one) => one.kind === "package" && one.name === name);
  const { files = {}, starts } = found?.kind === "package" ? found.package : {};
  return [
    () => {
      if (starts !== undefined && isRunning(model, starts.unit)) {
        unitModel(model, starts.unit).active = "inactive";
      }
    },
    () => {
      for (const path of Object.keys(files)) {
        if (!path.startsWith("/etc/")) model.entries.delete(path);
      }
    },
    () => model.packages.delete(name),
  ];
}

function dataStages(model: HostModel, { path, claim }: Of<"remove-data">): readonly (() => void)[] {
  const mark = claim === "wal" ? undefined : `${path}/${marks[claim]}`;
  const service = claim === "consul" ? "consul.service" : "patroni.service";
  const check = () => {
    if (model.entries.get(path)?.type === "link") throw new Refusal(`${path} is a link`);
    if (!looksLike(claim, namesIn(model, path) ?? [])) throw new Refusal(`${path} is no ${claim}`);
    if (isRunning(model, service)) throw new Refusal(`${service} runs`);
  };
  return [
    () => {
      check();
      for (const one of below(model, path)) if (one !== mark) model.entries.delete(one);
    },
    () => {
      if (mark !== undefined) model.entries.delete(mark);
    },
    () => model.entries.delete(path),
  ];
}
