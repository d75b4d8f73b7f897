/**
 * What is to be gone from a host, part by part: the lists of the phases, turned round.
 *
 * Folders of data are in none of them but `dataRemoval`, which only a plan with the confirmation asks
 * for.
 */
import type { Host } from "../cluster/cluster.ts";
import { isDatabase } from "../cluster/hosts.ts";
import { agentWishes } from "../phases/wishes/agent.ts";
import { consulWishes } from "../phases/wishes/consul.ts";
import { journalAsItWas } from "../phases/wishes/journal.ts";
import { environmentWishes, patroniWishes } from "../phases/wishes/patroni.ts";
import { postgresqlWishes } from "../phases/wishes/postgresql.ts";
import type { World } from "../phases/world.ts";
import { journalConfig } from "../render/journal.ts";
import {
  agentFolder,
  consulConfigFile,
  consulDataFolder,
  consulFolder,
  controlConfigFile,
  dataFolder,
  journalFolder,
  passwordFile,
  patroniConfigFile,
  patroniFolder,
  patroniVenvs,
  walFolder,
} from "../render/paths.ts";
import { digestOf } from "../resources/digest.ts";
import type { Resource } from "../resources/resource.ts";
import { consulNote, consulNoteFile, patroniNote, patroniNoteFile } from "./notes.ts";
import type { RemovalWish, Thing } from "./thing.ts";
import { inOrder, undo } from "./undo.ts";

export type Comparison = {
  /** False where what was written cannot be computed: a host is left out, or the secrets are lost. */
  readonly isComparable: boolean;
};

/** Stopped before all others: with the agents the VIP goes. */
export function agentRest(world: World, host: Host, how: Comparison): readonly RemovalWish[] {
  const all = undo(agentWishes(world, host), { ...how, ownFolders: [] });
  return all.filter(({ thing }) => thing.kind === "unit");
}

export function patroniRemoval(world: World, host: Host, how: Comparison): readonly RemovalWish[] {
  const note: Thing = {
    kind: "note",
    path: patroniNoteFile,
    text: patroniNote(world.cluster, host),
    proofs: [patroniConfigFile],
  };
  const wishes = patroniWishes(world, host);
  const hasControl = wishes.some((one) => one.kind === "file" && one.path === controlConfigFile);
  // A group that the file does not name any more may have had one.
  const control: Thing = { kind: "file", path: controlConfigFile, expected: undefined };
  const undone = undo(wishes, { ...how, ownFolders: [patroniFolder] });
  return inOrder([...things(note, ...(hasControl ? [] : [control])), ...undone]);
}

/** What Patroni and its callbacks need, and so goes after them. */
export function programsRemoval(world: World, host: Host, how: Comparison): readonly RemovalWish[] {
  const agent = undo(agentWishes(world, host), { ...how, ownFolders: [] });
  const wishes: readonly Resource[] = [
    ...postgresqlWishes(world, host),
    ...environmentWishes(world),
  ];
  return inOrder([
    ...agent.filter(({ thing }) => thing.kind !== "unit"),
    ...things({ kind: "folder", path: agentFolder }),
    ...undo(wishes, { ...how, ownFolders: [patroniVenvs] }),
  ]);
}

export function consulRemoval(world: World, host: Host, how: Comparison): readonly RemovalWish[] {
  const note: Thing = {
    kind: "note",
    path: consulNoteFile,
    text: consulNote(world.cluster, host),
    proofs: [consulConfigFile],
  };
  const undone = undo(consulWishes(world, host), { ...how, ownFolders: [consulFolder] });
  return inOrder([...things(note), ...undone]);
}

export function journalRemoval({ cluster }: World, how: Comparison): readonly Resource[] {
  const text = how.isComparable ? journalConfig(cluster.journal) : undefined;
  const expected = text === undefined ? undefined : digestOf(text);
  return [...journalAsItWas(expected), ...things({ kind: "folder", path: journalFolder })];
}

/** What the user has confirmed in two words. Disks, volumes and what they are mounted on stay. */
export function dataRemoval({ cluster }: World, host: Host): readonly RemovalWish[] {
  const { dataRoot, walRoot, major } = cluster.postgresql;
  const ofPostgresql: readonly Thing[] = [
    { kind: "data", path: dataFolder(cluster), claim: "postgresql" },
    { kind: "data", path: walFolder(cluster), claim: "wal" },
    { kind: "file", path: passwordFile(cluster), expected: undefined },
    { kind: "folder", path: `${dataRoot}/${major}` },
    { kind: "folder", path: `${walRoot}/${major}` },
    { kind: "file", path: patroniNoteFile, expected: undefined },
  ];
  return inOrder(
    things(
      ...(isDatabase(host) ? ofPostgresql : []),
      { kind: "data", path: consulDataFolder, claim: "consul" },
      { kind: "file", path: consulNoteFile, expected: undefined },
    ),
  );
}

function things(...all: readonly Thing[]): readonly RemovalWish[] {
  return all.map((thing) => ({ kind: "removal", thing }));
}
