/**
 * The steps that take things off a host. Only types.
 *
 * Like those that bring them, each leaves the host as it was or done, and may be repeated. A file that
 * is removed is kept beside the state of the tool, as one that is replaced. A single one of them
 * deletes data, and it looks for itself whether the folder is what it claims to be.
 */
import type { Claim } from "./thing.ts";

export type RemovalOperation =
  | { readonly kind: "stop-unit" | "disable-unit" | "unmask-unit"; readonly name: string }
  /** A file or a link. */
  | { readonly kind: "remove-file"; readonly path: string }
  /** An empty one. */
  | { readonly kind: "remove-directory"; readonly path: string }
  | { readonly kind: "remove-environment"; readonly path: string }
  | { readonly kind: "remove-package"; readonly name: string }
  | { readonly kind: "remove-data"; readonly path: string; readonly claim: Claim };

const removals: Readonly<Record<RemovalOperation["kind"], true>> = {
  "stop-unit": true,
  "disable-unit": true,
  "unmask-unit": true,
  "remove-file": true,
  "remove-directory": true,
  "remove-environment": true,
  "remove-package": true,
  "remove-data": true,
};

/** Of all operations. */
export function isRemoval(operation: { readonly kind: string }): operation is RemovalOperation {
  return operation.kind in removals;
}
