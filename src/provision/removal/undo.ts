/**
 * What is to be gone, from what was wished: the removal of a phase is its own list, turned round. So
 * whatever provisioning will bring one day, it takes away too.
 *
 * What proves that things are ours goes after them: a run that was cut off finds the proof again.
 * Users and packages of the system, volumes, and folders of data are no part of it.
 */
import { dirname } from "node:path";

import { digestOf } from "../resources/digest.ts";
import type { Resource } from "../resources/resource.ts";
import type { RemovalWish, Thing } from "./thing.ts";

export type UndoOptions = {
  /** Folders that hold nothing but what provisioning puts there. */
  readonly ownFolders: readonly string[];
  /** False: what was written cannot be computed here, so nothing is called changed by hand. */
  readonly isComparable: boolean;
};

/** What is stopped goes before what it runs from, and proofs and folders last. */
const order: readonly Thing["kind"][] = [
  "note",
  "unit",
  "mask",
  "package",
  "program",
  "link",
  "environments",
  "block",
  "data",
  "file",
  "folder",
];

export function undo(resources: readonly Resource[], options: UndoOptions): readonly RemovalWish[] {
  const proofs = proofsIn(resources, options);
  const things = resources.toReversed().flatMap((one) => thingOf(one, proofs, options));
  return inOrder(things.map((thing) => ({ kind: "removal", thing })));
}

export function inOrder(wishes: readonly RemovalWish[]): readonly RemovalWish[] {
  return wishes.toSorted((a, b) => order.indexOf(a.thing.kind) - order.indexOf(b.thing.kind));
}

/** Files; where there are none, folders. */
function proofsIn(resources: readonly Resource[], { ownFolders }: UndoOptions): readonly string[] {
  const files = resources.flatMap((one) => (one.kind === "file" ? [one.path] : []));
  return files.length > 0 ? files : ownFolders;
}

function thingOf(
  resource: Resource,
  proofs: readonly string[],
  { ownFolders, isComparable }: UndoOptions,
): readonly Thing[] {
  switch (resource.kind) {
    case "file": {
      const { path, content } = resource;
      const expected = isComparable ? digestOf(content.text) : undefined;
      return [{ kind: "file", path, expected }];
    }
    case "block":
      return [{ kind: "block", path: resource.path, name: resource.name }];
    case "link":
      return [{ kind: "link", path: resource.path, target: resource.target }];
    case "program":
      return [{ kind: "program", path: resource.path, proofs }];
    case "package-file":
      return [{ kind: "package", name: resource.name, proofs }];
    case "venv":
      return [{ kind: "environments", folder: dirname(resource.path), link: resource.link }];
    case "unit":
      return resource.state === "restarted" ? [] : [unitThing(resource, proofs)];
    case "directory":
      return ownFolders.includes(resource.path) ? [{ kind: "folder", path: resource.path }] : [];
    case "user":
    case "packages":
    case "volume":
    case "removal":
      return [];
  }
}

/** Its own file is the best proof; that of a package's unit is what it reads. */
function unitThing(
  { name, state }: Extract<Resource, { readonly kind: "unit" }>,
  proofs: readonly string[],
): Thing {
  if (state === "masked") return { kind: "mask", name, proofs };
  const own = proofs.filter((path) => path.endsWith(`/${name}`));
  return { kind: "unit", name, proofs: own.length > 0 ? own : proofs };
}
