/**
 * The scripts of operations, run as root on a host that is all of this machine and goes away again.
 *
 *     sh lab/sandbox.sh node --test test/provision/executor/scripts.lab.ts
 */
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Executor } from "../../../src/provision/executor/executor.ts";
import { digestOf } from "../../../src/provision/resources/digest.ts";
import { writeFileStep } from "../../../src/provision/executor/scripts/files.ts";
import { packageFileStep } from "../../../src/provision/executor/scripts/packages.ts";
import type { Operation } from "../../../src/provision/resources/operation.ts";
import { venvMarker } from "../../../src/provision/resources/venv.ts";
import { chrootExecutor, chrootTransport, makeRoot, runIn } from "./support/chroot.ts";
import { zipOf } from "./support/zip.ts";

let root: string;
let host: Executor;

before(async () => {
  root = await makeRoot();
  host = chrootExecutor(root);
  assert((await host.lock("test")).ok);
  await runIn(root, "mkdir -p /srv/a && groupadd consul && useradd -g consul consul");
});

async function perform(operation: Operation): Promise<void> {
  const outcome = await host.perform(operation);
  assert(outcome.ok, outcome.ok ? "" : outcome.detail);
}

async function complaintOf(operation: Operation): Promise<string> {
  const outcome = await host.perform(operation);
  assert(!outcome.ok);
  assert.equal(outcome.code, "failed");
  return outcome.detail;
}

const look = (path: string) => runIn(root, `stat -c '%U:%G %a %F' -- "${path}"`);
const textOf = (path: string) => readFile(`${root}${path}`, "utf8");

/** Nothing but what is meant to be there. */
async function namesIn(folder: string): Promise<string> {
  return (await runIn(root, `ls -A ${folder}`)).trim().replaceAll("\n", " ");
}

async function keptOf(path: string): Promise<readonly string[]> {
  const found = await runIn(root, `cd /var/lib/vip-agent-provision/kept && ls -d */${path} | sort`);
  return Promise.all(
    found
      .trim()
      .split("\n")
      .map((name) => textOf(`/var/lib/vip-agent-provision/kept/${name}`)),
  );
}

type WriteFile = Extract<Operation, { readonly kind: "write-file" }>;

function file(path: string, text: string, more: Partial<WriteFile> = {}): WriteFile {
  const content = { text, isSecret: true };
  const access = { owner: "root", group: "consul", mode: "0640" };
  return { kind: "write-file", path, content, ...access, ...more };
}

describe("write-file", () => {
  test("writes whole texts with their access, however odd they and their names are", async () => {
    const text = `'"\\$(id)\0\n${"ä".repeat(100_000)}no newline at the end`;
    const path = "/srv/a/it's $HOME -n";
    await perform(file(path, text));
    assert.equal(await textOf(path), text);
    assert.equal(await look("/srv/a/it's \\$HOME -n"), "root:consul 640 regular file\n");
    await runIn(root, "rm -r /srv/a && mkdir /srv/a");
  });

  test("keeps what was there, with its access, and nothing where nothing changes", async () => {
    await runIn(root, "echo first >/srv/a/kept && chmod 0604 /srv/a/kept");
    await perform(file("/srv/a/kept", "second\n"));
    await perform(file("/srv/a/kept", "second\n"));
    await perform(file("/srv/a/kept", "third\n"));
    assert.deepEqual(await keptOf("srv/a/kept"), ["first\n", "second\n"]);
    const modes = await runIn(root, "stat -c %a /var/lib/vip-agent-provision/kept/*/srv/a/kept");
    assert.equal(modes, "604\n640\n");
    assert.equal(await look("/var/lib/vip-agent-provision"), "root:root 700 directory\n");
  });

  test("is judged first, under its own name, and the old one stays where it is rejected", async () => {
    const validator = ["sh", "-c", 'basename "$1"; cat "$1"; grep -q good "$1"', "sh", "{}"];
    await perform(file("/srv/a/judged.json", "good\n", { validator }));
    const complaint = await complaintOf(file("/srv/a/judged.json", "bad\n", { validator }));
    assert.match(complaint, /judged\.json\nbad\n.*stays as it was: sh does not accept/s);
    assert.equal(await textOf("/srv/a/judged.json"), "good\n");
    const missing = await complaintOf(file("/srv/a/x", "", { validator: ["no-such-program"] }));
    assert.match(missing, /no-such-program: not found/);
    assert.equal(await namesIn("/srv/a"), "judged.json kept");
  });

  test("is private before anything is in it", async () => {
    const seen = 'stat -c "%U:%G %a" "$1" "$(dirname "$1")" >/srv/seen';
    await perform(file("/srv/a/private", "x", { validator: ["sh", "-c", seen, "sh", "{}"] }));
    assert.equal(await textOf("/srv/seen"), "root:consul 640\nroot:consul 750\n");
  });

  test("fails as a whole where the group or the folder is not there, or the path is a folder", async () => {
    assert.match(await complaintOf(file("/srv/a/new", "x", { group: "nobody1" })), /nobody1/);
    assert.match(await complaintOf(file("/srv/none/new", "x")), /\/srv\/none is no directory/);
    assert.match(await complaintOf(file("/srv/a", "x")), /\/srv\/a is a directory/);
    assert.equal(await namesIn("/srv/a"), "judged.json kept private");
  });

  test("that takes too long ends without a trace", async () => {
    const slow = file("/srv/a/slow", "x", { validator: ["sleep", "60"] });
    const ended = await chrootTransport(root).run({ ...writeFileStep(slow), deadlineMs: 1_000 });
    assert(!ended.ok);
    assert.equal(ended.code, "timeout");
    assert.equal(await namesIn("/srv/a"), "judged.json kept private");
  });

  test("removes what a killed run has left", async () => {
    await runIn(root, "mkdir /srv/a/.vip-agent-provision.abcdef");
    await perform(file("/srv/a/private", "y"));
    assert.equal(await namesIn("/srv/a"), "judged.json kept private");
  });
});

test("a content that is cut off does not get its place", async () => {
  const whole = file("/srv/cut", "all of it");
  const cut = await chrootTransport(root).run({
    ...writeFileStep(whole),
    stdin: { text: "all of" },
  });
  assert(cut.ok);
  assert.equal(cut.value.exitCode, 1);
  assert.match(cut.value.stderr, /did not arrive whole/);
  assert.match(await namesIn("/srv"), /^(?!.*cut)/);
});

test("write-text changes the text and nothing else, behind links too", async () => {
  await runIn(
    root,
    "echo old >/srv/text && chown consul:daemon /srv/text && chmod 0464 /srv/text && " +
      "ln -s text /srv/text-link",
  );
  await perform({ kind: "write-text", path: "/srv/text-link", text: "new" });
  assert.equal(await textOf("/srv/text"), "new");
  assert.equal(await look("/srv/text"), "consul:daemon 464 regular file\n");
  assert.match(await look("/srv/text-link"), /symbolic link/);
  assert.deepEqual(await keptOf("srv/text"), ["old\n"]);
  await perform({ kind: "write-text", path: "/srv/text-new", text: "made\n" });
  assert.equal(await look("/srv/text-new"), "root:root 644 regular file\n");
});

test("write-text writes over nothing but what its text was made from", async () => {
  const path = "/srv/based";
  await runIn(root, `printf first >${path}`);
  const writing = { kind: "write-text", path, text: "second", basedOn: digestOf("first") } as const;
  await runIn(root, `printf mine >${path}`);
  assert.match(
    await complaintOf(writing),
    /\/srv\/based is another one than the plan was made from/,
  );
  assert.equal(await textOf(path), "mine");
  assert.match(await namesIn("/srv"), /^(?!.*vip-agent-provision)/);
  await runIn(root, `printf first >${path}`);
  await perform(writing);
  assert.equal(await textOf(path), "second");
  // As after a run that was cut off behind it.
  await perform(writing);
  await runIn(root, `rm ${path}`);
  assert.match(await complaintOf(writing), /is another one/);
});

test("make-directory and set-access touch the one directory and nothing in it", async () => {
  const access = { owner: "consul", group: "consul", mode: "0700" };
  await perform({ kind: "make-directory", path: "/srv/d/e", ...access });
  assert.equal(await look("/srv/d/e"), "consul:consul 700 directory\n");
  assert.equal(await look("/srv/d"), "root:root 755 directory\n");
  await runIn(root, "echo x >/srv/d/e/f && chmod 0604 /srv/d/e/f");
  await perform({ kind: "make-directory", path: "/srv/d/e", ...access, mode: "0750" });
  await perform({ kind: "set-access", path: "/srv/d/e", ...access, owner: "root" });
  assert.equal(await look("/srv/d/e"), "root:consul 700 directory\n");
  assert.equal(await look("/srv/d/e/f"), "root:root 604 regular file\n");
  await runIn(root, "ln -s e /srv/d/link");
  for (const kind of ["make-directory", "set-access"] as const) {
    assert.match(await complaintOf({ kind, path: "/srv/d/link", ...access }), /is a link/);
  }
  const onFile = await complaintOf({ kind: "make-directory", path: "/srv/d/e/f", ...access });
  assert.match(onFile, /is no directory/);
});

test("set-link replaces links and files, keeps the files, and spares directories", async () => {
  const link = { kind: "set-link", path: "/srv/l/current" } as const;
  await runIn(root, "mkdir -p /srv/l/1 /srv/l/2 && echo mine >/srv/l/current");
  await perform({ ...link, target: "/srv/l/1" });
  await perform({ ...link, target: "/srv/l/2" });
  await perform({ ...link, target: "/srv/l/2" });
  assert.equal(await runIn(root, "readlink /srv/l/current"), "/srv/l/2\n");
  assert.match(
    await runIn(root, "cat /var/lib/vip-agent-provision/kept/*/srv/l/current 2>/dev/null; true"),
    /^mine$/m,
  );
  assert.match(await complaintOf({ ...link, path: "/srv/l/1", target: "/x" }), /is a directory/);
  assert.equal(await namesIn("/srv/l"), "1 2 current");
});

test("make-user makes a user who cannot log in, and joins it to groups that exist", async () => {
  const user = { kind: "make-user", name: "patroni1", home: "/var/lib/patroni1" } as const;
  await perform({ ...user, groups: ["daemon"] });
  await perform({ ...user, groups: ["daemon"] });
  const [, , id = "0", , , home, shell] = (await runIn(root, "getent passwd patroni1")).split(":");
  assert(Number(id) < 1000, "it is no system user");
  assert.equal(home, "/var/lib/patroni1");
  assert.match(shell ?? "", /nologin/);
  assert.equal(await runIn(root, "id -Gn patroni1"), "patroni1 daemon\n");
  assert.match(await complaintOf({ ...user, groups: ["none1"] }), /no group none1 for patroni1/);
  await perform({ kind: "join-groups", name: "patroni1", groups: ["adm", "games"] });
  assert.equal(await runIn(root, "id -Gn patroni1"), "patroni1 daemon adm games\n");
  const stranger = { kind: "join-groups", name: "none1", groups: ["adm"] } as const;
  assert.match(await complaintOf(stranger), /no user none1/);
});

const stamps = "/var/lib/vip-agent-provision/stamps";

/** Writes its calls down, and fails where it is told to. */
async function makeSystemctl(): Promise<void> {
  const standIn = [
    "#!/bin/sh",
    '[ "$1" != show ] || { cat /tmp/active 2>/dev/null; exit; }',
    'echo "$*" >>/tmp/calls',
    '! [ -e "/tmp/fails-$1" ]',
  ];
  const options = { mode: 0o755 };
  await writeFile(`${root}/usr/local/sbin/systemctl`, `${standIn.join("\n")}\n`, options);
}

/** Since the last time. */
async function systemctlCalls(): Promise<readonly string[]> {
  const lines = await runIn(root, "cat /tmp/calls; rm -f /tmp/calls");
  return lines.trim().split("\n");
}

test("units are started and reloaded, and stamped when systemd has done it", async () => {
  const name = "consul.service";
  const calls = systemctlCalls;
  await makeSystemctl();
  const starting = { name, startedOn: "abc", reloadedOn: undefined };
  await runIn(root, "touch /tmp/fails-start");
  await complaintOf({ kind: "start-unit", ...starting });
  assert.deepEqual(await namesIn(stamps).catch(() => ""), "");
  await runIn(root, "rm /tmp/fails-start /tmp/calls");
  await perform({ kind: "start-unit", ...starting });
  const start = ["daemon-reload", `reset-failed -- ${name}`, `start -- ${name}`];
  assert.deepEqual(await calls(), start);
  assert.equal(await textOf(`${stamps}/${name}.started`), "abc\n");
  await perform({ kind: "restart-unit", ...starting, reloadedOn: "def" });
  await perform({ kind: "reload-unit", name, reloadedOn: "ghi" });
  assert.equal(await textOf(`${stamps}/${name}.reloaded`), "ghi\n");
  await perform({ kind: "enable-unit", name });
  await perform({ kind: "mask-unit", name: "postgresql.service" });
  assert.deepEqual((await calls()).filter((line) => line !== "daemon-reload").slice(1), [
    `restart -- ${name}`,
    `reload -- ${name}`,
    `enable -- ${name}`,
    "mask -- postgresql.service",
  ]);
  await perform({ kind: "restart-unit", ...starting });
  assert.equal(await namesIn(stamps), `${name}.started`);
  await runIn(root, `rm -r ${stamps}`);
});

test("a unit has no stamp from before systemd is asked until it has done it", async () => {
  const name = "patroni.service";
  const both = { name, startedOn: "abc", reloadedOn: "def" };
  await makeSystemctl();
  await perform({ kind: "start-unit", ...both });
  await runIn(root, "touch /tmp/fails-reload /tmp/fails-restart /tmp/fails-start");
  await complaintOf({ kind: "reload-unit", name, reloadedOn: "ghi" });
  assert.equal(await namesIn(stamps), `${name}.started`);
  await complaintOf({ kind: "restart-unit", ...both });
  assert.equal(await namesIn(stamps), "");
  await runIn(root, "rm /tmp/fails-*");
  await perform({ kind: "start-unit", ...both });
  await runIn(root, "touch /tmp/fails-start");
  await complaintOf({ kind: "start-unit", ...both });
  assert.equal(await namesIn(stamps), "");
  await runIn(root, `rm -r /tmp/fails-start /tmp/calls ${stamps}`);
});

test("a unit that runs already on something else is restarted where a start was planned", async () => {
  const name = "vip-agent.service";
  const both = { kind: "start-unit", name, startedOn: "abc", reloadedOn: "def" } as const;
  await makeSystemctl();
  await perform(both);
  await runIn(root, "echo ActiveState=active >/tmp/active; rm /tmp/calls");
  await perform(both);
  assert.deepEqual(await systemctlCalls(), ["daemon-reload"]);
  for (const change of [{ startedOn: "x" }, { reloadedOn: "y" }]) {
    await perform({ ...both, ...change });
    assert.equal((await systemctlCalls()).at(-1), `restart -- ${name}`);
    await perform(both);
    assert.equal((await systemctlCalls()).at(-1), `restart -- ${name}`);
  }
  await runIn(root, `rm -r /tmp/active ${stamps}`);
});

test("install-program puts the program in its place, and keeps the one before", async () => {
  const bytes = Buffer.from(`#!/bin/sh\necho "Consul v1.22.3 ${randomUUID()}"\n`);
  const from = join(root, "consul.zip");
  await writeFile(from, zipOf([{ name: "consul", content: bytes }]));
  await runIn(root, "printf old >/usr/local/bin/consul");
  const path = "/usr/local/bin/consul";
  await perform({ kind: "install-program", path, artefact: { from, sha256: undefined } });
  assert.equal(await look(path), "root:root 755 regular file\n");
  assert.equal(await textOf(path), bytes.toString());
  assert.deepEqual(await keptOf("usr/local/bin/consul"), ["old"]);
  const facts = await host.probe([{ about: "program", path, args: ["version"] }]);
  assert(facts.ok);
  assert.match(facts.value.programs.get(path) ?? "", /^Consul v1\.22\.3/);
});

test("make-venv makes a whole environment from wheels, and makes a half one anew", async () => {
  const wheels = join(root, "wheels");
  await mkdir(wheels);
  const info = "demo-1.0.dist-info";
  const lines: Readonly<Record<string, string>> = {
    "demo.py": "def main():\n    print('demo 1.0')\n",
    [`${info}/METADATA`]: "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    [`${info}/WHEEL`]:
      "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/entry_points.txt`]: "[console_scripts]\ndemo = demo:main\n",
    [`${info}/RECORD`]: "",
  };
  const entries = Object.entries(lines).map(([name, text]) => {
    return { name, content: Buffer.from(text) };
  });
  await writeFile(join(wheels, "demo-1.0-py3-none-any.whl"), zipOf(entries));
  const path = "/opt/demo/1.0";
  const venv = { kind: "make-venv", path, requirements: ["demo==1.0"], wheels } as const;
  const marker = venvMarker(venv);
  const impossible = { ...venv, requirements: ["demo==2.0"] };
  assert.match(await complaintOf(impossible), /demo==2\.0.*pip could not fill/s);
  assert(!(await namesIn(path)).includes("complete"));

  // As a run leaves it that is killed before Python has written anything but folders.
  await runIn(root, `cd ${path} && rm -r bin lib* && : >pyvenv.cfg && mkdir -p include lib/old`);
  await perform(venv);
  assert(!(await namesIn(`${path}/lib`)).includes("old"));
  assert.equal(await runIn(root, "/opt/demo/1.0/bin/demo"), "demo 1.0\n");
  assert.equal(await textOf(marker.path), marker.text);
  assert.equal(await look(`${path}/bin/demo`), "root:root 755 regular file\n");

  await runIn(root, "mkdir /opt/data && echo precious >/opt/data/file");
  assert.match(await complaintOf({ ...venv, path: "/opt/data" }), /no Python environment/);
  assert.equal(await textOf("/opt/data/file"), "precious\n");
  const work = await namesIn("/var/lib/vip-agent-provision");
  assert.equal(work, "kept lock");
});

test("a package that is another than was asked for is refused, and so is one that was spoilt", async () => {
  const from = join(root, "demo.deb");
  await runIn(
    root,
    "mkdir -p /deb/DEBIAN && printf 'Package: demo\\nVersion: 1.0\\nArchitecture: all\\n" +
      "Maintainer: x <x@example.org>\\nDescription: x\\n' >/deb/DEBIAN/control && " +
      "dpkg-deb --build /deb /demo.deb",
  );
  const artefact = { from, sha256: undefined };
  const other = await complaintOf({ kind: "install-package-file", name: "vip-agent", artefact });
  assert.match(other, /is a package demo, not vip-agent/);
  const bytes = await readFile(from);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const operation = { kind: "install-package-file", name: "demo", artefact } as const;
  const step = packageFileStep(operation, { file: from, sha256 });
  await writeFile(from, bytes.subarray(0, -1));
  const spoilt = await chrootTransport(root).run(step);
  assert(spoilt.ok);
  assert.match(spoilt.value.stderr, new RegExp(`not ${sha256}`));
  assert.equal(await namesIn("/var/lib/vip-agent-provision"), "kept lock");
});
