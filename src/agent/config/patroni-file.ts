/**
 * Patroni's own configuration as a source of ours: one line that names patroni.yml stands for the
 * leader key, the member, Consul, the REST API and the data directory.
 *
 * It is the weakest source, so whatever is set for the agent itself wins. What Patroni says is
 * translated into the names and the spelling of our settings, each with its line, and is then read
 * and judged like any other value. What it lacks is noted as a gap, which costs something only where
 * the value is needed and nobody else gives it.
 *
 * PATRONI_ variables, which Patroni puts on top of its file, are those of another service and are not
 * read; bootstrap.dcs counts only until the cluster exists, and the config key has what counts since.
 */
import type { Complaint } from "../../complaints.ts";
import { directoryProblem } from "./host.ts";
import { type Level, type Levels, ownWord } from "./merge.ts";
import { consulWords } from "./patroni-consul.ts";
import { restWords } from "./patroni-rest.ts";
import { type PatroniWord, PatroniYaml, type SourceFile } from "./patroni-yaml.ts";
import type { Given, Raw } from "./raw.ts";
import { type Reading, readSetting } from "./reading.ts";
import type { SettingKey } from "./table.ts";

export type PatroniFile = {
  readonly level: Level;
  readonly path: string;
  /** The commands of `postgresql.callbacks`, by the names of the callbacks. */
  readonly callbacks: ReadonlyMap<string, string>;
};

/** Undefined where none is named, or where it cannot be read, with complaints then. */
export function readPatroniFile(reading: Reading): PatroniFile | undefined {
  const path = readSetting(reading, "patroni");
  const files = path === undefined ? undefined : readFiles(reading, path);
  if (path === undefined || files === undefined) return undefined;
  const yaml = PatroniYaml.parse(path, files, reading.complaints);
  if (yaml === undefined) return undefined;
  const words = [...leaderWords(yaml), ...consulWords(yaml), ...restWords(yaml)];
  return { path, level: levelOf(words, reading.levels), callbacks: callbacksOf(yaml) };
}

function readFiles(reading: Reading, path: string): readonly SourceFile[] | undefined {
  const { host, complaints } = reading;
  const first = host.readFile(path);
  if (first.ok) return [{ path, text: first.text }];
  if (first.problem !== directoryProblem) {
    complaints.push(unreadable(reading, path, first.problem));
    return undefined;
  }
  const names = host.listDirectory(path).filter((name) => /\.ya?ml$/.test(name));
  const files = names.toSorted().flatMap((name): SourceFile[] => {
    const file = `${path.replace(/\/+$/, "")}/${name}`;
    const read = host.readFile(file);
    if (read.ok) return [{ path: file, text: read.text }];
    if (read.problem !== directoryProblem) {
      complaints.push(unreadable(reading, file, read.problem));
    }
    return [];
  });
  if (complaints.some(({ key, severity }) => key === "patroni" && severity === "error")) {
    return undefined;
  }
  if (files.length > 0) return files;
  complaints.push(unreadable(reading, path, "is a directory without a file of YAML"));
  return undefined;
}

function unreadable({ host, levels }: Reading, path: string, problem: string): Complaint {
  const { user } = host;
  const isForbidden = problem.includes("may not be read");
  return {
    severity: "error",
    key: "patroni",
    where: ownWord(levels, "patroni")?.raw.where ?? { kind: "nowhere" },
    value: path,
    wrong: isForbidden ? `may not be read by ${user}` : problem,
    expected: "Patroni's configuration, a file or a directory of files",
    ...(isForbidden
      ? {
          remedy:
            `allow ${user} to read it: setfacl -m u:${user}:r ${path}; ` +
            "or set here what it would say",
        }
      : {}),
  };
}

/** What of patroni.yml is not meant beside which setting of our own: the rest of another pair. */
const otherHalves: readonly (readonly [of: SettingKey, own: SettingKey])[] = [
  ["consul-cert-file", "consul-key-file"],
  ["consul-key-file", "consul-cert-file"],
  ["patroni-cert-file", "patroni-key-file"],
  ["patroni-key-file", "patroni-cert-file"],
  ["patroni-password", "patroni-username"],
];

function levelOf(words: readonly PatroniWord[], levels: Levels): Level {
  const unmeant = otherHalves.filter(([, own]) => ownWord(levels, own) !== undefined);
  const level = new Map<SettingKey, Given>();
  for (const [key, name, raw] of words) {
    const isMeant = !unmeant.some(([of]) => of === key);
    if (raw !== undefined && isMeant) level.set(key, { key, name, raw });
  }
  return level;
}

/** Patroni's own default (patroni/dcs/__init__.py). */
const defaultNamespace = "service";

function leaderWords(yaml: PatroniYaml): readonly PatroniWord[] {
  const name = yaml.raw("name") ?? yaml.raw("postgresql", "name");
  const unnamed = {
    kind: "empty",
    why: "patroni.yml has no name",
    where: yaml.where,
  } as const;
  return [
    ["trigger-key", "scope", leaderKey(yaml)],
    ["trigger-value", "name", name ?? unnamed],
    ["data-directory", "postgresql.data_dir", yaml.raw("postgresql", "data_dir")],
  ];
}

/** `<namespace>/<scope>/leader`; of a Citus cluster, each group has its own. */
function leaderKey(yaml: PatroniYaml): Raw {
  const scope = yaml.raw("scope");
  if (scope === undefined) {
    return { kind: "empty", why: "patroni.yml has no scope", where: yaml.where };
  }
  if (scope.kind !== "text") return scope;
  const namespace = yaml.text("namespace") ?? defaultNamespace;
  // Without the one or the other Patroni passes over the section.
  const group = yaml.has("citus", "database") ? yaml.wholeNumber("citus", "group") : undefined;
  const parts = [namespace, scope.text, ...(group === undefined ? [] : [group]), "leader"];
  const text = parts.join("/").replaceAll(/\/+/g, "/").replace(/^\//, "");
  return { ...scope, text };
}

const callbackNames = ["on_start", "on_stop", "on_role_change", "on_restart", "on_reload"];

function callbacksOf(yaml: PatroniYaml): ReadonlyMap<string, string> {
  const commands = callbackNames.map((name) => {
    return [name, yaml.text("postgresql", "callbacks", name) ?? ""] as const;
  });
  return new Map(commands.filter(([, command]) => command !== ""));
}
