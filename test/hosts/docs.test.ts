/**
 * docs/systemd.md, done as it says: its files are written, its commands are run, on a host with the
 * agent installed, and what the page promises of the token comes true.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { INTERFACE } from "../../lab/network.ts";
import { isAdded, WIDE_MS } from "../lab/support/stage.ts";
import { madeAtBoot } from "./support/callbacks.ts";
import { skipWithoutMachines } from "./support/capabilities.ts";
import { HostStage, MEMBER, UNIT } from "./support/stage.ts";
import { withStage } from "../lab/support/stage.ts";

const skip = await skipWithoutMachines();

const page = readFileSync(join(import.meta.dirname, "../../docs/systemd.md"), "utf8");
const TOKEN_FILE = "/etc/vip-agent/consul-token";
const RULES = 'key_prefix "db/test/" { policy = "read" }';

// The page has files of systemd (their path is in the first line) and commands for a root shell.
const files = [...page.matchAll(/```ini\n# (\S+)\n([\s\S]*?)```/gu)].map(
  ([, path = "", content = ""]) => ({ path, content }),
);
const commands = page.split("\n").flatMap((line) => (/^ {4}\S/u.test(line) ? [line.trim()] : []));
// Those in tables and sentences, but for those of NetworkManager, which has a machine of its own in
// network-managers.test.ts.
const inline = [...page.matchAll(/`((?:systemctl|networkctl) [^`…]+ [^`…]+)`/gu)]
  .map(([, command = ""]) => command)
  .filter((command) => !command.endsWith(" NetworkManager"));

describe("docs/systemd.md", { skip }, () => {
  let stage: HostStage;
  let token = "";

  withStage(async () => {
    const network = `[Match]\nName=${INTERFACE}\n[Network]\nAddress=192.168.1.141/24\n`;
    stage = await HostStage.open({
      consul: { acl: true },
      machine: {
        network: "networkd",
        files: {
          ...madeAtBoot,
          // The other group that the page speaks of.
          "/usr/lib/sysusers.d/patroni.conf": "g patroni -\n",
          [`/etc/systemd/network/${INTERFACE}.network`]: network,
        },
      },
    });
    token = (await stage.lab.consul.createToken(RULES)).secret;
    return stage;
  });

  it("shows files and commands", () => {
    assert.ok(files.length >= 4 && commands.length >= 12 && inline.length >= 4);
  });

  it("shows how the token is handed over from a file that only root reads", async () => {
    const addresses = await stage.addresses();
    await stage.configure();
    await writeToken();
    await stage.lab.leaderKey.move(MEMBER);
    await stage.systemctl("start", UNIT);
    await stage.untilStatus(/: yield/u);
    assert.deepEqual(await addresses.upToNow(), [], "without the token the key cannot be read");
    const dropIn = files.find(({ content }) => content.includes("LoadCredential"));
    await stage.write(dropIn?.path ?? "", dropIn?.content ?? "");
    await stage.systemctl("daemon-reload");
    await stage.systemctl("restart", UNIT);
    await addresses.next("bind", isAdded, { timeoutMs: WIDE_MS });
    const { commandLine, pidInside } = await stage.machine.mainProcess(UNIT);
    const environment = await stage.machine.run(["cat", `/proc/${pidInside}/environ`]);
    assert.ok(!(commandLine + environment).includes(token), "others can read it there");
  });

  it("shows commands that work, each in its turn", async (test) => {
    await prepare();
    for (const command of [...commands, ...inline]) {
      const { exitCode, stderr } = await stage.machine.attempt(["sh", "-c", command]);
      test.diagnostic(command);
      assert.equal(exitCode, 0, `${command}: ${stderr}`);
    }
    assert.equal(await stage.machine.property(UNIT, "WatchdogUSec"), "30s");
  });

  async function prepare(): Promise<void> {
    await stage.configure();
    for (const cluster of ["orders", "stock"]) {
      await stage.configure({ ip: "192.168.1.150" }, `/etc/vip-agent/${cluster}.yml`);
    }
    for (const { path, content } of files) await stage.write(path, content);
    await writeToken();
  }

  async function writeToken(): Promise<void> {
    await stage.write(TOKEN_FILE, `${token}\n`);
    await stage.machine.run(["chmod", "600", TOKEN_FILE]);
  }
});
