/**
 * Questions to a host, and what its answers mean.
 *
 * The answers are read strictly: one that lacks or makes no sense is a failure of the whole look, and
 * never taken for an absence, since what is absent gets made.
 */
import { type Outcome, done, failed } from "../../outcome.ts";
import { absentPath } from "../resources/answers.ts";
import type {
  DiskFact,
  Facts,
  HostFact,
  PathFact,
  Question,
  UnitFact,
  UserFact,
  VolumeFact,
} from "../resources/facts.ts";
import { AnswerError, Answer, answersIn } from "./probe-answer.ts";
import { endWord, probeScript } from "./probe-script.ts";
import type { Step } from "./step.ts";

const deadlineMs = 90_000;

const pathTypes = ["file", "directory", "link", "other"] as const;
const managers = ["apt", "dnf", "unknown"] as const;

export function probeStep(questions: readonly Question[]): Step {
  return { script: probeScript, args: questions.flatMap(argsOf), deadlineMs };
}

/** The answers are in the order of the questions. */
export function parseFacts(text: string, questions: readonly Question[]): Outcome<Facts, "failed"> {
  const answers = answersIn(text, endWord);
  if (answers === undefined) return failed("failed", "the probe was cut off before its end");
  const find = (number: number) => new Answer(number, answers.get(number) ?? []);
  const paths = new Map<string, PathFact>();
  const texts = new Map<string, string | undefined>();
  const lists = new Map<string, readonly string[] | undefined>();
  const users = new Map<string, UserFact>();
  const packages = new Map<string, string | undefined>();
  const programs = new Map<string, string | undefined>();
  const units = new Map<string, UnitFact>();
  const disks = new Map<string, DiskFact>();
  const volumes = new Map<string, VolumeFact>();
  try {
    for (const [index, question] of questions.entries()) {
      const answer = find(index + 1);
      switch (question.about) {
        case "path":
          paths.set(question.path, pathOf(answer));
          break;
        case "text":
          texts.set(question.path, answer.bytes("text"));
          break;
        case "list":
          lists.set(question.path, listOf(answer));
          break;
        case "user":
          users.set(question.name, userOf(answer));
          break;
        case "package":
          packages.set(question.name, answer.word("version") || undefined);
          break;
        case "program":
          programs.set(question.path, answer.bytes("output"));
          break;
        case "unit":
          units.set(question.name, unitOf(answer));
          break;
        case "disk":
          disks.set(question.path, diskOf(answer));
          break;
        case "volume":
          volumes.set(`${question.group}/${question.name}`, volumeOf(answer));
      }
    }
    const host = hostOf(find(0));
    return done({ host, paths, texts, lists, users, packages, programs, units, disks, volumes });
  } catch (error) {
    if (error instanceof AnswerError) return failed("failed", error.message);
    throw error;
  }
}

function argsOf(question: Question): readonly string[] {
  const words = wordsOf(question);
  return [question.about, String(words.length), ...words];
}

function wordsOf(question: Question): readonly string[] {
  switch (question.about) {
    case "path":
    case "text":
    case "list":
    case "disk":
      return [question.path];
    case "user":
    case "package":
    case "unit":
      return [question.name];
    case "program":
      return [question.path, ...question.args];
    case "volume":
      return [question.group, question.name];
  }
}

function hostOf(answer: Answer): HostFact {
  const release = new Map(
    (answer.bytes("os") ?? "").split("\n").flatMap((line) => {
      const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? [];
      return key === undefined
        ? []
        : [[key, (value ?? "").replaceAll(/^["']|["']$/g, "")] as const];
    }),
  );
  const nanoseconds = answer.word("clock");
  return {
    os: {
      id: release.get("ID") ?? "linux",
      idLike: (release.get("ID_LIKE") ?? "").split(" ").filter((word) => word !== ""),
      version: release.get("VERSION_ID") ?? "",
    },
    packageManager: answer.oneOf("manager", managers),
    architecture: answer.word("machine"),
    memoryMb: Math.floor(answer.number("memory") / 1_024),
    processors: answer.number("processors"),
    clockMs: answer.check(Number(nanoseconds.slice(0, -6)), "clock"),
  };
}

function pathOf(answer: Answer): PathFact {
  if (answer.word("type") === "absent") return absentPath;
  const type = answer.oneOf("type", pathTypes);
  const empty = type === "directory" ? { isEmpty: answer.word("empty") === "yes" } : {};
  return {
    type,
    owner: answer.word("owner"),
    group: answer.word("group"),
    mode: answer.word("mode"),
    sha256: type === "file" ? digestOf(answer) : undefined,
    target: type === "link" ? answer.bytes("target") : undefined,
    ...empty,
  };
}

function digestOf(answer: Answer): string | undefined {
  return answer.word("sha256") === "large" ? undefined : answer.digest("sha256");
}

function listOf(answer: Answer): readonly string[] | undefined {
  return answer
    .bytes("list")
    ?.split("\n")
    .filter((name) => name !== "");
}

function userOf(answer: Answer): UserFact {
  const home = answer.bytes("home");
  if (home === undefined) return undefined;
  return { home, groups: (answer.bytes("groups") ?? "").split(" ").filter((name) => name !== "") };
}

function unitOf(answer: Answer): UnitFact {
  answer.word("unit");
  const states = new Map(
    answer.all("state").map((line) => {
      const [key = "", value = ""] = line.split("=", 2);
      return [key, value] as const;
    }),
  );
  const loaded = states.get("LoadState") ?? "not-found";
  const file = states.get("UnitFileState") ?? "";
  return {
    isKnown: loaded !== "not-found",
    // What is only until the next boot does not count: "enabled-runtime".
    isEnabled: file === "enabled",
    isMasked: loaded === "masked" || file.startsWith("masked"),
    isMaskLasting: file === "masked",
    active: states.get("ActiveState") ?? "unknown",
    startedOn: answer.optionalBytes("started")?.trim(),
    reloadedOn: answer.optionalBytes("reloaded")?.trim(),
  };
}

function diskOf(answer: Answer): DiskFact {
  const device = answer.bytes("device");
  if (device === undefined) {
    return { isThere: false, device: "", serial: "", sizeBytes: 0, uses: [] };
  }
  return {
    isThere: true,
    device,
    serial: answer.bytes("serial") ?? "",
    sizeBytes: answer.number("size"),
    uses: answer.allBytes("use"),
  };
}

function volumeOf(answer: Answer): VolumeFact {
  answer.word("volume");
  const groupDisks = answer.allBytes("disk");
  if (answer.all("there").length === 0) {
    const absent = { filesystem: undefined, uuid: undefined, mountPoint: undefined };
    return { isThere: false, sizeBytes: 0, ...absent, groupDisks };
  }
  return {
    isThere: true,
    sizeBytes: answer.number("size"),
    filesystem: answer.optionalBytes("filesystem") || undefined,
    uuid: answer.optionalBytes("uuid") || undefined,
    mountPoint: answer.optionalBytes("mount") || undefined,
    groupDisks,
  };
}
