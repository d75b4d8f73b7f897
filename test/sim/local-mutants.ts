/**
 * The agent broken on purpose in what it makes of its host's Patroni.
 */
import { type Mutant, edit } from "./mutant.ts";

export const localMutants: Readonly<Record<string, Mutant>> = {
  "a word of Patroni counts for minutes": {
    edits: [
      edit(
        "policy/patroni.ts",
        "return Math.max(shortestWordMs, timings.loopWaitMs);",
        "return 20 * Math.max(shortestWordMs, timings.loopWaitMs);",
      ),
    ],
    caughtBy: ["lease"],
  },
  "a word from before a stall counts": {
    edits: [
      edit(
        "policy/patroni.ts",
        "const isVerified = stalledAtMs === undefined || patroni.askedAtMs >= stalledAtMs;",
        "const isVerified = patroni.kind === stalledAtMs || patroni.askedAtMs > 0;",
      ),
      edit("policy/judge.ts", "if (world.stalledAtMs !== undefined) {", "if (nowMs < 0) {"),
    ],
    caughtBy: ["stall"],
  },
  "failsafe mode needs no lock and no promise": {
    edits: [
      edit(
        "policy/patroni.ts",
        " || !word.state.hasLock) return undefined;",
        ") return undefined;",
      ),
      edit("policy/patroni.ts", "if (word.state.isFailsafeActive) {", "if (word.askedAtMs > 0) {"),
    ],
    caughtBy: ["lease", "holders"],
  },
  "failsafe mode is not believed": {
    edits: [
      edit(
        "policy/patroni.ts",
        "pausedProof(world, nowMs) ?? failsafeProof(world, nowMs);",
        "pausedProof(world, nowMs);",
      ),
    ],
    caughtBy: ["needless-loss"],
  },
  "a pause is not believed": {
    edits: [
      edit(
        "policy/patroni.ts",
        "pausedProof(world, nowMs) ?? failsafeProof(world, nowMs);",
        "failsafeProof(world, nowMs);",
      ),
    ],
    caughtBy: ["needless-loss"],
  },
  "a pause needs no Consul that answers": {
    edits: [
      edit(
        "policy/patroni.ts",
        "return leader.askedAtMs + rules.longestAnswerAgeMs + releaseLeadMs;",
        "return leader.askedAtMs + 60_000;",
      ),
      edit(
        "policy/patroni.ts",
        'if (leader.kind === "unread" || trouble !== undefined || stalledAtMs !== undefined) {',
        'if (leader.kind === "unread" || (trouble === undefined && rules.lifetimeS < 0)) {',
      ),
    ],
    caughtBy: ["lease"],
  },
  "Patroni's word counts against the key": {
    edits: [
      edit(
        "policy/judge.ts",
        'if (leader.member !== world.rules.member) return yielding("other-leader");',
        'if (leader.member !== world.rules.member) return judgeBeyondLease(world, "other-leader", nowMs);',
      ),
    ],
    caughtBy: ["holders", "lease", "calm"],
  },
  "a callback makes a leader": {
    edits: [
      edit(
        "policy/learn-patroni.ts",
        "return { ...world, callbackAtMs: atMs, demotion };",
        'const leader = isLeading && world.leader.kind === "named" ? { ...world.leader, member: world.rules.member, askedAtMs: atMs } : world.leader; return { ...world, leader, callbackAtMs: atMs, demotion };',
      ),
    ],
    caughtBy: ["holders", "lease"],
  },
  "a callback ends nothing": {
    edits: [edit("policy/judge.ts", "if (isDemoted(world, nowMs)) {", "if (nowMs < 0) {")],
    caughtBy: ["demotion"],
  },
  "a callback ends the VIP for good": {
    edits: [
      edit(
        "policy/learn-patroni.ts",
        "isOfThisTerm ? { atMs } : undefined;",
        "isOfThisTerm ? { atMs: atMs + 3_600_000 } : undefined;",
      ),
    ],
    caughtBy: ["take-over", "calm", "needless-loss"],
  },
  "a Patroni that is not well is believed to renew": {
    edits: [edit("policy/patroni.ts", "if (isWell) return", "if (dcsSeenAtMs < Infinity) return")],
    caughtBy: ["holders"],
  },
  "a gate that stands open": {
    edits: [
      edit("policy/patroni.ts", 'if (rules.gate === "lock" ||', "if (rules.gate.length > 0 ||"),
    ],
    caughtBy: ["gate"],
  },
  "the leader of a standby cluster gets the VIP": {
    edits: [
      edit(
        "policy/judge.ts",
        "if (!world.rules.standbyVip && isStandbyCluster(world, nowMs)) {",
        "if (nowMs < 0 && isStandbyCluster(world, nowMs)) {",
      ),
    ],
    caughtBy: ["take-over", "calm"],
  },
  "Patroni is woken in pause": {
    edits: [edit("policy/wake.ts", "|| isPaused(world))", "|| (nowMs < 0 && isPaused(world)))")],
    caughtBy: ["wake"],
  },
  "Patroni is woken without end": {
    edits: [
      edit("policy/wake.ts", "const everyMs = 1_000;", "const everyMs = 100;"),
      edit("agent/waker.ts", "const pauseMs = 950;", "const pauseMs = 90;"),
    ],
    caughtBy: ["wake"],
  },
  "a missing key wakes nobody": {
    edits: [edit("policy/wake.ts", "keyMissingMs = 30;", "keyMissingMs = 30_000;")],
    caughtBy: ["repair"],
  },
  "a dead postmaster wakes nobody": {
    edits: [edit("policy/wake.ts", "? [postmaster.sinceMs] : [])", "? [] : [])")],
    caughtBy: ["repair"],
  },
  "without Consul any Patroni that runs is a leader": {
    edits: [
      edit(
        "agent/sources/patroni-leader.ts",
        'const isLeading = patroni.hasLock && patroni.postgres !== "stopped";',
        'const isLeading = patroni.postgres !== "stopped";',
      ),
    ],
    caughtBy: ["holders", "lease", "calm"],
  },
};
