/**
 * The scripts that take things away, run as root on a host that is all of this machine and goes away
 * again. Most of it is about what they must not touch.
 *
 *     sh lab/sandbox.sh node --test test/provision/executor/removal.lab.ts
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { before, describe, test } from "node:test";

import { waitUntil } from "../../../lab/clock.ts";
import type { Executor } from "../../../src/provision/executor/executor.ts";
import type { RemovalOperation } from "../../../src/provision/removal/operation.ts";
import type { Claim } from "../../../src/provision/removal/thing.ts";
import { chrootExecutor, makeRoot, runIn } from "./support/chroot.ts";

let root: string;
let host: Executor;

before(async () => {
  root = await makeRoot();
  host = chrootExecutor(root);
  assert((await host.lock("test")).ok);
  // Writes down what it is told, and says that nothing runs but what /tmp/runs names.
  const standIn =
    '#!/bin/sh\necho "$*" >>/tmp/calls\n' +
    '[ "$1" != is-active ] || { [ -e "/tmp/runs-$3" ] && echo active || echo inactive; }\n';
  await writeFile(`${root}/usr/local/sbin/systemctl`, standIn, { mode: 0o755 });
});

async function perform(operation: RemovalOperation): Promise<void> {
  const outcome = await host.perform(operation);
  assert(outcome.ok, outcome.ok ? "" : outcome.detail);
}

async function complaintOf(operation: RemovalOperation): Promise<string> {
  const outcome = await host.perform(operation);
  assert(!outcome.ok, "it was done");
  assert.equal(outcome.code, "failed");
  return outcome.detail;
}

/** Every path below, one to a line. */
async function below(path: string): Promise<string> {
  return runIn(root, `find ${path} | sort`);
}

async function calls(): Promise<readonly string[]> {
  const lines = await runIn(root, "touch /tmp/calls; cat /tmp/calls; rm /tmp/calls");
  return lines.trim().split("\n");
}

test("files and links are kept, and gone; directories are not files", async () => {
  await runIn(root, "mkdir -p /srv/f/sub && echo text >/srv/f/file && chmod 600 /srv/f/file");
  await runIn(root, "ln -s /nowhere /srv/f/link && echo theirs >/srv/f/sub/theirs");
  for (const name of ["file", "link", "absent"]) {
    await perform({ kind: "remove-file", path: `/srv/f/${name}` });
    await perform({ kind: "remove-file", path: `/srv/f/${name}` });
  }
  assert.match(await complaintOf({ kind: "remove-file", path: "/srv/f/sub" }), /is a directory/);
  assert.equal(await below("/srv/f"), "/srv/f\n/srv/f/sub\n/srv/f/sub/theirs\n");
  const kept = "cd /var/lib/vip-agent-provision/kept/ && cat */srv/f/file && readlink */srv/f/link";
  assert.equal(await runIn(root, kept), "text\n/nowhere\n");
});

test("a directory goes when it is empty, and never through a link", async () => {
  await runIn(root, "mkdir -p /srv/d/full /srv/d/empty /srv/d/goal && touch /srv/d/full/x");
  await runIn(root, "ln -s goal /srv/d/link");
  await complaintOf({ kind: "remove-directory", path: "/srv/d/full" });
  assert.match(await complaintOf({ kind: "remove-directory", path: "/srv/d/link" }), /is a link/);
  await perform({ kind: "remove-directory", path: "/srv/d/empty" });
  await perform({ kind: "remove-directory", path: "/srv/d/empty" });
  const left = ["", "/full", "/full/x", "/goal", "/link"].map((name) => `/srv/d${name}\n`);
  assert.equal(await below("/srv/d"), left.join(""));
});

test("an environment goes with what it links to left alone; another folder stays", async () => {
  await runIn(
    root,
    "mkdir -p /srv/e/1.0/lib /srv/e/2.0 /srv/e/other && touch /srv/e/other/precious",
  );
  await runIn(root, "touch /srv/e/1.0/pyvenv.cfg /srv/e/1.0/.vip-agent-complete /srv/e/2.0/mine");
  await runIn(root, "ln -s /srv/e/other /srv/e/1.0/lib/other && ln -s other /srv/e/3.0");
  await perform({ kind: "remove-environment", path: "/srv/e/1.0" });
  await perform({ kind: "remove-environment", path: "/srv/e/1.0" });
  const notOne = await complaintOf({ kind: "remove-environment", path: "/srv/e/2.0" });
  assert.match(notOne, /no Python environment, nothing was done/);
  assert.match(await complaintOf({ kind: "remove-environment", path: "/srv/e/3.0" }), /is a link/);
  const left = ["", "/2.0", "/2.0/mine", "/3.0", "/other", "/other/precious"];
  assert.equal(await below("/srv/e"), left.map((name) => `/srv/e${name}\n`).join(""));
});

test("a unit is stopped without its stamps, disabled, and one that goes on is said", async () => {
  const name = "consul.service";
  const stamps = "/var/lib/vip-agent-provision/stamps";
  await runIn(
    root,
    `mkdir -p ${stamps} && touch ${stamps}/${name}.started ${stamps}/other.started`,
  );
  await calls();
  await perform({ kind: "stop-unit", name });
  assert.equal(await below(stamps), `${stamps}\n${stamps}/other.started\n`);
  await perform({ kind: "disable-unit", name });
  await perform({ kind: "unmask-unit", name: "postgresql.service" });
  assert.deepEqual(await calls(), [
    `stop -- ${name}`,
    `is-active -- ${name}`,
    `reset-failed -- ${name}`,
    "daemon-reload",
    `disable -- ${name}`,
    "disable -- postgresql.service",
    "unmask -- postgresql.service",
    "daemon-reload",
    "disable -- postgresql.service",
  ]);
  await runIn(root, `touch /tmp/runs-${name}`);
  assert.match(await complaintOf({ kind: "stop-unit", name }), /does not stop/);
  await runIn(root, `rm /tmp/runs-${name}`);
});

test("a package goes, what depends on it keeps it, and the manager is asked for no other", async () => {
  const build = (name: string, more: string) =>
    runIn(
      root,
      `mkdir -p /deb-${name}/DEBIAN && printf 'Package: ${name}\\nVersion: 1.0\\n${more}` +
        `Architecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n' ` +
        `>/deb-${name}/DEBIAN/control && dpkg-deb --build /deb-${name} /${name}.deb && ` +
        `dpkg -i /${name}.deb`,
    );
  await build("demo-one", "");
  await build("demo-two", "Depends: demo-one\\n");
  const needed = await complaintOf({ kind: "remove-package", name: "demo-one" });
  assert.match(needed, /demo-two depends on demo-one/);
  await perform({ kind: "remove-package", name: "demo-two" });
  await perform({ kind: "remove-package", name: "demo-one" });
  await perform({ kind: "remove-package", name: "demo-one" });
  assert.equal(await runIn(root, "dpkg-query -W 'demo-*' 2>/dev/null | tr -d '\\t' || :"), "");
});

describe("data", () => {
  const data = (path: string, claim: Claim) => ({ kind: "remove-data", path, claim }) as const;

  async function makeData(folder: string): Promise<void> {
    await runIn(
      root,
      `rm -rf ${folder} && mkdir -p ${folder}/main/base/1 ${folder}/wal/archive_status ` +
        `${folder}/consul/raft ${folder}/tablespace && cd ${folder} && echo 15 >main/PG_VERSION && ` +
        "touch main/base/1/259 wal/000000010000000000000001 wal/00000002.history && " +
        "touch wal/000000010000000000000002.partial consul/node-id consul/raft/raft.db && " +
        `touch tablespace/precious && mkdir main/pg_tblspc && ` +
        `ln -s ${folder}/tablespace main/pg_tblspc/1 && ln -s ${folder}/wal main/pg_wal`,
    );
  }

  test("go as a whole, and no link in them is followed", async () => {
    await makeData("/srv/data");
    await perform(data("/srv/data/main", "postgresql"));
    assert.match(await runIn(root, "ls /srv/data/wal"), /00000002.history/);
    await perform(data("/srv/data/wal", "wal"));
    await perform(data("/srv/data/consul", "consul"));
    await perform(data("/srv/data/consul", "consul"));
    const left = ["", "/tablespace", "/tablespace/precious"].map((name) => `/srv/data${name}\n`);
    assert.equal(await below("/srv/data"), left.join(""));
  });

  test("that are half deleted are still known, and an empty folder goes", async () => {
    await makeData("/srv/half");
    await runIn(root, "rm -r /srv/half/main/base /srv/half/consul/raft && mkdir /srv/half/empty");
    await perform(data("/srv/half/main", "postgresql"));
    await perform(data("/srv/half/consul", "consul"));
    await perform(data("/srv/half/empty", "postgresql"));
    assert.equal(await runIn(root, "ls /srv/half"), "tablespace\nwal\n");
  });

  type Refused = readonly [what: string, prepare: string, path: string, claim: Claim, RegExp];
  const refused: readonly Refused[] = [
    ["without PG_VERSION", "rm main/PG_VERSION", "main", "postgresql", /has no PG_VERSION/],
    ["without a node", "rm consul/node-id", "consul", "consul", /has no node-id/],
    ["with something else in them", "touch wal/notes", "wal", "wal", /something else in it: notes/],
    ["behind a link", "mv main there && ln -s there main", "main", "postgresql", /is a link/],
    [
      "behind a link on the way",
      "mkdir far && mv main far/ && ln -s far near",
      "near/main",
      "postgresql",
      /leads elsewhere: \/srv\/no\/far\/main/,
    ],
    [
      "with a mount below",
      "mount -t tmpfs tmpfs main/base",
      "main",
      "postgresql",
      /something mounted on it: \/srv\/no\/main\/base/,
    ],
    ["whose service runs", "touch /tmp/runs-patroni.service", "main", "postgresql", /patroni/],
    ["that are no folder", "rm -r wal && touch wal", "wal", "wal", /is no folder/],
  ];
  for (const [what, prepare, path, claim, complaint] of refused) {
    test(`${what} stay as they are`, async () => {
      await makeData("/srv/no");
      await runIn(root, `cd /srv/no && ${prepare}`);
      const paths = await below("/srv/no");
      assert.match(await complaintOf(data(`/srv/no/${path}`, claim)), complaint);
      assert.equal(await below("/srv/no"), paths);
      await runIn(root, "umount /srv/no/main/base 2>/dev/null; rm -f /tmp/runs-*");
    });
  }

  test("in which somebody works stay as they are", async () => {
    await makeData("/srv/busy");
    const words = [root, "sh", "-c", "cd /srv/busy/main/base && touch /tmp/there && sleep 60"];
    const worker = spawn("chroot", words, { stdio: "ignore" });
    try {
      const isThere = async () => (await runIn(root, "ls /tmp")).includes("there");
      await waitUntil("the worker to be there", isThere, { timeoutMs: 10_000, everyMs: 50 });
      const paths = await below("/srv/busy");
      const complaint = await complaintOf(data("/srv/busy/main", "postgresql"));
      assert.match(complaint, /is in use by process \d+: nothing was done to it/);
      assert.equal(await below("/srv/busy"), paths);
    } finally {
      worker.kill();
    }
  });
});
