/**
 * What is done to a host: the steps that a plan consists of. Only types.
 *
 * Each is one script of a few lines (executor/scripts.ts), leaves the host either as it was or done,
 * and may be repeated. None of those that bring something deletes data; of those that take something
 * away (removal/operation.ts) one does, and it is in no plan of `apply`.
 */
import type { Artefact } from "../cluster/cluster.ts";
import type { RemovalOperation } from "../removal/operation.ts";
import type { Access, Content, Validator } from "./resource.ts";

export type Operation =
  /** The previous file, if there is one, is kept beside the state of the tool. */
  | (Access & {
      readonly kind: "write-file";
      readonly path: string;
      readonly content: Content;
      readonly validator?: Validator;
    })
  | (Access & { readonly kind: "set-access"; readonly path: string })
  | (Access & { readonly kind: "make-directory"; readonly path: string })
  /** The whole new text of a file that others own; its access stays. */
  | {
      readonly kind: "write-text";
      readonly path: string;
      readonly text: string;
      /**
       * Digest of the text that it was made from. Where there is neither that nor the new one by now,
       * nothing is written: somebody's edit would be lost.
       */
      readonly basedOn?: string;
    }
  | {
      readonly kind: "make-user";
      readonly name: string;
      readonly home: string;
      readonly groups: readonly string[];
    }
  | { readonly kind: "join-groups"; readonly name: string; readonly groups: readonly string[] }
  | { readonly kind: "install-packages"; readonly names: readonly string[] }
  | { readonly kind: "install-package-file"; readonly name: string; readonly artefact: Artefact }
  | { readonly kind: "install-program"; readonly path: string; readonly artefact: Artefact }
  | {
      readonly kind: "make-venv";
      readonly path: string;
      readonly requirements: readonly string[];
      readonly wheels: string | undefined;
    }
  | { readonly kind: "set-link"; readonly path: string; readonly target: string }
  | { readonly kind: "mask-unit"; readonly name: string }
  | { readonly kind: "enable-unit"; readonly name: string }
  /**
   * Stamps are emptied before systemd is asked, and written once it has done it: between the two,
   * nobody knows what the unit runs on. To start one that runs with other stamps is to restart it.
   */
  | {
      readonly kind: "start-unit" | "restart-unit";
      readonly name: string;
      readonly startedOn: string;
      readonly reloadedOn: string | undefined;
    }
  | { readonly kind: "reload-unit"; readonly name: string; readonly reloadedOn: string }
  | {
      readonly kind: "make-volume";
      readonly group: string;
      readonly name: string;
      readonly disk: string;
      /** The one that was shown in the plan; another one ends the run. */
      readonly serial: string;
    }
  | { readonly kind: "make-filesystem"; readonly group: string; readonly name: string }
  | {
      readonly kind: "mount";
      readonly group: string;
      readonly name: string;
      readonly mountPoint: string;
    }
  | RemovalOperation;

/** Why a resource cannot be had on this host: the run ends before anything is done. */
export type Obstacle = {
  readonly subject: string;
  readonly finding: string;
  readonly remedy: string;
};
