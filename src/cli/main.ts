#!/usr/bin/env node
/**
 * The command line: the list of commands, and nothing else.
 *
 * Each command stands in its own file, which is loaded when the command is called. `run` is what
 * happens without one, so that vip-manager's own command line starts the agent.
 */
import type { Argv } from "yargs";
import { exitCode, exitCodeHelp } from "./exit-codes.ts";
import {
  checkOptions,
  ownFlags,
  parserConfiguration,
  settingFlags,
  settingOptions,
  statusOptions,
  withSwitchValues,
} from "./flags.ts";
import { plainRunFlags } from "./plain-run.ts";
import { runCommand } from "./run-command.ts";
import { usageProblems } from "./usage.ts";
import { version } from "./version.ts";

const commands = ["run", "status", "check", "release", "callback", "provision", "completion"];

/** Wide enough for a flag and its meaning; a narrower terminal wraps it itself. */
const helpWidth = 100;

// No await at the top level: the bundle is a CommonJS module, which starts faster.
void start();

async function start(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2));
}

async function main(raw: readonly string[]): Promise<number> {
  if (raw[0] === "callback" && !/^(-h|--help)$/.test(raw[1] ?? "")) {
    // Words of Patroni's, which yargs would want to understand.
    return (await import("./callback.ts")).callback(raw.slice(1));
  }
  if (raw[0] === "status") {
    const { plainOptions } = await import("./status/plain-words.ts");
    const options = plainOptions(raw.slice(1));
    if (options !== undefined) return await (await import("./status.ts")).status(options);
  }
  if (raw[0] === "provision") {
    // It has verbs and exit codes of its own.
    return await (await import("./provision/main.ts")).provision(raw.slice(1));
  }
  const plain = plainRunFlags(raw);
  if (plain !== undefined) return await (await import("./run.ts")).run(plain);
  const { default: yargs } = await import("yargs");
  let code: number = exitCode.fine;
  const parser = yargs(withSwitchValues(raw))
    .scriptName("vip-agent")
    .usage("$0 [command] [flags]\n\nKeeps a virtual IP on the host of the PostgreSQL leader.")
    .parserConfiguration(parserConfiguration)
    .options(settingOptions())
    .command(["run", "$0"], "Keep the VIP (the default command)", withExamples, async (args) => {
      const { run } = await import("./run.ts");
      code = await run(settingFlags(args));
    })
    .command("status", "Say what the running agent does, and why", statusFlags, async (args) => {
      const { status } = await import("./status.ts");
      code = await status({
        flags: settingFlags(args),
        isJson: args.json,
        isWatch: args.watch,
        isCluster: args.cluster,
      });
    })
    .command("check", "Say whether the configuration is valid", checkFlags, async (args) => {
      const { check } = await import("./check.ts");
      code = await check({ flags: settingFlags(args), isLive: args.live, isJson: args.json });
    })
    .command("release", "Take off a VIP that was left behind", withExamples, async (args) => {
      const { release } = await import("./release.ts");
      code = await release(settingFlags(args));
    })
    .command("callback", "Leave word of a callback of Patroni", callbackWords, async () => {
      code = (await import("./callback.ts")).callback([]);
    })
    .command("provision", "Build the whole cluster on bare hosts: vip-agent provision --help")
    .completion("completion", "Print a completion script for the shell")
    .version(version)
    .alias("help", "h")
    .wrap(helpWidth)
    .check((args) => usageProblems({ args, commands, ownFlags }) ?? true);
  return (await runCommand(parser, "vip-agent")) ? code : exitCode.misused;
}

/** yargs forgets these for each command, so that each command has to be told. */
function withExamples<T>(command: Argv<T>): Argv<T> {
  return command
    .example("$0 --config=/etc/vip-agent.yml", "keep the VIP that the file describes")
    .example("$0 status", "who holds the VIP, why, and what happens next")
    .example("$0 check --live --config=/etc/vip-agent.yml", "look for mistakes")
    .example("$0 release --ip=192.168.1.140 --interface=eth0", "clean up by hand")
    .example("$0 completion > /etc/bash_completion.d/vip-agent", "complete commands and flags")
    .epilogue(exitCodeHelp);
}

function checkFlags<T>(command: Argv<T>) {
  return withExamples(command).options(checkOptions);
}

function statusFlags<T>(command: Argv<T>) {
  return withExamples(command).options(statusOptions);
}

function callbackWords<T>(command: Argv<T>) {
  return withExamples(command)
    .usage("$0 callback ACTION ROLE SCOPE [--callbacks DIR]\n\nAlways ends with 0.")
    .example("$0 callback on_stop primary test", "what Patroni says of the cluster test");
}
