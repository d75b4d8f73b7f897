/**
 * Every command that the documentation shows, run.
 *
 * The commands are read from the pages themselves, so a page cannot show one that does not work.
 * `npm run` of something is held to be run where that script is the test itself, a lab test of its
 * own (the demo, the benchmark) or trivially safe; its name must exist. Whatever else appears and
 * is not known here fails, until somebody says how it is proven.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { makeFolder } from "./support/folder.ts";

const root = join(import.meta.dirname, "..");
const pages = ["README.md", "README.ru.md", "CONTRIBUTING.md", ...docPages()];
const commands = [...new Set(pages.flatMap(commandsOf))];
const scripts = packageScripts();

function docPages(): string[] {
  return readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
}

/** Indented lines and inline code that begin with a program of ours or npm's. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  const isCommand = (line: string) => /^(npm|npx|sh|node|vip-agent|systemctl)\b/.test(line);
  const lines = text.split("\n").filter((line) => line.startsWith("    "));
  const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? "");
  return [...lines, ...inline]
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => isCommand(line) && /\s/.test(line));
}

function packageScripts(): ReadonlySet<string> {
  const { scripts: known } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return new Set(Object.keys(known));
}

/** The first configuration that docs/configuration.md shows, in a file. */
function shownConfiguration(t: TestContext): string {
  const text = readFileSync(join(root, "docs/configuration.md"), "utf8");
  const [, yaml = ""] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  const file = join(makeFolder(t), "vip-agent.yml");
  writeFileSync(file, yaml);
  return file;
}

function run(path: string, args: readonly string[]): number | null {
  return spawnSync(path, args, { cwd: root, stdio: "ignore", timeout: 60_000 }).status;
}

/** How a command is proven: the first row that knows it. */
const proofs: readonly {
  readonly knows: RegExp;
  readonly prove: (command: string, t: TestContext) => void;
}[] = [
  {
    knows: /^npm (?:run )?([a-z:]+)\b/,
    prove: (command) => {
      const [, name = ""] = /^npm (?:run )?([a-z:]+)\b/.exec(command) ?? [];
      assert(scripts.has(name), `package.json has no script ${name}`);
    },
  },
  {
    knows: /^vip-agent (run|check|release|--help|--version)/,
    prove: (command, t) => {
      // `run` would stay; that it runs is what every lab test shows. Here its flags are tried.
      const args = command.replace(" run ", " check ").split(" ").slice(1);
      const [name] = args;
      const config = `--config=${shownConfiguration(t)}`;
      if (args.includes("--live")) return; // Held against a real host in test/lab/check.test.ts.
      const real = args.map((arg) => (arg.startsWith("--config=") ? config : arg));
      const given = real.length === 1 && name !== "--help" ? [...real, config] : real;
      const status = run(process.execPath, ["src/cli/main.ts", ...given]);
      assert([0, 3].includes(status ?? -1), `exit code ${status}`);
    },
  },
  {
    // What it says where an agent runs is shown by test/lab/operate/status.test.ts.
    knows: /^vip-agent status\b/,
    prove: (command, t) => {
      const args = command.split(" ").slice(1);
      const asked = args.filter((arg) => arg !== "--watch");
      const real = asked.map((arg) =>
        arg.startsWith("--config=") ? `--config=${shownConfiguration(t)}` : arg,
      );
      const status = run(process.execPath, ["src/cli/main.ts", ...real]);
      assert([0, 1, 3, 4].includes(status ?? -1), `exit code ${status}`);
    },
  },
  {
    // On hosts: test/hosts/provision. Here there is no cluster file, and that is what each has to say.
    knows: /^vip-agent provision\b/,
    prove: (command, t) => {
      const [words = ""] = command.split(/ [>|] /);
      const [verb, ...args] = words.split(" ").slice(2);
      const cwd = makeFolder(t);
      const program = [
        join(root, "src/cli/main.ts"),
        "provision",
        ...(verb ? [verb] : []),
        ...args,
      ];
      const { status } = spawnSync(process.execPath, program, { cwd, stdio: "ignore" });
      assert.equal(status, verb === undefined ? 64 : verb === "init" ? 0 : 1);
    },
  },
  {
    // What it does on a host with a daemon is shown by test/hosts/callbacks.test.ts.
    knows: /^vip-agent(-| )callback ACTION ROLE SCOPE/,
    prove: (_, t) => {
      const directory = makeFolder(t);
      const client = join(root, "packaging/callbacks/vip-agent-callback");
      assert.equal(run("sh", [client, "--directory", directory, "on_stop", "primary", "test"]), 0);
      assert.deepEqual(readdirSync(directory), ["on_stop.primary.test"]);
    },
  },
  {
    knows: /^(?:npx |sh lab\/sandbox\.sh )node --test /,
    prove: (command) => {
      const file = command.split(" ").at(-1) ?? "";
      assert(existsSync(join(root, file)), `there is no ${file}`);
      if (file.startsWith("test/lab/")) return;
      const args = command.replaceAll("'", "").split(" ").slice(2);
      execFileSync(process.execPath, args, { cwd: root, env: {}, timeout: 60_000 });
    },
  },
  {
    knows: /^sh lab\/sandbox\.sh (true|sh)$/,
    prove: (command) => assert.equal(run("sh", command.split(" ").slice(1)), 0),
  },
  {
    // Run on a real systemd by test/hosts/{docs,migrate,operations}.test.ts, which read these pages.
    knows: /^systemctl /,
    prove: (command) => {
      const names = ["systemd", "migrate-from-vip-manager", "operations"];
      const shown = names.map((name) => join(root, `docs/${name}.md`)).filter(existsSync);
      assert(shown.some((file) => readFileSync(file, "utf8").includes(command)));
    },
  },
  { knows: /^npx node$/, prove: () => assert.equal(run(process.execPath, ["--version"]), 0) },
];

describe("each command in the documentation", () => {
  for (const command of commands) {
    test(command, (t) => {
      const proof = proofs.find(({ knows }) => knows.test(command));
      assert(proof !== undefined, "nobody has said how this command is proven");
      proof.prove(command, t);
    });
  }
});

test("the documentation shows commands at all", () => {
  assert(commands.length >= 10, commands.join("\n"));
});

test("the demo's output in the README has the scenes that the demo plays", () => {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const [, shown = ""] = /```text\n([\s\S]*?)```/.exec(text) ?? [];
  const scenes = readFileSync(join(root, "demo/scenes.ts"), "utf8");
  for (const scene of ["A first leader", "A switchover from", "(SIGKILL)", "(SIGTERM)"]) {
    assert(scenes.includes(scene), `the demo plays no scene "${scene}"`);
    assert(shown.includes(scene), `the README shows no scene "${scene}"`);
  }
});

test("what the pages link to is there", () => {
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8");
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(
      ([, target]) => target ?? "",
    );
    return links
      .filter((target) => !existsSync(join(root, page, "..", target)))
      .map((target) => `${page}: ${target}`);
  });
  assert.deepEqual(broken, []);
});

/** One language of the README, cut into what can be held against the other one. */
function readmeParts(name: string) {
  const text = readFileSync(join(root, name), "utf8");
  const blocks = text.match(/^```[^]*?^```$|^(?: {4}.*\n)+/gm) ?? [];
  const plain = blocks.reduce((rest, block) => rest.replace(block, ""), text);
  const rows = plain.match(/^\|.*$/gm) ?? [];
  const prose = plain.replaceAll(/^\|.*$|`[^`]*`|\]\([^)]*\)/gm, "");
  const [otherLanguage, ...links] = [...plain.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to);
  return {
    otherLanguage,
    same: {
      // A comment is for the readers of one language.
      code: blocks.map((block) => block.replaceAll(/(\S) +# .*$/gm, "$1")),
      inlineCode: [...plain.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code).toSorted(),
      headings: plain.match(/^#+(?= )/gm),
      links,
      tables: rows.map((row) => ({ columns: row.split("|").length, numbers: numbersOf(row) })),
      // A sentence has another order in another language.
      sections: prose.split(/^#+ /m).map((section) => numbersOf(section).toSorted()),
    },
  };
}

function numbersOf(text: string): readonly string[] {
  return text.replaceAll(/(\d),(?=\d{3}\b)/g, "$1").match(/\d+(?:\.\d+)*/g) ?? [];
}

test("both READMEs have the same commands, links, tables and numbers, and know each other", () => {
  const english = readmeParts("README.md");
  const russian = readmeParts("README.ru.md");
  assert.deepEqual(russian.same, english.same);
  assert(english.same.links.length > 10 && english.same.tables.length > 20);
  assert.deepEqual([english.otherLanguage, russian.otherLanguage], ["README.ru.md", "README.md"]);
});
