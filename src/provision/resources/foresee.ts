/**
 * The facts as they will be once an operation is done.
 *
 * A plan is made from facts of one moment, and its later parts must not undo its earlier ones: a
 * second block in /etc/hosts is put into the text that has the first, and a directory on a volume
 * that is about to be mounted is not the one that lies there now. Only what resources of one plan can
 * do to each other is foreseen; everything else is asked anew by the next run.
 */
import { foreseeRemoval } from "../removal/plan.ts";
import { isRemoval } from "../removal/operation.ts";
import { digestOf } from "./digest.ts";
import { absentPath } from "./answers.ts";
import type { Facts, PathFact } from "./facts.ts";
import type { Operation } from "./operation.ts";

export function foresee(facts: Facts, operation: Operation): Facts {
  if (operation.kind === "write-file") {
    const { path, owner, group, mode, content } = operation;
    return withText(facts, path, { owner, group, mode, text: content.text });
  }
  if (operation.kind === "write-text") {
    const { path, text } = operation;
    const found = facts.paths.get(path);
    return found === undefined ? facts : withText(facts, path, { ...found, text });
  }
  if (isRemoval(operation)) return foreseeRemoval(facts, operation);
  return operation.kind === "mount" ? withMount(facts, operation.mountPoint) : facts;
}

function withText(
  facts: Facts,
  path: string,
  { owner, group, mode, text }: Pick<PathFact, "owner" | "group" | "mode"> & { text: string },
): Facts {
  const file: PathFact = {
    type: "file",
    owner,
    group,
    mode,
    sha256: digestOf(text),
    target: undefined,
  };
  const paths = new Map(facts.paths).set(path, file);
  // A text that nobody asked for may be a secret.
  if (!facts.texts.has(path)) return { ...facts, paths };
  return { ...facts, paths, texts: new Map(facts.texts).set(path, text) };
}

/** The root of a new file system, and nothing below it but what is not asked for. */
function withMount(facts: Facts, mountPoint: string): Facts {
  const root: PathFact = {
    ...absentPath,
    type: "directory",
    owner: "root",
    group: "root",
    mode: "0755",
  };
  const isHidden = (path: string) => path.startsWith(`${mountPoint}/`);
  const paths = [...facts.paths].map(([path, found]): [string, PathFact] => {
    if (path === mountPoint) return [path, root];
    return [path, isHidden(path) ? absentPath : found];
  });
  const texts = [...facts.texts].map(([path, text]): [string, string | undefined] => {
    return [path, isHidden(path) ? undefined : text];
  });
  return { ...facts, paths: new Map(paths), texts: new Map(texts) };
}
