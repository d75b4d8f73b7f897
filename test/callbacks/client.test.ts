/**
 * vip-agent-callback: a client that cannot do harm, cannot block, cannot fail, and is over in no
 * time, whatever it finds and whatever it is given.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { leaveWord } from "../../src/callbacks/leave-word.ts";
import {
  client,
  createPlace,
  nobody,
  runClient,
  shellsHere,
  skipWithoutNobody,
  stop,
} from "./support.ts";

const words = ["on_stop", "primary", "test"];
const name = "on_stop.primary.test";
const silence = { code: 0, stdout: "", stderr: "" };
const oneLine = /^vip-agent-callback: [^\n]+\n$/;

/** What may have the name of an event; each answers with what must still be true afterwards. */
const obstacles: Readonly<Record<string, (path: string) => () => void>> = {
  "a pipe that nobody reads": (path) => {
    spawnSync("mkfifo", [path]);
    return () => assert(lstatSync(path).isFIFO());
  },
  "a link to nowhere": (path) => {
    const target = join(dirname(dirname(path)), "nowhere");
    symlinkSync(target, path);
    return () => {
      assert.equal(readlinkSync(path), target);
      assert.throws(() => lstatSync(target), "it was followed");
    };
  },
  "a link to a file of his own": (path) => {
    const target = join(dirname(dirname(path)), "own");
    writeFileSync(target, "");
    utimesSync(target, 1, 1);
    symlinkSync(target, path);
    return () => assert.equal(statSync(target).mtimeMs, 1_000, "it was followed");
  },
  "a directory": (path) => {
    mkdirSync(path);
    return () => assert(lstatSync(path).isDirectory());
  },
  "a file with content": (path) => {
    writeFileSync(path, "precious");
    return () => assert.equal(readFileSync(path, "utf8"), "precious");
  },
};

for (const { shell, skip } of shellsHere) {
  describe(`vip-agent-callback by ${shell.name}`, { skip }, () => {
    test("makes an empty file and says nothing", () => {
      const directory = createPlace();
      assert.deepEqual(runClient(shell, ["--directory", directory, ...words]), silence);
      assert.deepEqual(readdirSync(directory), [name]);
      assert.equal(lstatSync(join(directory, name)).size, 0);
    });

    test("touches the one that is there", () => {
      const directory = createPlace();
      writeFileSync(join(directory, name), "");
      utimesSync(join(directory, name), 1, 1);
      assert.deepEqual(runClient(shell, ["--directory", directory, ...words]), silence);
      assert.ok(Date.now() - lstatSync(join(directory, name)).mtimeMs < 60_000);
    });

    for (const [what, obstruct] of Object.entries(obstacles)) {
      test(`leaves ${what} of that name alone, and says so`, () => {
        const directory = createPlace();
        const isUntouched = obstruct(join(directory, name));
        const { code, stderr } = runClient(shell, ["--directory", directory, ...words]);
        assert.equal(code, 0);
        assert.match(stderr, oneLine);
        isUntouched();
      });
    }

    const misuses: readonly (readonly string[])[] = [
      [],
      ["on_stop"],
      ["on_stop", "primary"],
      [...words, "more"],
      Array.from({ length: 2_000 }, () => "word"),
      ["", "", ""],
      ["on_stop", "", "test"],
      ["on stop", "primary", "test"],
      ["on_stop", "../..", "test"],
      ["-e", "-n", "-c"],
      ["on_stop", "größe", "test"],
      ["on\nstop", "primary", "test"],
    ];
    for (const given of misuses) {
      test(`takes ${JSON.stringify(given).slice(0, 40)} for a mistake, in one line`, () => {
        const directory = createPlace();
        const { code, stdout, stderr } = runClient(shell, ["--directory", directory, ...given]);
        assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
        assert.match(stderr, oneLine);
        assert.deepEqual(readdirSync(directory), []);
      });
    }

    for (const flags of [["--directory"], ["--directory="], ["--directory", ""]]) {
      test(`has nothing to do with ${flags.join(" ")}`, () => {
        const { code, stderr } = runClient(shell, [...flags, ...words]);
        assert.equal(code, 0);
        assert.match(stderr, oneLine);
      });
    }

    test("finds no words behind a flag without a value", () => {
      const { code, stderr } = runClient(shell, ["--directory"]);
      assert.equal(code, 0);
      assert.match(stderr, /found 0 words/);
    });

    test("makes nothing in a directory below", () => {
      const directory = createPlace();
      mkdirSync(join(directory, name));
      const given = ["--directory", directory, "on_stop", "primary", "test/inner"];
      assert.match(runClient(shell, given).stderr, oneLine);
      assert.deepEqual(readdirSync(join(directory, name)), []);
    });

    test("says that the directory is not there, and makes none", () => {
      const directory = join(createPlace(), "later");
      const { code, stderr } = runClient(shell, ["--directory", directory, ...words]);
      assert.equal(code, 0);
      assert.match(stderr, oneLine);
      assert.ok(stderr.includes(directory));
      assert.throws(() => lstatSync(directory));
    });

    test("says that this user may not", { skip: skipWithoutNobody }, () => {
      const directory = createPlace();
      chmodSync(dirname(dirname(dirname(directory))), 0o711);
      const given = ["--directory", directory, ...words];
      const { code, stderr } = runClient(shell, given, { userId: nobody });
      assert.equal(code, 0);
      assert.match(stderr, /^vip-agent-callback: this user may not .+\n$/);
      assert.deepEqual(readdirSync(directory), []);
    });

    test("says that the file system is full", { skip: skipWithoutNobody }, () => {
      const mount = 'mount -t tmpfs -o nr_inodes=1 none "$1" && shift && exec "$@"';
      const directory = createPlace();
      const wrapper = ["unshare", "--mount", "sh", "-c", mount, "sh", directory];
      const { code, stderr } = runClient(shell, ["--directory", directory, ...words], { wrapper });
      assert.equal(code, 0);
      assert.match(stderr, /^vip-agent-callback: .+ full\?\n$/);
    });

    test("ends well with every descriptor closed", () => {
      const directory = createPlace();
      const closed = 'exec "$@" <&- >&- 2>&-';
      const wrapper = ["sh", "-c", closed, "sh"];
      assert.equal(runClient(shell, ["--directory", directory, ...words], { wrapper }).code, 0);
      assert.deepEqual(readdirSync(directory), [name]);
      assert.equal(runClient(shell, ["--directory", "/nowhere", ...words], { wrapper }).code, 0);
    });

    test("ends well when nobody reads its word any more", async () => {
      const late = ["-c", 'sleep 0.3; exec "$@"', "sh", ...shell.argv, client];
      const child = spawn("sh", late, { stdio: ["ignore", "ignore", "pipe"] });
      child.stderr.destroy();
      const [code, signal] = await once(child, "exit");
      assert.deepEqual({ code, signal }, { code: 0, signal: null });
    });

    test("ends in time", (context) => {
      const directory = createPlace();
      const times = Array.from({ length: 51 }, () => {
        const fromMs = performance.now();
        runClient(shell, ["--directory", directory, ...words]);
        return performance.now() - fromMs;
      }).toSorted((a, b) => a - b);
      const medianMs = times[25] ?? Number.NaN;
      context.diagnostic(`${medianMs.toFixed(1)} ms, at most ${times.at(-1)?.toFixed(1)} ms`);
      assert.ok(medianMs < 200);
    });

    test("many at once leave one word", async () => {
      const directory = createPlace();
      const argv = [...shell.argv, client, "--directory", directory, ...words];
      const codes = Array.from({ length: 40 }, async () => {
        const [code] = await once(spawn("env", argv, { stdio: "ignore" }), "close");
        return code;
      });
      assert.deepEqual(new Set(await Promise.all(codes)), new Set([0]));
      assert.deepEqual(readdirSync(directory), [name]);
    });
  });
}

describe("leaving word in TypeScript", () => {
  test("makes an empty file, and touches the one that is there", () => {
    const directory = createPlace();
    assert(leaveWord(stop, directory).ok);
    utimesSync(join(directory, name), 1, 1);
    assert(leaveWord(stop, directory).ok);
    const { size, mtimeMs } = lstatSync(join(directory, name));
    assert.equal(size, 0);
    assert.ok(Date.now() - mtimeMs < 60_000);
  });

  for (const [what, obstruct] of Object.entries(obstacles)) {
    test(`leaves ${what} of that name alone, and says so`, () => {
      const directory = createPlace();
      const isUntouched = obstruct(join(directory, name));
      const left = leaveWord(stop, directory);
      assert(!left.ok);
      assert.ok(left.detail.includes(directory));
      isUntouched();
    });
  }

  test("says that the directory is not there", () => {
    const left = leaveWord(stop, "/nowhere/callbacks");
    assert(!left.ok);
    assert.match(left.detail, /no such directory/);
  });
});
