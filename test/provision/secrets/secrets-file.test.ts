/**
 * The file of the secrets: kept from others, whole at every moment, and never made anew.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, describe, mock, test } from "node:test";
import { complaintsText } from "../../../src/complaints.ts";
import { completeSecrets, createSecrets } from "../../../src/provision/secrets/make-secrets.ts";
import type { Secrets } from "../../../src/provision/secrets/secrets.ts";
import {
  loadSecrets,
  secretsPath,
  storeSecrets,
} from "../../../src/provision/secrets/secrets-file.ts";
import { allSecrets } from "../../../src/provision/secrets/stored-form.ts";
import { makeFolder } from "../../support/folder.ts";
import { clusterOf, revealed } from "./sketch.ts";

const cluster = clusterOf(["app"]);
const folder = makeFolder();

let count = 0;

/** A path in a folder of the test's own. */
function newPath(): string {
  count += 1;
  const own = join(folder, String(count));
  mkdirSync(own);
  return join(own, "cluster.secrets.json");
}

async function stored(path: string, secrets = createSecrets(cluster)): Promise<Secrets> {
  const outcome = await storeSecrets(path, { scope: "test", secrets, replaced: undefined });
  assert.deepEqual(outcome, { ok: true, value: undefined });
  return secrets;
}

async function loaded(path: string): Promise<Secrets> {
  const read = await loadSecrets(path, "test");
  assert(read.ok && read.secrets !== undefined, JSON.stringify(read));
  return read.secrets;
}

async function refusal(path: string): Promise<string> {
  const read = await loadSecrets(path, "test");
  assert(!read.ok, "it was taken");
  return complaintsText([read.complaint]);
}

function namesBeside(path: string): readonly string[] {
  return readdirSync(join(path, ".."));
}

test("It lies beside the cluster file, under its name.", () => {
  assert.equal(secretsPath("/a/cluster.yml"), "/a/cluster.secrets.json");
  assert.equal(secretsPath("test.yaml"), "test.secrets.json");
  assert.equal(secretsPath("test.json"), "test.secrets.json");
  assert.equal(secretsPath("/a.yml/test"), "/a.yml/test.secrets.json");
});

test("Without a file there are no secrets, and nothing is wrong.", async () => {
  const path = newPath();
  assert.deepEqual(await loadSecrets(path, "test"), { ok: true, secrets: undefined });
  assert.equal(existsSync(path), false);
});

test("What was stored is what is loaded, to the last secret.", async () => {
  const path = newPath();
  const secrets = await stored(path);
  const again = await loaded(path);
  assert.equal(revealed(again), revealed(secrets));
  assert.equal(again.managementToken.accessor, secrets.managementToken.accessor);
  assert.equal(completeSecrets(again, cluster), again, "something was not stored");
});

test("Nobody else can read it, whatever the umask is, and nothing is left beside it.", async () => {
  const path = newPath();
  const umask = process.umask(0);
  try {
    await stored(path);
  } finally {
    process.umask(umask);
  }
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(namesBeside(path), ["cluster.secrets.json"]);
});

describe("it is refused", () => {
  for (const mode of [0o640, 0o604, 0o660, 0o610]) {
    test(`with mode ${mode.toString(8)}`, async () => {
      const path = newPath();
      await stored(path);
      chmodSync(path, mode);
      const text = await refusal(path);
      assert.match(text, new RegExp(`its mode is 0${mode.toString(8)}`));
      assert.match(text, /chmod 600/);
    });
  }

  test("with the secrets of another cluster", async () => {
    const path = newPath();
    const secrets = createSecrets(cluster);
    await storeSecrets(path, { scope: "other", secrets, replaced: undefined });
    assert.match(await refusal(path), /another cluster: its scope is "other"/);
  });

  test("where it is a folder", async () => {
    const path = newPath();
    mkdirSync(path);
    assert.match(await refusal(path), /is no file/);
  });

  test("where a folder of its path is a file", async () => {
    const path = newPath();
    writeFileSync(path, "");
    assert.match(await refusal(join(path, "deeper")), /ENOTDIR/);
  });

  const damages: Readonly<Record<string, (text: string) => string>> = {
    "when it is empty": () => "",
    "when it is cut off": (text) => text.slice(0, -20),
    "when it is no JSON": (text) => text.replaceAll('"', "'"),
    "when it is a list": (text) => `[${text}]`,
    "when it is of a later form": (text) => text.replace('"format": 1', '"format": 2'),
    "when a secret is missing": (text) => text.replace(/.*"rest-password".*\n/, ""),
    "when there is one more": (text) => text.replace("{", '{ "more": "x",'),
    "when a password needs quotes": (text) =>
      text.replace(/("rest-password": ").*(",)/, "$1it's a \\\\ password$2"),
    "when a password is short": (text) => text.replace(/("rest-password": ").*(",)/, "$1abc$2"),
    "when a token is no UUID": (text) => text.replace(/("secret": ").*(")/, "$1abc$2"),
    "when the gossip key is cut": (text) => text.replace(/("gossip-key": ").*(",)/, "$1AAAA=$2"),
    "when it is endless": (text) => `${text}${" ".repeat(1_000_000)}`,
  };

  for (const [title, damage] of Object.entries(damages)) {
    test(`${title}, without a word of what is in it`, async () => {
      const path = newPath();
      const secrets = await stored(path);
      const text = readFileSync(path, "utf8");
      assert.notEqual(damage(text), text);
      writeFileSync(path, damage(text));
      const said = await refusal(path);
      assert.match(said, /cannot be understood|longer than/);
      for (const secret of allSecrets(secrets)) assert(!said.includes(secret.reveal()));
      assert.doesNotMatch(said, /it's a|AAAA|"abc"/);
      const outcome = await storeSecrets(path, { scope: "test", secrets, replaced: secrets });
      assert.equal(outcome.ok ? "" : outcome.code, "changed");
      assert.equal(readFileSync(path, "utf8"), damage(text), "it was written over");
    });
  }
});

describe("what is stored is never made anew", () => {
  test("a first file is not put where one is", async () => {
    const path = newPath();
    await stored(path);
    const before = readFileSync(path, "utf8");
    const secrets = createSecrets(cluster);
    const outcome = await storeSecrets(path, { scope: "test", secrets, replaced: undefined });
    assert.equal(outcome.ok ? "" : outcome.code, "changed");
    assert.equal(readFileSync(path, "utf8"), before);
    assert.deepEqual(namesBeside(path), ["cluster.secrets.json"]);
  });

  test("of many first files that come at once, one stays", async () => {
    const path = newPath();
    const all = Array.from({ length: 20 }, () => createSecrets(cluster));
    const outcomes = await Promise.all(
      all.map((secrets) => storeSecrets(path, { scope: "test", secrets, replaced: undefined })),
    );
    const winners = all.filter((_, index) => outcomes[index]?.ok === true);
    assert.equal(winners.length, 1);
    assert.deepEqual(winners.map(revealed), [revealed(await loaded(path))]);
    assert.deepEqual(namesBeside(path), ["cluster.secrets.json"]);
  });

  test("a completed one replaces what was read, and only that", async () => {
    const path = newPath();
    const first = await stored(path);
    const more = completeSecrets(first, clusterOf(["app", "web"]));
    const other = completeSecrets(first, clusterOf(["app", "batch"]));
    const replaced = await loaded(path);
    const outcome = await storeSecrets(path, { scope: "test", secrets: more, replaced });
    assert.equal(outcome.ok, true);
    assert.equal(revealed(await loaded(path)), revealed(more));
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const late = await storeSecrets(path, { scope: "test", secrets: other, replaced });
    assert.equal(late.ok ? "" : late.code, "changed");
    assert.equal(revealed(await loaded(path)), revealed(more));
  });

  test("a link to where it is kept stays a link", async () => {
    const path = newPath();
    const kept = newPath();
    const first = await stored(kept);
    symlinkSync(kept, path);
    const secrets = completeSecrets(first, clusterOf(["app", "web"]));
    const outcome = await storeSecrets(path, { scope: "test", secrets, replaced: first });
    assert.equal(outcome.ok, true);
    assert.equal(readlinkSync(path), kept);
    assert.equal(revealed(await loaded(kept)), revealed(secrets));
  });

  test("a folder that cannot be written is a failure, which names no secret", async () => {
    const path = join(folder, "nowhere", "cluster.secrets.json");
    const secrets = createSecrets(cluster);
    const outcome = await storeSecrets(path, { scope: "test", secrets, replaced: undefined });
    assert(!outcome.ok);
    assert.equal(outcome.code, "unwritable");
    assert.match(outcome.detail, /ENOENT/);
    for (const secret of allSecrets(secrets)) assert(!outcome.detail.includes(secret.reveal()));
  });
});

describe("whatever happens", () => {
  afterEach(() => {
    mock.restoreAll();
    syncBuiltinESMExports();
  });

  /** The steps that reach the disk, in the order in which they are taken. */
  async function watched(path: string): Promise<string[]> {
    const steps: string[] = [];
    const { open, link, rename } = fs;
    mock.method(fs, "open", async (...args: Parameters<typeof open>) => {
      const handle = await open(...args);
      const isFolder = (await handle.stat()).isDirectory();
      const writeFile = handle.writeFile.bind(handle);
      const sync = handle.sync.bind(handle);
      mock.method(handle, "writeFile", async (...content: Parameters<typeof writeFile>) => {
        steps.push("write");
        await writeFile(...content);
      });
      mock.method(handle, "sync", async () => {
        steps.push(isFolder ? "sync folder" : "sync file");
        await sync();
      });
      return handle;
    });
    const place = (name: string) => (to: unknown) => {
      steps.push(`${name} to ${to === path ? "its place" : String(to)}`);
    };
    mock.method(fs, "link", async (...args: Parameters<typeof link>) => {
      place("link")(args[1]);
      await link(...args);
    });
    mock.method(fs, "rename", async (...args: Parameters<typeof rename>) => {
      place("rename")(args[1]);
      await rename(...args);
    });
    syncBuiltinESMExports();
    return steps;
  }

  test("it is on the disk before it takes its place, and its place is on the disk too", async () => {
    const path = newPath();
    const steps = await watched(path);
    const first = await stored(path);
    assert.deepEqual(steps.splice(0), ["write", "sync file", "link to its place", "sync folder"]);
    const secrets = completeSecrets(first, clusterOf(["app", "web"]));
    const outcome = await storeSecrets(path, { scope: "test", secrets, replaced: first });
    assert.equal(outcome.ok, true);
    assert.deepEqual(steps, ["write", "sync file", "rename to its place", "sync folder"]);
  });

  test("a disk that is full leaves the old file and no other", async () => {
    const path = newPath();
    const first = await stored(path);
    const { open } = fs;
    mock.method(fs, "open", async (...args: Parameters<typeof open>) => {
      const handle = await open(...args);
      if (args[1] === "wx") {
        const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
        mock.method(handle, "sync", () => Promise.reject(full));
      }
      return handle;
    });
    syncBuiltinESMExports();
    const secrets = completeSecrets(first, clusterOf(["app", "web"]));
    const outcome = await storeSecrets(path, { scope: "test", secrets, replaced: first });
    assert.equal(outcome.ok ? "" : outcome.code, "unwritable");
    assert.equal(revealed(await loaded(path)), revealed(first));
    assert.deepEqual(namesBeside(path), ["cluster.secrets.json"]);
  });

  test("a process that is killed leaves a whole file", async () => {
    const path = newPath();
    const first = await stored(path);
    const program = join(import.meta.dirname, "store-for-ever.ts");
    let rolesSeen = 0;
    for (let round = 0; round < 5; round += 1) {
      const child = spawn(process.execPath, [program, path], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      child.kill("SIGKILL");
      await once(child, "exit");
      const now = await loaded(path);
      assert.equal(now.managementToken.secret.reveal(), first.managementToken.secret.reveal());
      assert(now.rolePasswords.size > rolesSeen, "nothing was stored meanwhile");
      rolesSeen = now.rolePasswords.size;
    }
  });
});
