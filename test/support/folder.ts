/** A folder that goes with the test, or, where none is given, with the suite or file that asked. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A test's context is one. */
export type Owner = { readonly after: (end: () => void) => void };

export function makeFolder(owner: Owner = { after }): string {
  const folder = mkdtempSync(join(tmpdir(), "vip-agent-"));
  // Programs that were told to end may write there for a moment yet.
  owner.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
