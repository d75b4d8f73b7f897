/**
 * The guard: a packet filter that answers for a VIP which is leaving.
 *
 * Where nothing answers, a client's SYN is repeated after a full second and an established
 * connection waits for the client's own timeout. So before the address goes, its element enters a
 * set, and everything that still comes for it is answered with a TCP reset; the kernel forgets the
 * element by itself after a few seconds, also when the agent is dead by then. From the moment the
 * element is there nothing is accepted for the VIP, which makes a release atomic.
 *
 * The chain stands right behind connection tracking. Before it, as everything in `raw` does, the
 * reset would belong to no connection, and a host whose own output filter lets only `established`
 * and `related` out, or drops what is `invalid`, would swallow it. It stands before address
 * translation, so that the VIP is still what the client wrote.
 *
 * `reject` in the prerouting hook needs Linux 5.9; nftables without it refuses the table, and the
 * guard is off. A table without elements does nothing, and other tables of the host are never
 * touched. Several agents of one host share the table.
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

/** A command takes two milliseconds. One that is late is asked once more, of another `nft`. */
const deadlineMs = 150;

/** That one has to start first, which on a busy host takes its time. */
const secondDeadlineMs = 300;

/** A table and its chain take the kernel ten times as long as an element. */
const definitionDeadlineMs = 400;

/** The first announcements of a takeover need the processor for so long. */
const foreignAfterMs = 50;

/** The first command may load kernel modules. */
const prepareDeadlineMs = 2_000;

const table = "inet vip_agent";

const definition = [
  `add table ${table}`,
  `add set ${table} gone4 { type ipv4_addr; flags timeout; }`,
  `add set ${table} gone6 { type ipv6_addr; flags timeout; }`,
  `add chain ${table} guard { type filter hook prerouting priority mangle - 10; policy accept; }`,
  `flush chain ${table} guard`,
  `add rule ${table} guard ip daddr @gone4 meta l4proto tcp reject with tcp reset`,
  `add rule ${table} guard ip6 daddr @gone6 meta l4proto tcp reject with tcp reset`,
].join("; ");

/** What `nft` says at the end instead of a listing: it quotes the line, or has no right to look. */
const refusals = [`list set ${table}`, "cache initialization failed"];

export class Guard {
  readonly #nft: Resident;
  readonly #nowMs: () => number;
  /** Until when an element of ours may be in its set, by address. */
  readonly #mayStandUntilMs = new Map<string, number>();
  /** The change that was asked for last, by address. */
  readonly #newest = new Map<string, symbol>();

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
    const made = await this.#run(definition, "gone4", prepareDeadlineMs);
    if (!made.ok && made.code !== "refused") return made;
    // Where it was refused, another version of the agent may have made the table in another shape.
    const repair = made.ok ? "" : `add table ${table}; delete table ${table}; ${definition}`;
    for (const [set, commands] of [
      ["gone4", repair],
      ["gone6", ""],
    ] as const) {
      const listing = await this.#run(commands, set, prepareDeadlineMs);
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
   * host, and be repeated after a second. Nothing is waited for where no guard of ours can stand,
   * which is the usual case on the way of a takeover.
   */
  async lift(address: IpAddress): Promise<Outcome<void, GuardCode>> {
    const untilMs = this.#mayStandUntilMs.get(address.text);
    if (untilMs === undefined || this.#nowMs() >= untilMs) {
      this.#liftForeign(address);
      return done(undefined);
    }
    const lifted = await this.#takeOut(address);
    if (lifted.ok) this.#mayStandUntilMs.delete(address.text);
    return lifted;
  }

  /**
   * Removes the table where nothing stands in it, whoever raised it. One that stands is left to its
   * end: then the empty table stays behind, until the next agent or the next `retire`.
   */
  async retire(): Promise<Outcome<void, GuardCode>> {
    for (const set of ["gone4", "gone6"] as const) {
      const listing = await this.#run("", set, deadlineMs);
      if (!listing.ok) return listing;
      if (listing.value.includes("elements")) return done(undefined);
    }
    const removed = await this.#run(`delete table ${table}`, "gone4", deadlineMs);
    if (removed.ok) return failed("refused", "nft did not remove the table");
    return removed.code === "refused" ? done(undefined) : removed;
  }

  close(): void {
    this.#nft.close();
  }

  /**
   * One of which nothing is known would be of another agent, or of an operator's `release`. It is
   * looked for when the announcements are out, and left alone if a raise has come meanwhile.
   */
  #liftForeign(address: IpAddress): void {
    const newest = this.#newest.get(address.text);
    const timer = setTimeout(() => {
      if (this.#newest.get(address.text) === newest) void this.#takeOut(address);
    }, foreignAfterMs);
    timer.unref();
  }

  /** Deleting what is not there is an error; adding it first makes the pair succeed always. */
  async #takeOut(address: IpAddress): Promise<Outcome<void, GuardCode>> {
    const element = `${elementOf(address)} { ${address.text} }`;
    return this.#change(`add ${element}; delete ${element}`, address, false);
  }

  async #change(
    commands: string,
    address: IpAddress,
    isWanted: boolean,
  ): Promise<Outcome<void, GuardCode>> {
    const set = setOf(address);
    const turn = Symbol(commands);
    this.#newest.set(address.text, turn);
    // A lift that is tried again must not come behind a raise that was asked for meanwhile.
    const isNewest = () => this.#newest.get(address.text) === turn;
    let listing = await this.#run(commands, set, deadlineMs);
    if (!listing.ok && listing.code === "timeout" && isNewest()) {
      listing = await this.#run(commands, set, secondDeadlineMs);
    }
    if (!listing.ok && listing.code === "refused" && isNewest()) {
      // A reload of the host's firewall (`nft flush ruleset`) takes our table along.
      listing = await this.#run(`${definition}; ${commands}`, set, definitionDeadlineMs);
    }
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
        stdout.endsWith("\n}\n") || refusals.some((words) => stderr.includes(words)),
      deadlineMs: withinMs,
    });
    if (!answer.ok) return answer;
    const { stdout, stderr } = answer.value;
    // What `nft` has to say against the commands comes before the listing.
    if (stdout.endsWith("\n}\n") && !stderr.includes("Error")) return done(stdout);
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
