/**
 * What a host needs for the retention of its logs: a drop-in for the journal, which reads it at its start
 * only. What other services say meanwhile waits in their sockets, and is not lost.
 */
import type { JournalWish } from "../../cluster/cluster.ts";
import { journalConfigFile, journalFolder } from "../../render/paths.ts";
import { journalConfig } from "../../render/journal.ts";
import type { Resource } from "../../resources/resource.ts";

const root = { owner: "root", group: "root" } as const;

export function journalWishes(wish: JournalWish): readonly Resource[] {
  const text = journalConfig(wish);
  if (text === undefined) return journalAsItWas(undefined);
  return [
    { kind: "directory", path: journalFolder, ...root, mode: "0755" },
    {
      kind: "file",
      path: journalConfigFile,
      ...root,
      mode: "0644",
      content: { text, isSecret: false },
    },
    restartedOn(text),
  ];
}

/** The drop-in goes; `expected`, a digest, tells whether it was changed by hand. */
export function journalAsItWas(expected: string | undefined): readonly Resource[] {
  const thing = { kind: "file", path: journalConfigFile, expected } as const;
  return [{ kind: "removal", thing }, restartedOn("")];
}

function restartedOn(text: string): Resource {
  return {
    kind: "unit",
    name: "systemd-journald.service",
    state: "restarted",
    restartsOn: text,
  };
}
