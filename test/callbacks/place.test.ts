/**
 * Which directory the daemon trusts, and the one that it makes where it is root.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { examinePlace, makePlace } from "../../src/callbacks/place.ts";
import { createPlace, nobody, skipWithoutNobody } from "./support.ts";

const module = fileURLToPath(new URL("../../src/callbacks/place.ts", import.meta.url));
const skipWithoutRoot = process.geteuid?.() === 0 ? false : "missing: root";

/** What a daemon of another user finds. */
function examineAs(userId: number, directory: string): string {
  // Its temporary parents are their maker's own.
  for (const above of [1, 2, 3]) chmodSync(join(directory, "../".repeat(above)), 0o711);
  const program = `
    const { examinePlace } = await import(${JSON.stringify(module)});
    const found = await examinePlace(${JSON.stringify(directory)});
    process.stdout.write(found.ok ? "fine" : found.code + ": " + found.detail);`;
  const argv = ["--input-type=module", "--eval", program];
  const options = { uid: userId, gid: userId, encoding: "utf8", cwd: "/" } as const;
  return spawnSync(process.execPath, argv, options).stdout;
}

describe("a place is trusted", () => {
  test("that belongs to the daemon, whoever may add by his group", async () => {
    const directory = createPlace();
    chmodSync(directory, 0o1730);
    assert.equal((await examinePlace(directory)).ok, true);
  });

  test("that belongs to root where the daemon may change it", { skip: skipWithoutNobody }, () => {
    const directory = createPlace();
    chownSync(directory, 0, nobody);
    chmodSync(directory, 0o770);
    assert.equal(examineAs(nobody, directory), "fine");
  });

  test("that the package has given to the daemon's own user", { skip: skipWithoutNobody }, () => {
    const directory = createPlace();
    chownSync(directory, nobody, 0);
    chmodSync(directory, 0o1730);
    assert.equal(examineAs(nobody, directory), "fine");
  });
});

describe("a place is refused", () => {
  const cases: Readonly<Record<string, { make: (path: string) => void; code: string }>> = {
    "that is not there": { make: () => undefined, code: "missing" },
    "that is a file": { make: (path) => writeFileSync(path, ""), code: "unsafe" },
    "that is a link to a directory": { make: (path) => symlinkSync("..", path), code: "unsafe" },
    "to which everybody may write": {
      make: (path) => {
        mkdirSync(path);
        chmodSync(path, 0o1777);
      },
      code: "unsafe",
    },
  };
  for (const [what, { make, code }] of Object.entries(cases)) {
    test(what, async () => {
      const directory = join(createPlace(), "one");
      make(directory);
      const found = await examinePlace(directory);
      assert.equal(found.ok ? "fine" : found.code, code);
      assert.ok(!found.ok && found.detail.includes(directory));
    });
  }

  test("below something that is no directory", async () => {
    const file = join(createPlace(), "file");
    writeFileSync(file, "");
    const found = await examinePlace(join(file, "callbacks"));
    assert.equal(found.ok ? "fine" : found.code, "failed");
  });

  test("that belongs to somebody else", { skip: skipWithoutRoot }, async () => {
    const directory = createPlace();
    chownSync(directory, nobody, 0);
    const found = await examinePlace(directory);
    assert.equal(found.ok ? "fine" : found.code, "unsafe");
  });

  test("whose sticky bit keeps the daemon from removing", { skip: skipWithoutNobody }, () => {
    const directory = createPlace();
    chownSync(directory, 0, nobody);
    chmodSync(directory, 0o1770);
    assert.match(examineAs(nobody, directory), /^closed: .+ sticky bit/);
  });

  test("that the daemon may not list", { skip: skipWithoutNobody }, () => {
    const directory = createPlace();
    chownSync(directory, 0, nobody);
    chmodSync(directory, 0o730);
    assert.match(examineAs(nobody, directory), /^closed: .+EACCES/);
  });

  test(
    "that is read-only for the process, with the setting that helps",
    { skip: skipWithoutNobody },
    () => {
      const directory = createPlace();
      const program = `
      const { examinePlace } = await import(${JSON.stringify(module)});
      process.stdout.write((await examinePlace(${JSON.stringify(directory)})).detail);`;
      const argv = [process.execPath, "--input-type=module", "--eval", program];
      const script =
        'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"';
      const all = ["--mount", "sh", "-c", script, "sh", directory, ...argv];
      const { stdout } = spawnSync("unshare", all, { encoding: "utf8" });
      assert.match(stdout, /ReadWritePaths=/);
    },
  );
});

describe("root makes a place", { skip: skipWithoutRoot }, () => {
  // A group that every Linux has.
  const group = "daemon";
  const groupId = Number(/^daemon:[^:]*:(\d+)/mu.exec(groups())?.[1]);

  test("which the group may add to and nobody else may enter, whatever the umask", async () => {
    const directory = createPlace();
    rmSync(dirname(directory), { recursive: true });
    const before = process.umask(0o077);
    const made = await makePlace(directory, group);
    process.umask(before);
    assert.deepEqual(made, { ok: true, value: undefined });
    const [place, parent] = [statSync(directory), statSync(dirname(directory))];
    assert.deepEqual([place.uid, place.gid, place.mode & 0o7777], [0, groupId, 0o1730]);
    assert.equal(parent.mode & 0o7777, 0o755);
    assert.equal((await examinePlace(directory)).ok, true);
  });

  test("in a folder that is there, which stays as it is", async () => {
    const directory = createPlace();
    rmSync(directory, { recursive: true });
    chmodSync(dirname(directory), 0o750);
    assert.equal((await makePlace(directory, group)).ok, true);
    assert.equal(statSync(dirname(directory)).mode & 0o7777, 0o750);
  });

  test("not without the group, and says what to do", async () => {
    const directory = createPlace();
    rmSync(directory, { recursive: true });
    const made = await makePlace(directory, "no-such-group");
    assert.ok(!made.ok && made.detail.includes("install -d"));
    assert.throws(() => statSync(directory));
  });
});

function groups(): string {
  return spawnSync("getent", ["group"], { encoding: "utf8" }).stdout;
}
