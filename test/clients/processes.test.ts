/**
 * Which process is taken for the postmaster, in tables written by the test and among processes that
 * the test starts under the name of one.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { postmasterDirectory, systemProcesses } from "../../src/clients/processes.ts";
import { makeFolder } from "../support/folder.ts";

const commands = [
  { argv: ["postgres", "-D", "/data"], directory: "/data" },
  { argv: ["/usr/lib/postgresql/15/bin/postgres", "-D", "/data"], directory: "/data" },
  { argv: ["/usr/bin/postmaster", "-p", "5432", "-D", "/data"], directory: "/data" },
  { argv: ["postgres", "-D/data"], directory: "/data" },
  {
    argv: ["postgres", "-D", "/data", "--config-file=/data/postgresql.conf", "--port=5432"],
    directory: "/data",
  },
  { argv: ["postgres: test: checkpointer "], directory: undefined },
  { argv: ["postgres: walwriter", "-D", "/data"], directory: undefined },
  { argv: ["postgres"], directory: undefined },
  { argv: ["postgres", "-D"], directory: undefined },
  { argv: ["pg_ctl", "-D", "/data", "start"], directory: undefined },
  { argv: ["sh", "-c", "postgres -D /data"], directory: undefined },
  { argv: ["postgres", "--single", "-D", "/data"], directory: undefined },
  { argv: ["postgres", "-D", "/data", "-C", "shared_buffers"], directory: undefined },
  { argv: [""], directory: undefined },
  { argv: [], directory: undefined },
];

for (const { argv, directory } of commands) {
  test(`"${argv.join(" ")}" ${directory === undefined ? "is no" : "is a"} postmaster`, () => {
    assert.equal(postmasterDirectory(argv), directory);
  });
}

type Entry = {
  readonly pid: number;
  readonly argv?: readonly string[];
  readonly parentPid?: number;
  readonly state?: string;
  readonly startedAt?: number;
  readonly name?: string;
};

async function tableWith(t: TestContext, ...entries: readonly Entry[]) {
  const directory = makeFolder(t);
  const put = async (entry: Entry) => {
    const { pid, argv = ["postgres", "-D", "/data"], parentPid = 1, state = "S" } = entry;
    const { startedAt = 100, name = "postgres" } = entry;
    await mkdir(`${directory}/${pid}`, { recursive: true });
    await writeFile(`${directory}/${pid}/cmdline`, argv.map((word) => `${word}\0`).join(""));
    const between = "0 ".repeat(17);
    const stat = `${pid} (${name}) ${state} ${parentPid} ${between}${startedAt} 0 0\n`;
    await writeFile(`${directory}/${pid}/stat`, stat);
  };
  for (const entry of entries) await put(entry);
  return { directory, put, processes: systemProcesses(directory) };
}

test("the postmaster of the data directory is found, its neighbours are not", async (t) => {
  const { processes } = await tableWith(
    t,
    { pid: 10, argv: ["postgres", "-D", "/other"] },
    { pid: 11 },
    { pid: 12, argv: ["postgres: test: checkpointer"], parentPid: 11 },
    { pid: 13, argv: [] },
  );
  assert.equal(await processes.findPostmaster("/data"), 11);
  assert.equal(await processes.findPostmaster("/data/"), 11);
  assert.equal(await processes.findPostmaster("/other"), 10);
  assert.equal(await processes.findPostmaster("/nowhere"), undefined);
});

test("without a data directory only a single one is found", async (t) => {
  const { processes, put } = await tableWith(t, { pid: 11 });
  assert.equal(await processes.findPostmaster(undefined), 11);
  await put({ pid: 10, argv: ["postgres", "-D", "/other"] });
  assert.equal(await processes.findPostmaster(undefined), undefined);
});

test("a child that still has the postmaster's arguments is not a second one", async (t) => {
  const { processes } = await tableWith(t, { pid: 11 }, { pid: 12, parentPid: 11 });
  assert.equal(await processes.findPostmaster("/data"), 11);
});

test("two that both could be it are none", async (t) => {
  const { processes } = await tableWith(t, { pid: 11 }, { pid: 12 });
  assert.equal(await processes.findPostmaster("/data"), undefined);
});

test("one that has ended and waits for its parent is not found", async (t) => {
  const { processes } = await tableWith(t, { pid: 11, state: "Z" });
  assert.equal(await processes.findPostmaster("/data"), undefined);
});

test("a data directory is the same by whatever path it is reached", async (t) => {
  const { processes, directory, put } = await tableWith(t);
  await mkdir(`${directory}/real`);
  await symlink("real", `${directory}/link`);
  await put({ pid: 11, argv: ["postgres", "-D", `${directory}/link/../link`] });
  assert.equal(await processes.findPostmaster(`${directory}/real`), 11);
});

test("a process lives until it is gone, has ended, or its number belongs to another", async (t) => {
  const { processes, directory, put } = await tableWith(t, { pid: 11, startedAt: 100 });
  assert.equal(await processes.findPostmaster("/data"), 11);
  assert.equal(processes.isAlive(11), true);
  await put({ pid: 11, startedAt: 100, state: "D", name: ") R 1 (" });
  assert.equal(processes.isAlive(11), true);
  await put({ pid: 11, startedAt: 100, state: "Z" });
  assert.equal(processes.isAlive(11), false);
  await put({ pid: 11, startedAt: 900 });
  assert.equal(processes.isAlive(11), false);
  await rm(`${directory}/11`, { recursive: true });
  assert.equal(processes.isAlive(11), false);
});

test("what cannot be read is not taken for gone", async (t) => {
  const { processes, directory } = await tableWith(t, { pid: 11 });
  await rm(`${directory}/11/stat`);
  await mkdir(`${directory}/11/stat`);
  assert.equal(processes.isAlive(11), true);
});

test("no process table means no postmaster", async () => {
  const processes = systemProcesses("/nowhere");
  assert.equal(await processes.findPostmaster(undefined), undefined);
  assert.equal(processes.isAlive(1), false);
});

/** A process that calls itself the postmaster of a directory of this test's own. */
async function startPostmaster(
  t: TestContext,
): Promise<{ directory: string; child: ChildProcess }> {
  const directory = makeFolder(t);
  const script = "process.stdout.write('.'); setTimeout(() => undefined, 30_000)";
  const argv = ["-e", script, "--", "-D", directory];
  const child = spawn(process.execPath, argv, { argv0: "postgres", stdio: "pipe" });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return { directory, child };
}

test("a real process is found, and missed as soon as it is killed", async (t) => {
  const { directory, child } = await startPostmaster(t);
  const processes = systemProcesses();
  assert(child.pid !== undefined);
  assert.equal(await processes.findPostmaster(directory), child.pid);
  assert.equal(processes.isAlive(child.pid), true);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(processes.isAlive(child.pid), false);
  assert.equal(await processes.findPostmaster(directory), undefined);
});

test("a stopped process lives", async (t) => {
  const { directory, child } = await startPostmaster(t);
  const processes = systemProcesses();
  assert(child.pid !== undefined);
  assert.equal(await processes.findPostmaster(directory), child.pid);
  child.kill("SIGSTOP");
  await sleep(50);
  assert.equal(processes.isAlive(child.pid), true);
});

test("a table of 5,000 is read in slices, between which others have their turn", async (t) => {
  const entries = Array.from({ length: 5_000 }, (_, index) => {
    return { pid: index + 100, argv: ["sleep", "infinity"] };
  });
  const { processes } = await tableWith(t, ...entries, { pid: 7_000 });
  let turns = 0;
  let isSearching = true;
  const count = () => {
    turns += 1;
    if (isSearching) setImmediate(count);
  };
  setImmediate(count);
  assert.equal(await processes.findPostmaster("/data"), 7_000);
  isSearching = false;
  assert(turns >= 20, `${turns} turns`);
});
