/**
 * The guard: a packet filter that answers for a VIP which is leaving.
 *
 * Where nothing answers, a client's SYN is repeated after a full second and an established
 * connection waits for the client's own timeout. So before the address goes, its element enters a
 * set, and everything that still comes for it is answered with a TCP reset; the kernel forgets the
 * element by itself after a few seconds, also when the agent is dead by then. From the moment the
 * element is there nothing is accepted for the VIP, which makes a release atomic.
 *
 * `reject` in the prerouting hook needs Linux 5.9; nftables without it refuses the table, and the
 * guard is off. A table without elements does nothing, and other tables of the host are never
 * touched.
 */
import { type Outcome, done, failed } from "../outcome.ts";
import type { IpAddress } from "./address.ts";
import { Resident, type ResidentCode } from "./resident.ts";

export type GuardCode = ResidentCode | "refused";

/**
 * Long enough for neighbours to learn the new place and for a SYN on its way; short enough to be
 * forgotten.
 */
const guardS = 3;

/** The kernel removes an element at its time or some milliseconds after it. */
const guardStandsMs = guardS * 1_000 + 500;

const deadlineMs = 200;

/** The first command may load kernel modules. */
const prepareDeadlineMs = 2_000;

const table = "inet vip_agent";

const definition = [
  `add table ${table}`,
  `add set ${table} gone4 { type ipv4_addr; flags timeout; }`,
  `add set ${table} gone6 { type ipv6_addr; flags timeout; }`,
  `add chain ${table} guard { type filter hook prerouting priority raw; policy accept; }`,
  `flush chain ${table} guard`,
  `add rule ${table} guard ip daddr @gone4 meta l4proto tcp reject with tcp reset`,
  `add rule ${table} guard ip6 daddr @gone6 meta l4proto tcp reject with tcp reset`,
].join("; ");

export class Guard {
  readonly #nft: Resident;
  readonly #nowMs: () => number;
  /** Until when an element of ours may be in its set, by address. */
  readonly #mayStandUntilMs = new Map<string, number>();

  /** `nowMs` is a monotonic clock in milliseconds. */
  constructor(path: string, nowMs: () => number) {
    this.#nft = new Resident({ name: "nft", path, args: ["-i"] });
    this.#nowMs = nowMs;
  }

  /**
   * Makes the table. A guard that an earlier agent has raised just before its end is left alone, and
   * remembered.
   */
  async prepare(): Promise<Outcome<void, GuardCode>> {
    for (const set of ["gone4", "gone6"] as const) {
      const listing = await this.#run(definition, set, prepareDeadlineMs);
      if (!listing.ok) return listing;
      const untilMs = this.#nowMs() + guardStandsMs;
      for (const word of wordsOf(listing.value)) this.#mayStandUntilMs.set(word, untilMs);
    }
    return done(undefined);
  }

  /** From the return of this on, clients of the address meet a reset, for a few seconds. */
  async raise(address: IpAddress): Promise<Outcome<void, GuardCode>> {
    // Adding does not prolong an element that is there already, so it is taken out first, in the
    // same transaction.
    const element = elementOf(address);
    const timed = `add ${element} { ${address.text} timeout ${guardS}s }`;
    const commands = `${timed}; delete ${element} { ${address.text} }; ${timed}`;
    const raised = await this.#change(commands, address, true);
    // Whatever came of it, and however long it took: the kernel's own time began before this.
    this.#mayStandUntilMs.set(address.text, this.#nowMs() + guardStandsMs);
    return raised;
  }

  /**
   * To be called once the address is bound again: until then a SYN would meet neither guard nor
   * host, and be repeated after a second. Costs nothing where no guard of ours can stand, which is
   * the usual case on the way of a takeover.
   */
  async lift(address: IpAddress): Promise<Outcome<void, GuardCode>> {
    const untilMs = this.#mayStandUntilMs.get(address.text);
    if (untilMs === undefined || this.#nowMs() >= untilMs) return done(undefined);
    // Deleting what is not there is an error; adding it first makes the pair succeed always.
    const element = `${elementOf(address)} { ${address.text} }`;
    const lifted = await this.#change(`add ${element}; delete ${element}`, address, false);
    if (lifted.ok) this.#mayStandUntilMs.delete(address.text);
    return lifted;
  }

  close(): void {
    this.#nft.close();
  }

  async #change(
    commands: string,
    address: IpAddress,
    isWanted: boolean,
  ): Promise<Outcome<void, GuardCode>> {
    const first = await this.#run(commands, setOf(address), deadlineMs);
    // A reload of the host's firewall (`nft flush ruleset`) takes our table along.
    const isLost = !first.ok && first.code === "refused";
    const again = `${definition}; ${commands}`;
    const listing = isLost ? await this.#run(again, setOf(address), deadlineMs) : first;
    if (!listing.ok) return listing;
    const isThere = wordsOf(listing.value).includes(address.text);
    if (isThere === isWanted) return done(undefined);
    return failed("refused", `nft did not ${isWanted ? "take in" : "give up"} ${address.text}`);
  }

  /**
   * `nft` says nothing on success, so each command is followed by a listing of the set: its
   * observation.
   */
  async #run(
    commands: string,
    set: SetName,
    withinMs: number,
  ): Promise<Outcome<string, GuardCode>> {
    const answer = await this.#nft.ask({
      text: `${commands}\nlist set ${table} ${set}\n`,
      isComplete: ({ stdout, stderr }) =>
        stdout.endsWith("\n}\n") || stderr.includes(`list set ${table}`),
      deadlineMs: withinMs,
    });
    if (!answer.ok) return answer;
    const { stdout, stderr } = answer.value;
    if (stdout.endsWith("\n}\n")) return done(stdout);
    return failed("refused", stderr.split("\n", 1)[0] ?? "nft refused");
  }
}

/** The words of a listing, addresses among them. */
function wordsOf(listing: string): readonly string[] {
  return listing.split(/[\s{},]+/);
}

type SetName = "gone4" | "gone6";

function setOf({ family }: IpAddress): SetName {
  return family === "ipv4" ? "gone4" : "gone6";
}

function elementOf(address: IpAddress): string {
  return `element ${table} ${setOf(address)}`;
}
