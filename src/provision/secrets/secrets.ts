/**
 * The secrets of a cluster, and how a secret is kept from being shown. Only values.
 *
 * They are made here, stored before any of them is used, and never made again where they are stored:
 * what was sent to a cluster must be known after a crash in the same moment. UUIDs are chosen here
 * too, since Consul takes an operator's own for accessors and secrets; so a step that was cut off can
 * be repeated and meets itself.
 */
import { inspect } from "node:util";

const mask = "(secret)";

/** A word that is shown as a mask wherever it is printed by accident. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** For the one place that sends or writes it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return mask;
  }

  toJSON(): string {
    return mask;
  }

  [inspect.custom](): string {
    return mask;
  }
}

/** An ACL token of Consul. The accessor may be shown. */
export type Token = { readonly accessor: string; readonly secret: Secret };

export type Secrets = {
  /** 32 bytes in base64. */
  readonly gossipKey: Secret;
  readonly managementToken: Token;
  /** Of each Consul agent and server, by the host's name. */
  readonly agentTokens: ReadonlyMap<string, Token>;
  /** Sees nodes and services, for `consul members` and DNS on the hosts. */
  readonly readingToken: Token;
  readonly patroniToken: Token;
  readonly vipAgentToken: Token;
  readonly superuserPassword: Secret;
  readonly replicationPassword: Secret;
  readonly rewindPassword: Secret;
  readonly restPassword: Secret;
  /** Of roles in the cluster file, by name. */
  readonly rolePasswords: ReadonlyMap<string, Secret>;
};
