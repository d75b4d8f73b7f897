/**
 * Changes and observes addresses through one resident `ip -json -force -batch -`.
 *
 * Each request is its change commands followed by `address show` of the interface, so that every
 * change ends in an observation made by the same process right after it: about half a millisecond
 * for both. What `ip` says about a failed command is kept for the log only; texts and exit codes
 * differ between versions of iproute2, and what counts is what the kernel holds.
 *
 * `show` of an interface that does not exist prints nothing to stdout. So that every request has an
 * end that can be seen, it closes with `show` of the loopback interface, which every network
 * namespace has.
 *
 * A running `ip` remembers the number behind a name for ever: to it an interface that was made anew
 * under its old name is still gone. What it has not found it does not remember. So one that has
 * lost an interface is asked no further; a new one says whether it is really gone.
 */
import { type Outcome, done, failed } from "../outcome.ts";
import { assertInterfaceName } from "./interface-name.ts";
import { type InterfaceState, parseInterface } from "./observe.ts";
import { Resident, type ResidentCode } from "./resident.ts";

export type IpCode = ResidentCode | "unreadable";

export type IpAnswer = {
  readonly state: InterfaceState;
  /** What `ip` complained about, for the log; undefined when it was content. */
  readonly complaint: string | undefined;
};

/**
 * A healthy `ip` answers in a millisecond; on a starved host it may take its time, but the lease
 * runs.
 */
const deadlineMs = 500;

const endMark = '"ifname":"lo"';

export class IpBatch {
  readonly #resident: Resident;
  /** The interfaces that the running `ip` has seen. */
  readonly #known = new Set<string>();

  constructor(path: string) {
    const args = ["-json", "-force", "-batch", "-"];
    this.#resident = new Resident({ name: "ip", path, args });
  }

  /** Starts `ip` ahead of its first use. */
  warmUp(): void {
    this.#resident.warmUp();
  }

  /**
   * Runs the change commands (each without the leading `ip`), then observes the interface. They may
   * have to wait for others; `isWanted` is asked when it is their turn.
   */
  async run(
    commands: readonly string[],
    interfaceName: string,
    isWanted?: () => boolean,
  ): Promise<Outcome<IpAnswer, IpCode>> {
    const answer = await this.#runOnce(commands, interfaceName, isWanted);
    if (!answer.ok) return answer;
    if (answer.value.state.kind === "present") {
      this.#known.add(interfaceName);
      return answer;
    }
    if (!this.#known.has(interfaceName)) return answer;
    this.#known.clear();
    this.#resident.replace();
    return this.#runOnce(commands, interfaceName, isWanted);
  }

  /** Ends the process. */
  close(): void {
    this.#resident.close();
  }

  async #runOnce(
    commands: readonly string[],
    interfaceName: string,
    isWanted?: () => boolean,
  ): Promise<Outcome<IpAnswer, IpCode>> {
    assertInterfaceName(interfaceName);
    const lines = [...commands, `address show dev ${interfaceName}`, "address show dev lo"];
    const endMarks = interfaceName === "lo" ? 2 : 1;
    const answer = await this.#resident.ask({
      text: `${lines.join("\n")}\n`,
      isComplete: ({ stdout }) => stdout.endsWith("\n") && stdout.split(endMark).length > endMarks,
      deadlineMs,
      ...(isWanted && { isWanted }),
    });
    if (!answer.ok) return answer;
    const state = parseInterface(answer.value.stdout.split("\n", 1)[0] ?? "", interfaceName);
    if (state === undefined) {
      return failed("unreadable", `ip printed no JSON that could be read for ${interfaceName}`);
    }
    return done({ state, complaint: complaintOf(answer.value.stderr) });
  }
}

/** On one line, without the line that only says that there was a complaint. */
function complaintOf(stderr: string): string | undefined {
  const lines = stderr
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("Command failed"));
  return lines.length === 0 ? undefined : lines.join("; ");
}
