/**
 * Whether a host in memory is as it was wished, read straight from the model: without questions,
 * facts or plans, so that a mistake in those is seen.
 */
import { removalSubject } from "../../../src/provision/removal/plan.ts";
import type { Access, Resource } from "../../../src/provision/resources/resource.ts";
import { type HostModel, copyOf } from "../fake/model.ts";
import { isMasked } from "../fake/systemd.ts";

/** What is not so, by the kind and the name of the resource. */
export function lacking(model: HostModel, resources: readonly Resource[]): readonly string[] {
  return resources.filter((resource) => !isSo(model, resource)).map(nameOf);
}

function nameOf(resource: Resource): string {
  if ("path" in resource) return `${resource.kind} ${resource.path}`;
  if (resource.kind === "removal") return removalSubject(resource);
  return resource.kind === "packages" ? "packages" : `${resource.kind} ${resource.name}`;
}

function isSo(model: HostModel, resource: Resource): boolean {
  const { entries, users, packages } = model;
  switch (resource.kind) {
    case "file":
      return textAt(model, resource.path) === resource.content.text && hasAccess(model, resource);
    case "directory":
      return entries.get(resource.path)?.type === "directory" && hasAccess(model, resource);
    case "block": {
      const { name, lines } = resource;
      const block = [`# begin vip-agent ${name}`, ...lines, `# end vip-agent ${name}`].join("\n");
      return textAt(model, resource.path)?.split(block).length === 2;
    }
    case "user": {
      const groups = users.get(resource.name)?.groups ?? [];
      return users.has(resource.name) && resource.groups.every((group) => groups.includes(group));
    }
    case "packages":
      return resource.names.every((name) => packages.has(name));
    case "package-file":
      return packages.get(resource.name) === `${resource.version}-1`;
    case "program": {
      const entry = entries.get(resource.path);
      return entry?.type === "file" && entry.prints === `Consul v${resource.version}`;
    }
    case "venv":
      return (
        textAt(model, `${resource.path}/lib`) === resource.requirements.join("\n") &&
        leadsTo(model, resource.link, resource.path)
      );
    case "link":
      return leadsTo(model, resource.path, resource.target);
    case "unit":
      return resource.state === "masked" ? rests(model, resource.name) : runs(model, resource.name);
    case "volume": {
      const volume = model.volumeGroups.get(resource.group)?.volumes.get(resource.name);
      return volume?.mountPoint === resource.mountPoint && volume.filesystem !== undefined;
    }
    // What is gone is told by test/provision/removal.
    case "removal":
      return true;
  }
}

function textAt({ entries }: HostModel, path: string): string | undefined {
  const entry = entries.get(path);
  return entry?.type === "file" ? entry.text : undefined;
}

function hasAccess({ entries }: HostModel, wished: Access & { readonly path: string }): boolean {
  const entry = entries.get(wished.path);
  return (
    entry?.owner === wished.owner && entry.group === wished.group && entry.mode === wished.mode
  );
}

function leadsTo({ entries }: HostModel, path: string, target: string): boolean {
  const entry = entries.get(path);
  return entry?.type === "link" && entry.target === target;
}

/** Not only running, but running on what its file and the files it reads say now. */
function runs(model: HostModel, name: string): boolean {
  const unit = model.units.get(name);
  if (unit?.active !== "active" || !unit.isEnabled || unit.runsOn.size === 0) return false;
  return [...unit.runsOn].every(([path, text]) => text === currentText(model, path));
}

function currentText(model: HostModel, path: string): string | undefined {
  if (path.startsWith("/")) return textAt(model, path);
  return (
    textAt(model, `/etc/systemd/system/${path}`) ?? textAt(model, `/usr/lib/systemd/system/${path}`)
  );
}

function rests(model: HostModel, name: string): boolean {
  return isMasked(model, name) && model.units.get(name)?.active !== "active";
}

/** What was there and is there no more, or is something else without having been wished. */
export function losses(
  before: HostModel,
  after: HostModel,
  resources: readonly Resource[],
): readonly string[] {
  const wished = new Set(resources.flatMap(pathsOf));
  const kept = new Set(after.kept.map(({ path, text }) => `${path}\n${text}`));
  const old = copyOf(before);
  const paths = [...old.entries].filter(([path, entry]) => {
    const now = after.entries.get(path);
    if (now === undefined || now.type !== entry.type) return true;
    if (entry.type !== "file" || now.type !== "file" || now.text === entry.text) return false;
    return !(wished.has(path) && kept.has(`${path}\n${entry.text}`)) && !isOurs(path);
  });
  const users = [...old.users].filter(([name, { groups, home }]) => {
    const now = after.users.get(name);
    return now?.home !== home || !groups.every((group) => now.groups.includes(group));
  });
  const packages = [...old.packages.keys()].filter((name) => !after.packages.has(name));
  const volumes = [...old.volumeGroups].flatMap(([group, { volumes: names, disks }]) => {
    const now = after.volumeGroups.get(group);
    const isLess = !disks.every((name) => now?.disks.includes(name));
    const changed = [...names].filter(([name, { filesystem, mountPoint }]) => {
      const volume = now?.volumes.get(name);
      const isOther = filesystem !== undefined && volume?.filesystem !== filesystem;
      const isMoved = mountPoint !== undefined && volume?.mountPoint !== mountPoint;
      return volume === undefined || isOther || isMoved;
    });
    return [...(isLess ? [group] : []), ...changed.map(([name]) => name)];
  });
  const stopped = [...old.units].filter(([name, { active, isEnabled }]) => {
    const now = after.units.get(name);
    const isStopped = active === "active" && now?.active !== "active";
    return isStopped || (isEnabled && now?.isEnabled !== true);
  });
  const named = [...paths, ...users, ...stopped].map(([name]) => name);
  return [...named, ...packages, ...volumes];
}

function pathsOf(resource: Resource): readonly string[] {
  return "path" in resource ? [resource.path] : [];
}

/** Written anew by operations as what they are: programs, packages, environments, mounts, stamps. */
function isOurs(path: string): boolean {
  return /^\/(usr|opt\/patroni|var\/lib\/vip-agent-provision)\/|^\/etc\/fstab$/.test(path);
}
