/**
 * Finds the programs of the host that the agent works with, and says what is missing and what that
 * costs.
 *
 * Only `ip` is indispensable. Two programs are called arping: the one of iputils (`-I`, `-U`, `-A`)
 * and Habets' with other flags, which would announce nothing; so the version text is read, not only
 * the path.
 */
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { isExecutable } from "./executable.ts";

export type ToolName = "ip" | "arping" | "ndptool" | "nft" | "ss";

export type Tool =
  | { readonly ok: true; readonly path: string; readonly version: string }
  | {
      readonly ok: false;
      /** What was looked for and not found. */
      readonly problem: string;
      /** What the agent cannot do without it. */
      readonly consequence: string;
      /** The Debian package that has it. */
      readonly package: string;
    };

export type Tools = Readonly<Record<ToolName, Tool>>;

type Wanted = {
  readonly versionArgs: readonly string[];
  readonly isRight: (versionText: string) => boolean;
  readonly package: string;
  readonly consequence: string;
};

const wanted: Readonly<Record<ToolName, Wanted>> = {
  ip: {
    versionArgs: ["-V"],
    isRight: (text) => text.includes("iproute2"),
    package: "iproute2",
    consequence: "no VIP can be bound",
  },
  arping: {
    versionArgs: ["-V"],
    isRight: (text) => text.includes("iputils"),
    package: "iputils-arping",
    consequence: "neighbours hear the kernel's own ARP request only, which some ignore",
  },
  ndptool: {
    versionArgs: ["--help"],
    isRight: (text) => text.includes("ndptool"),
    package: "libndp-tools",
    consequence: "neighbours of an IPv6 VIP learn of its move after seconds",
  },
  nft: {
    versionArgs: ["--version"],
    isRight: (text) => text.includes("nftables"),
    package: "nftables",
    consequence: "a client whose SYN comes during a release waits a second or more",
  },
  ss: {
    versionArgs: ["-V"],
    isRight: (text) => text.includes("iproute2"),
    package: "iproute2",
    consequence: "clients connected at a release wait for their own timeout",
  },
};

/** System programs that a service's PATH often leaves out. */
const usualPlaces = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

const versionDeadlineMs = 2_000;

export async function findTools(): Promise<Tools> {
  const [ip, arping, ndptool, nft, ss] = await Promise.all([
    findTool("ip"),
    findTool("arping"),
    findTool("ndptool"),
    findTool("nft"),
    findTool("ss"),
  ]);
  return { ip, arping, ndptool, nft, ss };
}

async function findTool(name: ToolName): Promise<Tool> {
  const { versionArgs, isRight, package: packageName, consequence } = wanted[name];
  const missing = (problem: string): Tool => {
    return { ok: false, problem, consequence, package: packageName };
  };
  const path = findExecutable(name);
  if (path === undefined) return missing(`${name} is not installed`);
  const outcome = await runCommand({ path, args: versionArgs, deadlineMs: versionDeadlineMs });
  if (!outcome.ok) return missing(`${path} does not run: ${outcome.detail}`);
  const version = (outcome.value.stdout || outcome.value.stderr).split("\n", 1)[0] ?? "";
  if (!isRight(version)) return missing(`${path} is another program: ${version}`);
  return { ok: true, path, version };
}

function findExecutable(name: string): string | undefined {
  const places = [...(process.env["PATH"] ?? "").split(":"), ...usualPlaces];
  return places
    .filter((place) => place.startsWith("/"))
    .map((place) => join(place, name))
    .find(isExecutable);
}
