/**
 * The survey on a real system, and how its answer is read.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import fc from "fast-check";

import { parseSurvey } from "../../../src/provision/preflight/parse-survey.ts";
import { programFunctions } from "../../../src/provision/preflight/script-programs.ts";
import { systemFunctions } from "../../../src/provision/preflight/script-system.ts";
import { surveyScript } from "../../../src/provision/preflight/survey-script.ts";
import { makeFolder } from "../../support/folder.ts";
import { sixHosts } from "../support/clusters.ts";
import { runSandboxed, sandboxProblem } from "./sandboxed.ts";

const cluster = sixHosts();
const host = cluster.hosts[3] ?? assert.fail();
const besides = { clock: undefined, disks: undefined, wire: undefined };
const skip = sandboxProblem();

/** A host with the VIP, a bridge, and somebody on Patroni's port. */
const setup = `
ip link add eth0 type veth peer name other
ip link set eth0 up
ip link set other up
ip address add 192.168.1.141/24 dev eth0
ip address add 192.168.1.140/32 dev eth0 valid_lft 600 preferred_lft 600
ip link add br9 type bridge
node -e 'require("net").createServer().listen(8008, "192.168.1.141", () => console.error())' \\
    2>/run/listening &
while [ ! -s /run/listening ]; do sleep 0.05; done
sh -s
kill $!
`;

test("the survey of a real system", { skip }, () => {
  const survey = parseSurvey(runSandboxed(setup, surveyScript(cluster, host)), besides);
  assert(survey !== undefined);
  const { system, network, storage, protection } = survey;
  assert.match(system.os?.id ?? "", /^[a-z]+$/);
  assert.match(system.architecture ?? "", /^(x86_64|aarch64)$/);
  assert.match(system.glibc ?? "", /^2\.\d+$/);
  assert.notEqual(system.packageManager, "unknown");
  assert(system.memoryMb !== undefined && system.memoryMb > 100);
  assert(system.processors !== undefined && system.processors > 0);
  assert.match(system.bootId ?? "", /^[0-9a-f-]{36}$/);
  assert(system.locales?.includes("POSIX"));
  assert.match(protection.umask ?? "", /^0?\d{3}$/);
  assert.equal(protection.lock, undefined);

  assert.deepEqual([...network.names.keys()].toSorted(), [
    "test-db-cl",
    ...cluster.hosts.map(({ name }) => name).toSorted(),
  ]);
  const eth0 = network.interfaces?.find(({ name }) => name === "eth0");
  assert.equal(eth0?.isUp, true);
  assert.equal(eth0.isBridge, false);
  assert.match(eth0.mac, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  assert.deepEqual(
    eth0.addresses.filter(({ address }) => address.includes(".")),
    [
      { address: "192.168.1.141", prefixLength: 24, isLimited: false },
      { address: "192.168.1.140", prefixLength: 32, isLimited: true },
    ],
  );
  assert.equal(network.interfaces?.find(({ name }) => name === "br9")?.isBridge, true);
  const listener = network.listeners?.find(({ port }) => port === 8008);
  assert.equal(listener?.address, "192.168.1.141");
  assert.equal(listener.protocol, "tcp");
  assert.notEqual(listener.process, "");

  const root = storage.spaces.get("/");
  assert(root !== undefined && root.freeMb > 0 && root.sizeMb >= root.freeMb);
  assert.notEqual(root.mountPoint, "");
  assert(root.options.includes("rw"));
  // It is not there, so what it would lie on counts.
  assert(storage.spaces.has("/pgdata"));
  assert.equal(storage.tmpMode, "1777");
});

test("apt's answer is read: installed, to be had, unknown", () => {
  const answer = [
    "policy\tpython3:",
    "policy\t  Installed: 3.11.2-1+b1",
    "policy\t  Candidate: 3.11.2-1+b1",
    "policy\tpostgresql-17:",
    "policy\t  Installed: (none)",
    "policy\t  Candidate: 17.6-1.pgdg12+1",
    "policy\tpostgrespro-1c-18:",
    "policy\t  Installed: (none)",
    "policy\t  Candidate: (none)",
    "end",
  ];
  assert.deepEqual(
    [...(parseSurvey(answer.join("\n"), besides)?.system.packages ?? [])],
    [
      ["python3", { installed: "3.11.2-1+b1", candidate: "3.11.2-1+b1" }],
      ["postgresql-17", { installed: undefined, candidate: "17.6-1.pgdg12+1" }],
      ["postgrespro-1c-18", { installed: undefined, candidate: undefined }],
    ],
  );
});

test("units, a lock, sshd's word, signatures and things that do not answer", () => {
  const answer = [
    "unit\tId=consul.service",
    "unit\tLoadState=loaded",
    "unit\tActiveState=active",
    "unit\t",
    "unit\tId=chrony.service",
    "unit\tLoadState=loaded",
    "unit\tActiveState=active",
    "unit\t",
    "unit\tId=dnf-automatic.timer",
    "unit\tLoadState=loaded",
    "unit\tActiveState=active",
    "unit\t",
    "unit\tId=etcd.service",
    "unit\tLoadState=not-found",
    "unit\tActiveState=inactive",
    "forwarding\tno\tno",
    "lock\tann\tdesk\t1000\t1300",
    "digital-signature\t/etc/digsig/digsig_initramfs.conf\t0",
    "digital-signature\t/sys/digsig/elf_mode\t1",
    "upgrader\tunattended-upgrades\t1",
    "upgrader\tother\t0",
    "leftover\t/pgdata/17/test\t0",
    "glibc\tmusl",
    "memory\t",
    "end",
  ];
  const survey = parseSurvey(answer.join("\n"), besides);
  assert.deepEqual(
    [...(survey?.programs.units ?? [])],
    [
      ["consul.service", { isKnown: true, active: "active" }],
      ["chrony.service", { isKnown: true, active: "active" }],
      ["dnf-automatic.timer", { isKnown: true, active: "active" }],
      ["etcd.service", { isKnown: false, active: "inactive" }],
    ],
  );
  assert.equal(survey?.network.isForwarding, false);
  assert.deepEqual(survey.protection.lock, { owner: "ann", machine: "desk", ageS: 300 });
  assert.equal(survey.protection.digitalSignature, "/sys/digsig/elf_mode");
  assert.deepEqual(survey.programs.upgraders, ["unattended-upgrades", "dnf-automatic.timer"]);
  assert.deepEqual(survey.system.timeServices, ["chrony"]);
  assert.equal(survey.storage.leftovers.size, 0);
  assert.equal(survey.system.glibc, undefined);
  assert.equal(survey.system.memoryMb, undefined);
  assert.equal(survey.network.interfaces, undefined);
});

/** What the functions of the script say, called one by one. */
function called(...calls: readonly string[]): readonly string[] {
  const input = `${systemFunctions}${programFunctions}\n${calls.join("\n")}\n`;
  const { stdout, stderr } = spawnSync("sh", ["-s"], { input, encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.split("\n").slice(0, -1);
}

test("the few words of a configuration, in JSON and HCL, and never the gossip key", (context) => {
  const folder = makeFolder(context);
  const key = randomBytes(32).toString("base64");
  const digest = createHash("sha256").update(key).digest("hex");
  const settings = { primary_datacenter: "far", datacenter: "near", node_name: "n1", encrypt: key };
  const texts = {
    pretty: JSON.stringify(settings, undefined, 2),
    minified: JSON.stringify(settings),
    hcl: `primary_datacenter = "far"\ndatacenter = "near"\n  node_name= "n1"\nencrypt = "${key}"\n`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const file = join(folder, name);
    writeFileSync(file, text);
    const lines = called(
      `word_in ${file} datacenter`,
      `word_in ${file} node_name`,
      `word_in ${file} absent`,
      `digest_of "$(word_in ${file} encrypt)"`,
    );
    assert.deepEqual(lines, ["near", "n1", digest], name);
  }
});

test("the key of a keyring is the first one", (context) => {
  const folder = makeFolder(context);
  const keys = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];
  spawnSync("mkdir", [join(folder, "serf")]);
  writeFileSync(join(folder, "serf", "local.keyring"), JSON.stringify(keys, undefined, 2));
  const digest = createHash("sha256")
    .update(keys[0] ?? "")
    .digest("hex");
  assert.deepEqual(called(`consul_data_fact ${folder}`), [`consul-data\t${folder}\t${digest}`]);
});

test("whose a Patroni is, with quotes and without", (context) => {
  const folder = makeFolder(context);
  const file = join(folder, "patroni.yml");
  const quoted = `"scope": "test"\n"name": "db1"\n"restapi":\n  "name": "no"\n`;
  for (const text of [quoted, "scope: test\nname: 'db1'\nrestapi:\n  name: no\n"]) {
    writeFileSync(file, text);
    const words = called(`patroni_word ${file} scope`, `patroni_word ${file} name`);
    assert.deepEqual(words, ["test", "db1"]);
    assert.deepEqual(called(`patroni_word ${file} namespace`), []);
  }
});

test("the unit of a process is found in its cgroup, whatever lies above and below", () => {
  const script = (cgroup: string) =>
    `unit() { printf '%s\\n' '${cgroup}' | sed -n 's#^.*/\\([^/]*\\.service\\)\\(/.*\\)\\{0,1\\}$#\\1#p'; }; unit`;
  assert(systemFunctions.includes(String.raw`s#^.*/\([^/]*\.service\)\(/.*\)\{0,1\}$#\1#p`));
  assert.deepEqual(called(script("0::/system.slice/patroni.service")), ["patroni.service"]);
  assert.deepEqual(
    called(script("0::/machine.slice/m.scope/payload/system.slice/consul.service/sub")),
    ["consul.service"],
  );
  assert.deepEqual(called(script("0::/user.slice/user-0.slice/session-1.scope")), []);
});

test("words of the cluster file reach the shell as they are", () => {
  const strange = sixHosts({ vip: { ...cluster.vip, name: "a'b $(touch x) `c`" } });
  const script = surveyScript(strange, host);
  assert(script.includes(String.raw`name_fact 'a'\''b $(touch x) ` + "`c`'"));
});

test("an answer that was cut off is none", () => {
  assert.equal(parseSurvey("os\tdebian\t\t12\tDebian", besides), undefined);
});

test("reading never fails, whatever a host prints", () => {
  const words = [...systemFunctions.matchAll(/say ([a-z-]+)/g)].map(([, word = ""]) => word);
  const field = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "0",
      "1",
      "yes",
      "(none)",
      "[{}]",
      '[{"ifname":"lo","addr_info":[{}]}]',
      "__proto__",
    ),
    fc.json(),
  );
  const row = fc
    .tuple(fc.oneof(fc.constantFrom(...words, "policy", "unit"), fc.string()), fc.array(field))
    .map(([word, fields]) => [word, ...fields].join("\t"));
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      assert.notEqual(parseSurvey([...rows, "end"].join("\n"), besides), undefined);
    }),
  );
});
