/**
 * What reached an agent's process: the newest answers about the key, and of its Patroni.
 */
import type { Word } from "./word.ts";

/** The last answer about the leader key that reached the agent; in host time. */
export type Heard = {
  readonly says: "mine" | "denied" | "missing";
  readonly askedAtMs: number;
  readonly heardAtMs: number;
};

/** The last answer that named this host; in host time. */
export type Proof = {
  readonly askedAtMs: number;
  /** How old the session's renewal was when it was asked; undefined without a session. */
  readonly renewalAgeMs: number | undefined;
};

/** All that reached the agent's process by a certain time. */
export type Standing = {
  readonly heard: Heard | undefined;
  readonly proof: Proof | undefined;
  /** When the first answer without a key came, after answers that named this host. */
  readonly gapSinceMs: number | undefined;
  /** The newest answer of this host's Patroni. */
  readonly word: Word | undefined;
};
