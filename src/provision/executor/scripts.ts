/**
 * Operations as scripts.
 *
 * Each may be repeated, leaves the host as it was or done, and leaves no temporary file behind. What
 * is secret is on stdin alone.
 */
import assert from "node:assert/strict";
import type { Operation } from "../resources/operation.ts";
import type { Material } from "./artefacts.ts";
import { accessStep, linkStep, writeFileStep, writeTextStep } from "./scripts/files.ts";
import { packageFileStep, packagesStep } from "./scripts/packages.ts";
import { programStep, venvStep } from "./scripts/programs.ts";
import { reloadStep, startStep, switchStep } from "./scripts/units.ts";
import { groupsStep, userStep } from "./scripts/users.ts";
import { removalStep } from "./scripts/removal.ts";
import { filesystemStep, mountStep, volumeStep } from "./scripts/volumes.ts";
import type { Step } from "./step.ts";

/** The material is what artefacts.ts has made ready for this operation. */
export function stepOf(operation: Operation, material: Material | undefined): Step {
  switch (operation.kind) {
    case "write-file":
      return writeFileStep(operation);
    case "write-text":
      return writeTextStep(operation);
    case "set-access":
    case "make-directory":
      return accessStep(operation);
    case "make-user":
      return userStep(operation);
    case "join-groups":
      return groupsStep(operation);
    case "install-packages":
      return packagesStep(operation);
    case "install-package-file":
      return packageFileStep(operation, needed(material));
    case "install-program":
      return programStep(operation, needed(material));
    case "make-venv":
      return venvStep(operation, material);
    case "set-link":
      return linkStep(operation);
    case "mask-unit":
    case "enable-unit":
      return switchStep(operation);
    case "start-unit":
    case "restart-unit":
      return startStep(operation);
    case "reload-unit":
      return reloadStep(operation);
    case "make-volume":
      return volumeStep(operation);
    case "make-filesystem":
      return filesystemStep(operation);
    case "mount":
      return mountStep(operation);
    case "stop-unit":
    case "disable-unit":
    case "unmask-unit":
    case "remove-file":
    case "remove-directory":
    case "remove-environment":
    case "remove-package":
    case "remove-data":
      return removalStep(operation);
  }
}

function needed(material: Material | undefined): Material {
  assert(material !== undefined, "nothing was made ready for this operation");
  return material;
}
