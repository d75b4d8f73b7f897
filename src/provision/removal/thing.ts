/**
 * What provisioning has put onto a host, as something that shall be gone. Only types.
 *
 * Like every other resource it is a wish: what is to be done about it follows from the facts of the
 * host, and nothing follows where it is gone already. Where a thing could be somebody else's, it has
 * proofs: files that provisioning writes beside it. While none of them is there, nothing shows that
 * the thing is ours, and it stays.
 */

/** What a folder of data claims to be; it is only deleted where it looks like that. */
export type Claim = "postgresql" | "wal" | "consul";

export type Thing =
  | {
      readonly kind: "file";
      readonly path: string;
      /** Digest of what provisioning wrote; undefined: it cannot be known. */
      readonly expected: string | undefined;
    }
  | { readonly kind: "program"; readonly path: string; readonly proofs: readonly string[] }
  /** With another target it is somebody else's. */
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "block"; readonly path: string; readonly name: string }
  /** Gone when it is empty: what others have put into it stays, and so does the folder. */
  | { readonly kind: "folder"; readonly path: string }
  /** Python environments, one folder for each version, and the link to the one in use. */
  | { readonly kind: "environments"; readonly folder: string; readonly link: string }
  | { readonly kind: "unit"; readonly name: string; readonly proofs: readonly string[] }
  | { readonly kind: "mask"; readonly name: string; readonly proofs: readonly string[] }
  | { readonly kind: "package"; readonly name: string; readonly proofs: readonly string[] }
  /**
   * Whose the data of the host are. It is written, not removed: before the file that has said it
   * until then, its proof, is gone.
   */
  | {
      readonly kind: "note";
      readonly path: string;
      readonly text: string;
      readonly proofs: readonly string[];
    }
  /** Only in the plan of who has confirmed it. */
  | { readonly kind: "data"; readonly path: string; readonly claim: Claim };

export type RemovalWish = { readonly kind: "removal"; readonly thing: Thing };
