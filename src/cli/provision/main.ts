/**
 * The command line of `vip-agent provision`: the list of its verbs, and nothing else.
 *
 * Each verb stands in its own file, which is loaded when it is called.
 */
import type { Argv } from "yargs";
import { runCommand } from "../run-command.ts";
import { provisionExit, provisionExitHelp } from "./exit-codes.ts";
import type { ProvisionFlags } from "./flags.ts";
import type { RemoveFlags } from "./remove-flags.ts";

const helpWidth = 100;

export async function provision(raw: readonly string[]): Promise<number> {
  const { default: yargs } = await import("yargs");
  let code: number = provisionExit.fine;
  const parser = yargs([...raw])
    .scriptName("vip-agent provision")
    .usage(
      "$0 VERB [FILE] [flags]\n\nBuilds the cluster that FILE describes, on hosts reached by ssh.",
    )
    .parserConfiguration({ "duplicate-arguments-array": false, "camel-case-expansion": false });
  withVerbs(parser, (ended) => {
    code = ended;
  })
    .demandCommand(1, "Which verb?")
    .strict()
    .alias("help", "h")
    .version(false)
    .wrap(helpWidth)
    .epilogue(provisionExitHelp);
  return (await runCommand(parser, "vip-agent provision")) ? code : provisionExit.misused;
}

/** `end` is told the exit code of the verb that was called. */
function withVerbs(parser: Argv, end: (code: number) => void): Argv {
  return parser
    .command("init", "Write a cluster file to standard output", initWords, async (args) => {
      const { init } = await import("./init.ts");
      end(init(args["three-hosts"] ? "three-hosts" : "six-hosts"));
    })
    .command("preflight [file]", "Say everything that would fail", fileWords, async (args) => {
      end(await (await import("./preflight.ts")).preflight(flagsOf(args)));
    })
    .command(
      "plan [file]",
      "Say what apply would change; change nothing",
      fileWords,
      async (args) => {
        end(await (await import("./plan.ts")).plan(flagsOf(args)));
      },
    )
    .command("apply [file]", "Make the hosts as the file wants them", fileWords, async (args) => {
      end(await (await import("./apply.ts")).apply(flagsOf(args)));
    })
    .command(
      "verify [file]",
      "Prove that the cluster is as it should be",
      fileWords,
      async (args) => {
        end(await (await import("./verify.ts")).verify(flagsOf(args)));
      },
    )
    .command("status [file]", "Say how the cluster is", fileWords, async (args) => {
      end(await (await import("./status.ts")).status(flagsOf(args)));
    })
    .command(
      "render [file]",
      "Write every file of the hosts below --out",
      renderWords,
      async (args) => {
        end(await (await import("./render.ts")).render(flagsOf(args), args.out));
      },
    )
    .command(
      "remove [file]",
      "Take the stack off the hosts, and keep its data",
      removeWords,
      async (args) => {
        end(await (await import("./remove.ts")).remove(removeFlagsOf(args)));
      },
    );
}

function fileWords<T>(command: Argv<T>) {
  return command
    .positional("file", { type: "string", default: "cluster.yml", describe: "The cluster file" })
    .option("local", {
      type: "boolean",
      default: false,
      describe: "One of the hosts is this machine: it needs no ssh",
    })
    .option("json", { type: "boolean", default: false, describe: "One JSON object per line" })
    .option("verbose", {
      alias: "v",
      type: "boolean",
      default: false,
      describe: "Show what is run on the hosts, secrets masked",
    });
}

function removeWords<T>(command: Argv<T>) {
  return fileWords(command)
    .option("confirm", {
      type: "string",
      describe: "The cluster's name, where no terminal is to type it",
    })
    .option("skip", {
      type: "string",
      default: "",
      describe: "Hosts to leave out, with commas between",
    })
    .option("data", {
      type: "boolean",
      default: false,
      describe: "Delete PGDATA, WAL and Consul's data too",
    })
    .option("confirm-data", {
      type: "string",
      describe: '"delete NAME", where no terminal is to type it',
    });
}

function renderWords<T>(command: Argv<T>) {
  return fileWords(command).option("out", {
    type: "string",
    demandOption: true,
    describe: "An empty folder; secrets are in some of the files",
  });
}

function initWords<T>(command: Argv<T>) {
  return command.option("three-hosts", {
    type: "boolean",
    default: false,
    describe: "Consul servers on the database hosts themselves",
  });
}

type Words = {
  readonly file: string;
  readonly local: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
};

function flagsOf({ file, local, json, verbose }: Words): ProvisionFlags {
  return { file, isLocal: local, isJson: json, isVerbose: verbose };
}

type RemoveWords = Words & {
  readonly skip: string;
  readonly data: boolean;
  readonly confirm: string | undefined;
  readonly "confirm-data": string | undefined;
};

function removeFlagsOf(args: RemoveWords): RemoveFlags {
  const { skip, data, confirm, "confirm-data": confirmData } = args;
  const names = skip.split(",").map((name) => name.trim());
  const skipped = names.filter((name) => name !== "");
  return { ...flagsOf(args), skip: skipped, isWithData: data, confirm, confirmData };
}
