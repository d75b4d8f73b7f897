/**
 * Operations on the model, each as the stages in which a host would go through it.
 *
 * A host can stop between any two of them: power fails, the connection is lost, somebody presses
 * Ctrl-C twice. So an operation that is cut off half-way is its first stages. Each stage refuses what
 * the real command would refuse, before it has changed anything.
 */
import type { Operation } from "../../../src/provision/resources/operation.ts";
import type { Access } from "../../../src/provision/resources/resource.ts";
import { digestOf } from "../../../src/provision/resources/digest.ts";
import { venvMarker } from "../../../src/provision/resources/venv.ts";
import { stampPath } from "./answers.ts";
import { type HostModel, type Surroundings, directory, file, link, program } from "./model.ts";
import { installPackage } from "./package-manager.ts";
import { Refusal } from "./refusal.ts";
import { removalStages } from "./removal.ts";
import { volumeStages } from "./storage.ts";
import { daemonReload, enable, isRunning, mask, reload, start } from "./systemd.ts";

export type Stage = () => void;

export function stagesOf(
  model: HostModel,
  around: Surroundings,
  operation: Operation,
): readonly Stage[] {
  switch (operation.kind) {
    case "write-file":
      return replaceStages(model, operation.path, operation.content.text, operation);
    case "write-text": {
      const found = model.entries.get(operation.path);
      if (found?.type !== "file") return [refuse(`${operation.path} is no file`)];
      const expected = [operation.basedOn ?? digestOf(found.text), digestOf(operation.text)];
      if (!expected.includes(digestOf(found.text))) {
        return [refuse(`${operation.path} is another by now`)];
      }
      return replaceStages(model, operation.path, operation.text, found);
    }
    case "set-access":
      return accessStages(model, operation.path, operation);
    case "make-directory":
      return directoryStages(model, operation.path, operation);
    case "make-user":
      return userStages(model, operation);
    case "join-groups":
      return joinStages(model, operation.name, operation.groups);
    case "install-packages":
      return operation.names.flatMap((name) => {
        return installPackage(model, name, around.repository.get(name));
      });
    case "install-package-file": {
      const artefact = around.artefacts.get(operation.artefact.from);
      const isIt = artefact?.kind === "package" && artefact.name === operation.name;
      return installPackage(model, operation.name, isIt ? artefact.package : undefined);
    }
    case "install-program":
      return programStages(model, around, operation);
    case "make-venv":
      return venvStages(model, operation);
    case "set-link":
      return [() => setLink(model, operation.path, operation.target)];
    case "mask-unit":
      return [() => mask(model, operation.name)];
    case "enable-unit":
      return [() => daemonReload(model, operation.name), () => enable(model, operation.name)];
    case "start-unit":
    case "restart-unit":
    case "reload-unit":
      return unitStages(model, operation);
    case "make-volume":
    case "make-filesystem":
    case "mount":
      return volumeStages(model, operation);
    case "stop-unit":
    case "disable-unit":
    case "unmask-unit":
    case "remove-file":
    case "remove-directory":
    case "remove-environment":
    case "remove-package":
    case "remove-data":
      return removalStages(model, around, operation);
  }
}

type Of<Kind extends Operation["kind"]> = Extract<Operation, { kind: Kind }>;

function refuse(reason: string): Stage {
  return () => {
    throw new Refusal(reason);
  };
}

function needParent(model: HostModel, path: string): void {
  const parent = path.slice(0, path.lastIndexOf("/")) || "/";
  if (model.entries.get(parent)?.type === "directory") return;
  throw new Refusal(`there is no directory ${parent}`);
}

function needAccess(model: HostModel, { owner, group }: Access): void {
  if (!model.users.has(owner)) throw new Refusal(`invalid user: ${owner}`);
  if (!model.groups.has(group)) throw new Refusal(`invalid group: ${group}`);
}

/** Beside it under another name, with its final access, then in its place. */
function replaceStages(
  model: HostModel,
  path: string,
  text: string,
  { owner, group, mode }: Access,
): readonly Stage[] {
  const beside = `${path}.vip-agent-new`;
  return [
    () => {
      needParent(model, path);
      needAccess(model, { owner, group, mode });
      model.entries.set(beside, file(text, { owner, group, mode }));
    },
    () => {
      const previous = model.entries.get(path);
      if (previous !== undefined && previous.type !== "file") {
        throw new Refusal(`${path} is no file`);
      }
      if (previous !== undefined) model.kept.push({ path, text: previous.text });
      model.entries.delete(beside);
      model.entries.set(path, file(text, { owner, group, mode }));
    },
  ];
}

function accessStages(model: HostModel, path: string, access: Access): readonly Stage[] {
  const { owner, group, mode } = access;
  const change = (changed: Partial<Access>) => {
    const entry = model.entries.get(path);
    if (entry === undefined) throw new Refusal(`there is no ${path}`);
    if (entry.type === "link") throw new Refusal(`${path} is a link`);
    needAccess(model, access);
    model.entries.set(path, { ...entry, ...changed });
  };
  return [() => change({ owner, group }), () => change({ mode })];
}

function directoryStages(model: HostModel, path: string, access: Access): readonly Stage[] {
  return [
    () => {
      needParent(model, path);
      needAccess(model, access);
      const found = model.entries.get(path);
      if (found === undefined) model.entries.set(path, directory({ mode: "0700" }));
      else if (found.type !== "directory") throw new Refusal(`${path} is no directory`);
    },
    ...accessStages(model, path, access),
  ];
}

function userStages(model: HostModel, { name, home, groups }: Of<"make-user">): readonly Stage[] {
  const needGroups = () => {
    const missing = groups.find((group) => !model.groups.has(group));
    if (missing !== undefined) throw new Refusal(`there is no group ${missing}`);
  };
  return [
    () => {
      needGroups();
      model.groups.add(name);
      if (!model.users.has(name)) model.users.set(name, { home, groups: [name] });
    },
    ...joinStages(model, name, groups),
  ];
}

function joinStages(model: HostModel, name: string, groups: readonly string[]): readonly Stage[] {
  return groups.map((group) => () => {
    const user = model.users.get(name);
    if (user === undefined) throw new Refusal(`there is no user ${name}`);
    if (!model.groups.has(group)) throw new Refusal(`there is no group ${group}`);
    if (!user.groups.includes(group)) user.groups.push(group);
    user.groups.sort();
  });
}

function programStages(
  model: HostModel,
  around: Surroundings,
  { path, artefact }: Of<"install-program">,
): readonly Stage[] {
  const found = around.artefacts.get(artefact.from);
  if (found?.kind !== "program") return [refuse(`there is no program at ${artefact.from}`)];
  return [
    () => needParent(model, path),
    () => {
      const type = model.entries.get(path)?.type ?? "file";
      if (type !== "file") throw new Refusal(`${path} is no file`);
      model.entries.set(path, program(found.prints));
    },
  ];
}

function venvStages(model: HostModel, { path, requirements }: Of<"make-venv">): readonly Stage[] {
  const marker = venvMarker({ path, requirements });
  return [
    () => {
      needParent(model, path);
      if (!model.entries.has(path)) model.entries.set(path, directory());
    },
    // What is half made is not complete, whatever it was before.
    () => model.entries.set(marker.path, file("")),
    () => {
      model.entries.set(`${path}/bin`, directory());
      model.entries.set(`${path}/bin/python3`, program("Python 3.11.2"));
    },
    () => model.entries.set(`${path}/lib`, file(requirements.join("\n"))),
    () => model.entries.set(marker.path, file(marker.text)),
  ];
}

function setLink(model: HostModel, path: string, target: string): void {
  needParent(model, path);
  const type = model.entries.get(path)?.type ?? "link";
  if (type !== "link") throw new Refusal(`${path} is no link`);
  model.entries.set(path, link(target));
}

function unitStages(
  model: HostModel,
  operation: Of<"start-unit" | "restart-unit"> | Of<"reload-unit">,
): readonly Stage[] {
  const { name, reloadedOn } = operation;
  const reread = () => daemonReload(model, name);
  const stamped = () => stamp(model, name, "reloaded", reloadedOn);
  if (operation.kind === "reload-unit") {
    const unsure = () => stamp(model, name, "reloaded", "");
    return [reread, unsure, () => reload(model, name), stamped];
  }
  const { kind, startedOn } = operation;
  // A package may have started it in the meantime, with less than it should run on.
  const isDone = () => kind === "start-unit" && runsOn(model, name, startedOn, reloadedOn);
  // Until it is up, nobody knows what it runs on.
  const unsure = () => {
    if (isDone()) return;
    stamp(model, name, "started", "");
    stamp(model, name, "reloaded", reloadedOn === undefined ? undefined : "");
  };
  return [
    reread,
    unsure,
    () => {
      if (!isDone()) start(model, name);
    },
    () => stamp(model, name, "started", startedOn),
    stamped,
  ];
}

function runsOn(
  model: HostModel,
  name: string,
  startedOn: string,
  reloadedOn: string | undefined,
): boolean {
  const isStamped = (word: "started" | "reloaded", digest: string) => {
    const entry = model.entries.get(stampPath(name, word));
    return entry?.type === "file" && entry.text === digest;
  };
  const isReloaded = reloadedOn === undefined || isStamped("reloaded", reloadedOn);
  return isRunning(model, name) && isStamped("started", startedOn) && isReloaded;
}

function stamp(
  model: HostModel,
  name: string,
  word: "started" | "reloaded",
  digest: string | undefined,
): void {
  if (digest === undefined) return;
  model.entries.set(stampPath(name, word), file(digest, { mode: "0600" }));
}
