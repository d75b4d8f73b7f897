/**
 * The agent broken on purpose: what each break does, and which checkers may be the ones to see it.
 *
 * A mutant is an edit of shipped source text, made while it is loaded (mutate.ts); nothing of it is
 * ever in src. Each text must be found exactly once, so that a mutant cannot quietly become none.
 */
import { localMutants } from "./local-mutants.ts";
import { type Mutant, edit } from "./mutant.ts";

const keyMutants: Readonly<Record<string, Mutant>> = {
  "the lease counts from the answer, not from the question": {
    edits: [
      edit(
        "policy/learn.ts",
        '{ kind: "named", ...leader, askedAtMs, sinceMs: answeredAtMs }',
        '{ kind: "named", ...leader, askedAtMs: answeredAtMs, sinceMs: answeredAtMs }',
      ),
    ],
    caughtBy: ["lease"],
  },
  "the lease is twice as long": {
    edits: [
      edit(
        "policy/lease.ts",
        "return Math.min(safeMs, usefulMs);",
        "return 2 * Math.min(safeMs, usefulMs);",
      ),
    ],
    caughtBy: ["lease", "holders"],
  },
  "a hold ends when its proof does, not before": {
    edits: [
      edit("policy/lease.ts", "releaseLeadMs = 1_500;", "releaseLeadMs = 0;"),
      edit("policy/plan.ts", "lastCallMs = 500;", "lastCallMs = 0;"),
    ],
    caughtBy: ["silence", "needless-loss"],
  },
  "a refresh reaches beyond the proof": {
    edits: [
      edit(
        "policy/plan.ts",
        "const nextS = Math.min(lifetimeS, provenS);",
        "const nextS = lifetimeS;",
      ),
    ],
    caughtBy: ["lease"],
  },
  "a failed question counts as a proof": {
    edits: [
      edit(
        "policy/learn.ts",
        "return { ...world, trouble, leader: withLostGap(world.leader) };",
        'const leader = world.leader.kind === "named" ? { ...world.leader, askedAtMs: atMs } : withLostGap(world.leader); return { ...world, trouble, leader };',
      ),
    ],
    caughtBy: ["lease"],
  },
  "a VIP that nothing proves is prolonged": {
    edits: [edit("policy/judge.ts", "provenUntilMs: nowMs,", "provenUntilMs: nowMs + 10_000,")],
    caughtBy: ["lease", "stall"],
  },
  "after a stall it goes on as before": {
    edits: [edit("policy/judge.ts", "if (world.stalledAtMs !== undefined) {", "if (nowMs < 0) {")],
    caughtBy: ["stall"],
  },
  "a missing key is kept for hours": {
    edits: [
      edit(
        "policy/lease.ts",
        "return 2 * timings.loopWaitMs;",
        "return 2_000 * timings.loopWaitMs;",
      ),
    ],
    caughtBy: ["lease"],
  },
  "a missing key is taken for a fail-over": {
    edits: [
      edit("policy/judge.ts", "if (!isMine) return", "if (leader.claim !== undefined) return"),
    ],
    caughtBy: ["needless-loss"],
  },
  "a gap outlives Consul's silence": {
    edits: [
      edit("policy/learn.ts", 'return { ...leader, claim: "lost" };', "return leader;"),
      edit(
        "policy/judge.ts",
        "const answerEndMs = leader.askedAtMs + world.rules.longestAnswerAgeMs + releaseLeadMs;",
        "const answerEndMs = graceEndMs;",
      ),
    ],
    caughtBy: ["lease", "holders"],
  },
  "a key that no session locks counts": {
    edits: [
      edit(
        "policy/world.ts",
        "return leader.session !== undefined || !rules.requireSession;",
        "return true;",
      ),
    ],
    caughtBy: ["holders", "lease", "calm", "take-over"],
  },
  "the report comes before the release": {
    edits: [
      edit(
        "agent/keeper.ts",
        "this.#action = action;",
        "this.#report.flush(); this.#action = action;",
      ),
    ],
    caughtBy: ["order"],
  },
  "a release raises no guard": {
    edits: [
      edit(
        "agent/perform.ts",
        "const raised = await guard?.raise(vip.address);",
        "const raised = undefined;",
      ),
    ],
    caughtBy: ["order"],
  },
  "it announces whatever it holds": {
    edits: [
      edit("agent/perform.ts", "  announcer.stop();\n", ""),
      edit("vip/announce.ts", "if (!isHolding()) return;", ""),
      edit(
        "vip/announce.ts",
        "if (!signal.aborted && isHolding())",
        "if (isHolding !== undefined)",
      ),
    ],
    caughtBy: ["announcements"],
  },
  "an endpoint that fails is asked again and again": {
    edits: [
      edit(
        "agent/sources/key-watch.ts",
        "this.#endpoint = (this.#endpoint + 1) % clients.length;",
        "",
      ),
    ],
    caughtBy: ["needless-loss"],
  },
  "a hand-over releases": {
    edits: [
      edit(
        "agent/daemon.ts",
        'const isRelease = kind === "release";',
        "const isRelease = kind.length > 0;",
      ),
    ],
    caughtBy: ["needless-loss"],
  },
  "a stop hands over": {
    edits: [
      edit(
        "agent/daemon.ts",
        "return isRelease ? keeper.release() : keeper.handOver();",
        "return keeper.handOver();",
      ),
    ],
    caughtBy: ["order"],
  },
};

export const mutants: Readonly<Record<string, Mutant>> = { ...keyMutants, ...localMutants };
