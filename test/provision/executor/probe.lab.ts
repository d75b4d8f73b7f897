/**
 * The probe on a host that can be prepared: what is there is found, as it is, and nothing changes.
 *
 *     sh lab/sandbox.sh node --test test/provision/executor/probe.lab.ts
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { before, test } from "node:test";
import type { Executor } from "../../../src/provision/executor/executor.ts";
import type { Facts, Question } from "../../../src/provision/resources/facts.ts";
import { chrootExecutor, makeRoot, runIn } from "./support/chroot.ts";

let root: string;
let host: Executor;

before(async () => {
  root = await makeRoot();
  host = chrootExecutor(root);
});

async function look(...questions: readonly Question[]): Promise<Facts> {
  const facts = await host.probe(questions);
  assert(facts.ok, facts.ok ? "" : facts.detail);
  return facts.value;
}

test("the host is told, with its clock", async () => {
  const beforeMs = Date.now();
  const { host: found } = await look();
  assert(found.clockMs >= beforeMs - 50 && found.clockMs <= Date.now() + 50);
  assert.equal(found.packageManager, "apt");
  assert.equal(found.os.id, "debian");
  assert(found.memoryMb > 500 && found.processors > 0 && found.architecture !== "");
});

test("a host of the other family is asked by its own means", async () => {
  const other = await makeRoot();
  const program = (text: string) => `#!/bin/sh\n${text}\n`;
  await runIn(other, "rm -f /usr/bin/apt-get /usr/bin/dpkg-query /etc/os-release");
  await writeFile(
    `${other}/etc/os-release`,
    'ID="redos"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.0"\n',
  );
  const isInstalled = '[ "$5" = consul ] && echo 1.22.3-1 && exit 0; echo "not installed"; exit 1';
  await writeFile(`${other}/usr/local/bin/dnf`, program("exit 0"), { mode: 0o755 });
  await writeFile(`${other}/usr/local/bin/rpm`, program(isInstalled), { mode: 0o755 });
  const names = ["consul", "patroni"];
  const facts = await chrootExecutor(other).probe(
    names.map((name) => ({ about: "package", name })),
  );
  assert(facts.ok, facts.ok ? "" : facts.detail);
  assert.equal(facts.value.host.packageManager, "dnf");
  assert.deepEqual(facts.value.host.os, {
    id: "redos",
    idLike: ["rhel", "centos", "fedora"],
    version: "8.0",
  });
  assert.deepEqual([...facts.value.packages.values()], ["1.22.3-1", undefined]);
});

test("what is in a directory is told by name, and a link is none", async () => {
  await runIn(
    root,
    "mkdir -p '/srv/l/list/a b' /srv/l/nothing && touch /srv/l/list/.hidden /srv/l/list/-n",
  );
  await runIn(root, "ln -s list /srv/l/link");
  const paths = ["/srv/l/list", "/srv/l/nothing", "/srv/l/link", "/srv/l/list/-n", "/none"];
  const { lists } = await look(...paths.map((path) => ({ about: "list", path }) as const));
  assert.deepEqual(
    [...lists.values()].map((names) => names?.toSorted((a, b) => (a < b ? -1 : 1))),
    [["-n", ".hidden", "a b"], [], undefined, undefined, undefined],
  );
});

test("paths with the oddest names are found, and nothing in a name is run", async () => {
  const names = [
    "/srv/plain",
    '/srv/it\'s "odd" $HOME',
    "/srv/$(touch trap)",
    "/srv/new\nline",
    "/srv/-n",
    "/srv/;touch ${1}",
    "/srv/ä",
  ];
  const text = "some\ntext\0\n";
  for (const name of names) await writeFile(`${root}${name}`, text, { mode: 0o640 });
  const questions = names.flatMap((path): Question[] => [
    { about: "path", path },
    { about: "text", path },
  ]);
  const facts = await look(...questions, { about: "path", path: "/trap" });
  const sha256 = createHash("sha256").update(text).digest("hex");
  for (const name of names) {
    const access = { owner: "root", group: "root", mode: "0640" };
    const file = { type: "file", ...access, sha256, target: undefined };
    assert.deepEqual(facts.paths.get(name), file, name);
    assert.equal(facts.texts.get(name), text);
  }
  assert.equal(facts.paths.get("/trap")?.type, "absent");
});

test("a file that is larger than any of ours is not read", async () => {
  await runIn(root, "truncate -s 1000000 /srv/small && truncate -s 1000001 /srv/large");
  const { paths } = await look(
    { about: "path", path: "/srv/small" },
    { about: "path", path: "/srv/large" },
  );
  assert.match(paths.get("/srv/small")?.sha256 ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(
    [paths.get("/srv/large")?.type, paths.get("/srv/large")?.sha256],
    ["file", undefined],
  );
});

test("directories, links, devices and what is not there", async () => {
  await runIn(root, "mkdir /srv/empty /srv/full && touch /srv/full/.x && chmod 1770 /srv/full");
  await runIn(root, "ln -s 'no where' /srv/dangling && ln -s /srv/full /srv/link");
  const paths = ["/srv/empty", "/srv/full", "/srv/dangling", "/srv/link", "/dev/null", "/none"];
  const facts = await look(...paths.map((path) => ({ about: "path", path }) as const));
  const [empty, full, dangling, link, device, none] = paths.map((path) => facts.paths.get(path));
  assert.deepEqual([empty?.type, empty?.isEmpty], ["directory", true]);
  assert.deepEqual([full?.type, full?.isEmpty, full?.mode], ["directory", false, "1770"]);
  assert.deepEqual([dangling?.type, dangling?.target], ["link", "no where"]);
  assert.deepEqual([link?.type, link?.target], ["link", "/srv/full"]);
  assert.equal(device?.type, "other");
  assert.equal(none?.type, "absent");
  const { texts } = await look(
    { about: "text", path: "/srv/empty" },
    { about: "text", path: "/none" },
  );
  assert.deepEqual([...texts.values()], [undefined, undefined]);
});

test("users, packages, programs and stamps", async () => {
  const stamps = "/var/lib/vip-agent-provision/stamps";
  await runIn(root, `mkdir -p ${stamps} && echo abc >${stamps}/consul.service.started`);
  const hanging = "#!/bin/sh\necho begun\nexec sleep 60\n";
  await writeFile(`${root}/usr/local/bin/hanging`, hanging, { mode: 0o755 });
  const facts = await look(
    { about: "user", name: "daemon" },
    { about: "user", name: "no such" },
    { about: "package", name: "bash" },
    { about: "package", name: "no-such" },
    { about: "program", path: "/usr/bin/printf", args: ["%s|", "a b", "$c"] },
    { about: "program", path: "/usr/local/bin/hanging", args: [] },
    { about: "program", path: "/usr/bin/no-such", args: [] },
    { about: "unit", name: "consul.service" },
  );
  assert.deepEqual(facts.users.get("daemon"), { home: "/usr/sbin", groups: ["daemon"] });
  assert.equal(facts.users.get("no such"), undefined);
  assert.match(facts.packages.get("bash") ?? "", /^5/);
  assert.equal(facts.packages.get("no-such"), undefined);
  assert.equal(facts.programs.get("/usr/bin/printf"), "a b|$c|");
  assert.equal(facts.programs.get("/usr/local/bin/hanging"), "begun\n");
  assert.equal(facts.programs.get("/usr/bin/no-such"), undefined);
  assert.equal(facts.units.get("consul.service")?.startedOn, "abc");
  assert.equal(facts.units.get("consul.service")?.reloadedOn, undefined);
});

test("hundreds of questions are one round trip", async () => {
  const paths = Array.from({ length: 400 }, (_, index) => `/srv/${"long/".repeat(10)}${index}`);
  const facts = await look(...paths.map((path) => ({ about: "path", path }) as const));
  assert.equal(facts.paths.size, 400);
});
