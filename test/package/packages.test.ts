/**
 * The packages as files, built twice: by `npm run package` here, and from a copy of the source in
 * another folder, by somebody with other habits. Both have to be the same to the byte, hold what a
 * host needs and nothing active, and satisfy those who check packages for a living.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { attempt, run } from "../../lab/command.ts";
import { makeFolder } from "../support/folder.ts";

const repository = join(import.meta.dirname, "../..");
const DEADLINE_MS = 120_000;
// Any day will do, as long as both builds are told the same.
const EPOCH_S = "1790000000";

/** What goes into a package (tsconfig.json by esbuild); of the modules, those that do not merely check. */
const SOURCES =
  "src setup packaging node_modules package.json tsconfig.json CHANGELOG.md LICENSE".split(" ");
const isForChecksOnly = (path: string) =>
  /node_modules\/@?(?:ox|typescript|fast-check)/u.test(path);

const missing = await missingProgram("dpkg-deb", "rpmbuild", "rpm");
const skipLintian = await skipWithout("lintian", "man");
const skipRpmlint = await skipWithout("rpmlint");
// As for the other scripts: who has it, uses it.
const hasNoShellcheck = (await missingProgram("shellcheck")) !== undefined;
const skipShellcheck = hasNoShellcheck ? "missing: shellcheck" : false;
const skip = toSkip(missing);

describe("packages", { skip }, () => {
  const folder = makeFolder();
  let deb = "";
  let rpm = "";

  before(async () => {
    [deb = "", rpm = ""] = await build(repository, `${folder}/here`);
  });

  test("name those whose work is bundled, with their terms", async (t) => {
    const root = makeFolder(t);
    await run(["dpkg-deb", "--extract", deb, root], { timeoutMs: DEADLINE_MS });
    const documentation = `${root}/usr/share/doc/vip-agent`;
    const copyright = await readFile(`${documentation}/copyright`, "utf8");
    const terms = gunzipSync(await readFile(`${documentation}/terms.gz`)).toString("utf8");
    const manifest = JSON.parse(await readFile(`${repository}/package.json`, "utf8"));
    const names = Object.keys(manifest.dependencies);
    assert.ok(names.length > 5);
    assert.deepEqual(
      names.filter((name) => !copyright.includes(`  ${name} `) || !terms.includes(`${name} `)),
      [],
    );
  });

  test("are the same to the byte, built elsewhere by another user's habits", async () => {
    const copy = `${folder}/somewhere/quite/else`;
    await mkdir(copy, { recursive: true });
    for (const source of SOURCES) {
      const options = { recursive: true, verbatimSymlinks: true, preserveTimestamps: false };
      const filter = (path: string) => !isForChecksOnly(path);
      await cp(join(repository, source), join(copy, source), { ...options, filter });
    }
    const others = { TZ: "Asia/Kathmandu", LC_ALL: "C.UTF-8", SHELL: "/bin/zsh", HOME: folder };
    const [otherDeb = "", otherRpm = ""] = await build(copy, `${folder}/there`, others);
    assert.equal(await sumOf(otherDeb), await sumOf(deb));
    assert.equal(await sumOf(otherRpm), await sumOf(rpm));
  });

  test("hold the same files, with the same modes, and all of them are root's", async () => {
    const ownPlaces = /^\/usr\/share\/(?:doc|licenses|lintian)\b/u;
    const common = (entries: readonly Listed[]) => {
      return entries.filter(({ path }) => !ownPlaces.test(path)).map(textOf);
    };
    const [inDeb, inRpm] = [await debEntries(), await rpmEntries()];
    // dpkg names the folders of the system too; rpm names those alone that are the package's.
    const isOwn = ({ path, mode }: Listed) => !mode.startsWith("d") || path.includes("vip-agent");
    assert.deepEqual(common(inDeb.filter(isOwn)), common(inRpm));
    assert.ok(inDeb.every(({ owner }) => owner === "root/root"));
    // rpm knows the group before it unpacks; Debian's script sets it.
    const others = inRpm.filter(({ owner }) => owner !== "root/root");
    assert.deepEqual(others.map(textOf), ["drwxr-x--- /etc/vip-agent"]);
  });

  test("bring no configuration, and nothing that would start by itself", async () => {
    const paths = (await debEntries()).map(({ path }) => path);
    const inEtc = paths.filter((path) => path.startsWith("/etc/"));
    assert.deepEqual(inEtc, ["/etc/vip-agent"]);
    assert.ok(paths.every((path) => !path.includes(".wants/")));
    const control = await run(["dpkg-deb", "--ctrl-tarfile", deb]);
    assert.ok(!control.includes("conffiles"));
  });

  test("have scripts that a shell can read", async (t) => {
    const control = makeFolder(t);
    await run(["dpkg-deb", "--control", deb, control]);
    for (const script of ["postinst", "prerm", "postrm"])
      await run(["sh", "-n", `${control}/${script}`]);
    const scripts = ["PREIN", "POSTIN", "PREUN", "POSTUN"];
    for (const name of scripts) {
      const script = await run(["rpm", "--query", "--package", `--queryformat=%{${name}}`, rpm]);
      assert.ok(script.length > 20, `the rpm has no ${name}`);
      await run(["sh", "-n"], { input: script });
    }
  });

  test(
    "have scripts to which shellcheck has nothing to say",
    { skip: skipShellcheck },
    async () => {
      const files = ["postinst", "prerm", "postrm"].map(
        (name) => `${repository}/packaging/deb/${name}`,
      );
      const restart = `${repository}/packaging/upgrade/restart-services`;
      await run(["shellcheck", ...files, restart], { timeoutMs: DEADLINE_MS });
    },
  );

  test("hold a program that runs", async (t) => {
    const root = makeFolder(t);
    await run(["dpkg-deb", "--extract", deb, root], { timeoutMs: DEADLINE_MS });
    const { version } = JSON.parse(await readFile(`${repository}/package.json`, "utf8"));
    const said = await run([`${root}/usr/bin/vip-agent`, "--version"]);
    assert.equal(said.trim(), version);
    const file = `${root}/usr/share/doc/vip-agent/examples/vip-agent.yml`;
    const checked = await attempt([`${root}/usr/bin/vip-agent`, "check", `--config=${file}`]);
    assert.equal(checked.exitCode, 0, checked.stdout);
    await completes(root);
  });

  test("satisfy lintian", { skip: skipLintian }, async (context) => {
    // The spelling in Node's binary is not ours, and takes as long as all the rest.
    const options = ["--allow-root", "-X", "binaries/spelling"];
    const failing = "--fail-on=error,warning,override";
    const result = await attempt(["lintian", ...options, failing, deb], { timeoutMs: DEADLINE_MS });
    context.diagnostic(result.stdout);
    assert.equal(result.exitCode, 0, result.stdout + result.stderr);
  });

  test("satisfy rpmlint", { skip: skipRpmlint }, async () => {
    const configured = `--config=${repository}/packaging/rpm/rpmlint.toml`;
    const argv = ["rpmlint", "--strict", configured, rpm];
    const { exitCode, stdout, stderr } = await attempt(argv, { timeoutMs: DEADLINE_MS });
    assert.equal(exitCode, 0, stdout + stderr);
  });

  // In a bash that has nothing but the script, with two words typed and the third begun.
  async function completes(root: string): Promise<void> {
    const script = `PATH=${root}/usr/bin:$PATH
      . ${root}/usr/share/bash-completion/completions/vip-agent
      COMP_WORDS=(vip-agent chec) COMP_CWORD=1
      _vip-agent_yargs_completions
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    assert.equal((await run(["bash", "-c", script])).trim(), "check");
  }

  async function debEntries(): Promise<readonly Listed[]> {
    const listing = await run(["dpkg-deb", "--contents", deb]);
    return sorted(listing, /^(\S{10}) (\S+) +\d+ \S+ \S+ \.(\/\S*?)\/?(?: -> .*)?$/gmu);
  }

  async function rpmEntries(): Promise<readonly Listed[]> {
    const format = "[%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES}\n]";
    const listing = await run(["rpm", "--query", "--package", `--queryformat=${format}`, rpm]);
    return sorted(listing, /^(\S{10}) (\S+) (\S+)$/gmu);
  }
});

type Listed = { readonly mode: string; readonly owner: string; readonly path: string };

function sorted(listing: string, line: RegExp): readonly Listed[] {
  const entries = [...listing.matchAll(line)].map(([, mode = "", owner = "", path = ""]) => {
    return { mode, owner, path };
  });
  assert.ok(entries.length > 10, listing);
  return entries.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

function textOf({ mode, path }: Listed): string {
  return `${mode} ${path}`;
}

async function build(
  where: string,
  out: string,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const settings = { SOURCE_DATE_EPOCH: EPOCH_S, ...more };
  const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const umask = Object.keys(more).length === 0 ? "022" : "077";
  const inner = `umask ${umask} && exec env "$@"`;
  const program = [process.execPath, `${where}/setup/package.ts`, "--quick", `--out=${out}`];
  const printed = await run(["sh", "-c", inner, "sh", ...words, ...program], {
    timeoutMs: DEADLINE_MS,
  });
  return printed.trim().split("\n");
}

async function sumOf(file: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
}

async function missingProgram(...programs: readonly string[]): Promise<string | undefined> {
  for (const program of programs) {
    const isThere = await attempt([program, "--version"], { timeoutMs: DEADLINE_MS }).then(
      () => true,
      () => false,
    );
    if (!isThere) return program;
  }
  return undefined;
}

async function skipWithout(...programs: readonly string[]): Promise<string | false> {
  return toSkip(await missingProgram(...programs));
}

function toSkip(program: string | undefined): string | false {
  if (program === undefined) return false;
  if (process.env["CI"] === "true") throw new Error(`CI lacks ${program}`);
  return `missing: ${program}`;
}
