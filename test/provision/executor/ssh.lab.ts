/**
 * The system's ssh against a real sshd.
 *
 *     sh lab/sandbox.sh node --test test/provision/executor/ssh.lab.ts
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { type TestContext, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs, waitUntil } from "../../../lab/clock.ts";
import { attempt } from "../../../lab/command.ts";
import { LabProcess } from "../../../lab/process.ts";
import type { Outcome } from "../../../src/outcome.ts";
import type { Executor } from "../../../src/provision/executor/executor.ts";
import { openHosts } from "../../../src/provision/executor/hosts.ts";
import { clientArgs } from "../../../src/provision/executor/ssh-master.ts";
import { isNeverSent } from "../../../src/provision/executor/ssh-words.ts";
import { Secret } from "../../../src/provision/secrets/secrets.ts";
import { runIn } from "./support/chroot.ts";
import { echoed, listen } from "./support/listener.ts";
import { masters, processes } from "./support/processes.ts";
import {
  type Login,
  type SshHost,
  type Sshd,
  freePort,
  linesOf,
  makeSshHost,
  openHost,
  startSshd,
} from "./support/sshd.ts";

let sshHost: SshHost;

before(async () => {
  sshHost = await makeSshHost();
});

async function open(t: TestContext, lines: readonly string[] = [], login: Login = {}) {
  const sshd = await startSshd(t, sshHost, { lines });
  return { sshd, host: await openHost(t, sshHost, sshd.port, login) };
}

function detailOf(outcome: Outcome<unknown>, code: string): string {
  assert(!outcome.ok);
  assert.equal(outcome.code, code, outcome.detail);
  return outcome.detail;
}

async function answerOf(host: Executor, argv: readonly string[], stdin?: string): Promise<string> {
  const answer = await host.ask(argv, stdin === undefined ? {} : { stdin });
  assert(answer.ok, answer.ok ? "" : answer.detail);
  assert.equal(answer.value.exitCode, 0, answer.value.stderr);
  return answer.value.stdout;
}

async function killMaster(): Promise<void> {
  const [pid, ...others] = await masters();
  assert(pid !== undefined && others.length === 0);
  process.kill(pid, "SIGKILL");
}

/** What sshd says comes through a pipe of its own, which may be read after the answer. */
async function loginsAre(sshd: Sshd, expected: number): Promise<void> {
  const logins = () => linesOf(sshd, /Accepted publickey/);
  await waitUntil(`${expected} logins`, () => logins() >= expected);
  assert.equal(logins(), expected);
}

test("thirty questions at once share one connection", async (t) => {
  const { sshd, host } = await open(t);
  const numbers = Array.from({ length: 30 }, (_, index) => String(index));
  const answers = await Promise.all(numbers.map((number) => answerOf(host, ["echo", number])));
  assert.deepEqual(answers, numbers);
  await loginsAre(sshd, 1);
});

test("a host that allows few sessions at once is asked one after the other", async (t) => {
  const { host } = await open(t, ["MaxSessions 2"]);
  const numbers = Array.from({ length: 12 }, (_, index) => String(index));
  const answers = await Promise.all(numbers.map((number) => answerOf(host, ["echo", number])));
  assert.deepEqual(answers, numbers);
});

test("a host that allows no session at all is given up", async (t) => {
  const { host } = await open(t, ["MaxSessions 0"]);
  const answer = await host.ask(["true"]);
  assert.equal(answer.ok ? "answered" : answer.code, "unreachable");
});

test("arguments, stdin, outputs and exit codes come through as they are", async (t) => {
  const { host } = await open(t);
  const words = ["a b", "", "it's", "$HOME\n`id`", "*"];
  assert.equal(await answerOf(host, ["printf", "%s|", ...words]), `${words.join("|")}|`);
  const text = `${randomUUID()}\n`.repeat(50_000);
  assert.equal(`${await answerOf(host, ["cat"], text)}\n`, text);
  const failing = await host.ask(["sh", "-c", "echo out; echo err >&2; exit 255"]);
  assert.deepEqual(failing, {
    ok: true,
    value: { exitCode: 255, stdout: "out", stderr: "err\n" },
  });
  assert.equal(await answerOf(host, ["true"], text), "", "what nobody reads does no harm");
});

test("what the host says by itself is no part of an answer", async (t) => {
  await runIn(sshHost.root, "echo 'Keep out!' >/etc/ssh/banner");
  const { host } = await open(t, ["Banner /etc/ssh/banner"]);
  await runIn(sshHost.root, "echo 'echo hello; echo hello >&2' >/root/.bashrc; chsh -s /bin/bash");
  t.after(() => runIn(sshHost.root, "rm /root/.bashrc; chsh -s /bin/sh"));
  const answer = await host.ask(["sh", "-c", "echo x; echo y >&2"]);
  assert(answer.ok);
  assert.deepEqual(answer.value, { exitCode: 0, stdout: "x", stderr: "y\n" });
});

test("the user's configuration counts, but for what would be in the way", async (t) => {
  const busy = await listen(t, (socket) => socket.end());
  const lines = [
    "Host reference",
    "HostName 127.0.0.1",
    "ControlMaster auto",
    "ControlPersist yes",
    `ControlPath ${sshHost.folder}/own-%C`,
    `LocalForward 127.0.0.1:${busy.port} 127.0.0.1:1`,
    "ExitOnForwardFailure yes",
    "RequestTTY force",
    "RemoteCommand echo remote",
  ];
  const { host } = await open(t, [], { lines, destination: "reference" });
  assert.equal(await answerOf(host, ["echo", "x"]), "x");
  const path = await host.forward("127.0.0.1", busy.port);
  assert(path.ok, path.ok ? "" : path.detail);
});

test("a host key that is not known is told, with what to do", async (t) => {
  const sshd = await startSshd(t, sshHost, { isKnown: false });
  const host = await openHost(t, sshHost, sshd.port);
  const detail = detailOf(await host.ask(["true"]), "unreachable");
  assert.match(detail, /host key is known|Host key verification failed/);
  assert.match(detail, /connect once by hand \(ssh 127\.0\.0\.1\)/);
  assert.equal(linesOf(sshd, /Accepted/), 0);
});

test("a host key that has changed is told as that", async (t) => {
  const { sshd, host } = await open(t);
  const known = `${sshHost.folder}/known-${sshd.port}`;
  const other = await readFile(`${sshHost.folder}/key.pub`, "utf8");
  await writeFile(known, `[127.0.0.1]:${sshd.port} ${other}`);
  const detail = detailOf(await host.ask(["true"]), "unreachable");
  assert.match(detail, /HAS CHANGED.*ssh-keygen -R/);
});

test("a login that is denied is told", async (t) => {
  const { host } = await open(t, ["DenyUsers root"]);
  assert.match(detailOf(await host.ask(["true"]), "unreachable"), /Permission denied.*ssh-add/);
});

test("a port without sshd is told, to each who asks", async (t) => {
  const host = await openHost(t, sshHost, await freePort());
  const answers = await Promise.all([host.ask(["true"]), host.probe([]), host.forward("::1", 1)]);
  for (const answer of answers) {
    assert.match(detailOf(answer, "unreachable"), /Connection refused; see whether sshd runs/);
  }
});

test("a host that says nothing is given up in the time that the cluster file allows", async (t) => {
  const silent = await listen(t, () => {});
  const options = ["-o", "ConnectTimeout=1"];
  const host = await openHost(t, sshHost, silent.port, { options });
  const startedAtMs = monotonicMs();
  const detail = detailOf(await host.ask(["true"]), "unreachable");
  assert.match(detail, /timed out.*firewall/);
  assert(monotonicMs() - startedAtMs < 9_000);
});

test("a command that takes too long is ended on the host too", async (t) => {
  const { host } = await open(t);
  const seconds = "86399";
  const answer = await host.ask(["sleep", seconds], { deadlineMs: 1_000 });
  assert.match(detailOf(answer, "timeout"), /more than 1 s/);
  const left = (await processes()).filter(({ commandLine }) => commandLine.includes(seconds));
  assert.deepEqual(left, []);
});

test("an ssh that finds no connection says so, whoever is the faster", async () => {
  const args = [...clientArgs(`${sshHost.folder}/nothing`), "--", "db1", "true"];
  const ended = await Promise.all(
    Array.from({ length: 20 }, () => attempt(["ssh", ...args], { timeoutMs: 20_000 })),
  );
  assert.deepEqual(
    ended.filter(({ stderr }) => !isNeverSent(stderr)),
    [],
  );
});

test("a connection that is lost is made anew, and its sockets lead there again", async (t) => {
  const echo = await listen(t, (socket) => socket.pipe(socket));
  const { sshd, host } = await open(t);
  const opened = await host.forward("127.0.0.1", echo.port);
  assert(opened.ok);
  assert.equal(await echoed(opened.value), "hello");
  await killMaster();
  assert.equal(await answerOf(host, ["echo", "again"]), "again");
  await loginsAre(sshd, 2);
  assert.equal(await echoed(opened.value), "hello");
  assert.deepEqual(await host.forward("127.0.0.1", echo.port), opened);
});

test("a step that had begun when the connection was lost is told, and not repeated", async (t) => {
  const { sshd, host } = await open(t);
  const count = "/srv/count";
  const script = `echo x >>${count}; sleep 3`;
  const asked = host.ask(["sh", "-c", script]);
  const inHost = `${sshHost.root}${count}`;
  await waitUntil("it has begun", () => readFile(inHost, "utf8").then(Boolean, () => false));
  await killMaster();
  assert.match(detailOf(await asked, "unreachable"), /lost meanwhile.*not known/);
  assert.equal(await readFile(inHost, "utf8"), "x\n");
  await loginsAre(sshd, 1);
});

test("a step whose beginning was not heard of is not repeated either", async (t) => {
  const { sshd, host } = await open(t, ["ForceCommand echo x >>/srv/forced; sleep 30"]);
  const asked = host.ask(["true"]);
  const inHost = `${sshHost.root}/srv/forced`;
  await waitUntil("it has begun", () => readFile(inHost, "utf8").then(Boolean, () => false));
  await killMaster();
  assert.match(detailOf(await asked, "unreachable"), /lost meanwhile.*not known/);
  assert.equal(await readFile(inHost, "utf8"), "x\n");
  await loginsAre(sshd, 1);
});

test("a connection that stands still is given up, and the next one works", async (t) => {
  const { host } = await open(t);
  const asked = host.ask(["sleep", "86398"], { deadlineMs: 1_000 });
  const isAsked = async () =>
    (await processes()).some(({ commandLine }) => commandLine.startsWith("sleep\x0086398"));
  await waitUntil("it has begun", isAsked);
  const [pid] = await masters();
  assert(pid !== undefined);
  process.kill(pid, "SIGSTOP");
  assert.match(detailOf(await asked, "timeout"), /no answer within 21 s/);
  assert.deepEqual(await masters(), []);
  assert.equal(await answerOf(host, ["echo", "x"]), "x");
});

test("a forwarding leads to a port of the host, also where nobody listens yet", async (t) => {
  const { host } = await open(t);
  const port = await freePort();
  const early = await host.forward("127.0.0.1", port);
  assert(early.ok, early.ok ? "" : early.detail);
  assert.equal(await echoed(early.value), "");
  await listen(t, (socket) => socket.pipe(socket), port);
  assert.equal(await echoed(early.value), "hello");
});

test("a host that refuses to forward says so", async (t) => {
  const { host } = await open(t, ["AllowTcpForwarding no"]);
  const detail = detailOf(await host.forward("127.0.0.1", 8500), "unreachable");
  assert.match(detail, /db1 forwards nothing to 127\.0\.0\.1:8500.*AllowTcpForwarding/);
  assert.equal(await answerOf(host, ["echo", "x"]), "x");
});

test("who is not root becomes it by sudo, or is told why not", async (t) => {
  const anna = { user: "anna" };
  const { sshd, host } = await open(t, [], anna);
  const refused = detailOf(await host.ask(["id", "-u"]), "sudo");
  assert.match(refused, /sudo: a password is required; .*NOPASSWD/);
  const forbidden = await openHost(t, sshHost, sshd.port, { ...anna, sudo: "never" });
  assert.match(detailOf(await forbidden.probe([]), "sudo"), /not to be used.*log in as root/);
  const rule = "anna ALL=(ALL) NOPASSWD: ALL";
  await runIn(sshHost.root, `echo '${rule}' >/etc/sudoers.d/anna && chmod 440 /etc/sudoers.d/anna`);
  assert.equal(await answerOf(host, ["id", "-u"]), "0");
  assert.equal(await answerOf(host, ["cat"], "through sudo"), "through sudo");
  const facts = await host.probe([{ about: "path", path: "/root" }]);
  assert(facts.ok);
  assert.equal(facts.value.paths.get("/root")?.type, "directory");
});

test("a secret is in no argument and no environment while it is written", async (t) => {
  const { host } = await open(t);
  assert((await host.lock("test")).ok);
  const secret = randomUUID();
  const state = { isOver: false };
  const writing = host
    .perform({
      kind: "write-file",
      path: "/etc/secret.conf",
      owner: "root",
      group: "root",
      mode: "0600",
      content: { text: `token = "${secret}"\n`, isSecret: true },
      validator: ["sleep", "1.5"],
    })
    .finally(() => {
      state.isOver = true;
    });
  const seen = new Set<string>();
  let looks = 0;
  while (!state.isOver) {
    for (const { commandLine, environment } of await processes()) {
      assert(!commandLine.includes(secret) && !environment.includes(secret));
      seen.add(commandLine);
    }
    looks += 1;
    await sleep(5);
  }
  const written = await writing;
  assert(written.ok, written.ok ? "" : written.detail);
  assert.match(await readFile(`${sshHost.root}/etc/secret.conf`, "utf8"), new RegExp(secret));
  assert(looks > 3 && [...seen].some((line) => line.includes("secret.conf")), "nothing was seen");
});

test("the hosts of a cluster are opened and closed together, with a transcript", async (t) => {
  const sshd = await startSshd(t, sshHost);
  const config = `${sshHost.folder}/known-${sshd.port}`;
  const words = [`IdentityFile=${sshHost.folder}/key`, `UserKnownHostsFile=${config}`];
  const options = ["-F", "none", ...words.flatMap((word) => ["-o", word])];
  const host = {
    address: "127.0.0.1",
    sshHost: "127.0.0.1",
    interface: "lo",
    roles: [],
    tags: {},
    disks: undefined,
  };
  const secret = new Secret(randomUUID());
  const commands: string[] = [];
  const hosts = openHosts(
    {
      hosts: ["db1", "db2", "db3"].map((name) => ({ ...host, name })),
      ssh: { user: "root", port: sshd.port, options, sudo: "auto" },
    },
    {
      transcript: {
        secrets: [secret],
        report: ({ host: name, command }) => commands.push(`${name}: ${command}`),
        nowMs: monotonicMs,
      },
    },
  );
  t.after(() => hosts.close());
  const executors = [...hosts.executors.values()];
  const argv = ["echo", secret.reveal()];
  const answers = await Promise.all(executors.map((executor) => answerOf(executor, argv)));
  assert.deepEqual(
    answers,
    executors.map(() => secret.reveal()),
  );
  const told = ["db1", "db2", "db3"].map((name) => `${name}: echo (secret)`);
  assert.deepEqual(commands.toSorted(), told);
  assert.equal((await masters()).length, 3);
  await hosts.close();
  assert.deepEqual(await masters(), []);
});

test("nothing is left when it is closed, and it is not opened again", async (t) => {
  const { host } = await open(t);
  const path = await host.forward("127.0.0.1", 1);
  assert(path.ok);
  assert.equal((await masters()).length, 1);
  await host.close();
  assert.deepEqual(await masters(), []);
  await assert.rejects(readFile(path.value), /ENOENT/);
  assert.match(detailOf(await host.ask(["true"]), "unreachable"), /is closed/);
});

test("the connection ends with a program that is killed", async (t) => {
  const sshd = await startSshd(t, sshHost);
  const program = `
    import { createSshPool } from ${JSON.stringify(`${import.meta.dirname}/../../../src/provision/executor/ssh.ts`)};
    const options = ["-F", "${sshHost.folder}/killed"];
    const target = { host: "x", destination: "127.0.0.1", user: "root", port: ${sshd.port}, options };
    const step = { script: "echo connected", args: [], deadlineMs: 9000 };
    const { value } = await createSshPool().open(target, "auto").run(step);
    console.log(value.stdout);
    setInterval(() => {}, 1000);
  `;
  const lines = [`IdentityFile ${sshHost.folder}/key`, "IdentitiesOnly yes", "IdentityAgent none"];
  lines.push(`UserKnownHostsFile ${sshHost.folder}/known-${sshd.port}`);
  await writeFile(`${sshHost.folder}/killed`, `${lines.join("\n")}\n`);
  const argv = ["node", "--input-type=module-typescript", "--eval", program];
  const child = new LabProcess({ name: "program", argv });
  const says = () => child.lines.entries.some(({ text }) => text === "connected");
  await waitUntil("it is connected", says, { timeoutMs: 20_000 });
  assert.equal((await masters()).length, 1);
  await child.kill();
  const isGone = async () => (await masters()).length === 0;
  await waitUntil("its connection is gone", isGone, { timeoutMs: 10_000 });
});
