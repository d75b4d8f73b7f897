/**
 * Who may do what in Consul: the wishes, what is found, and the steps between them. Pure.
 *
 * Accessors and secrets are chosen by the operator's side and stored before they are sent, so a step
 * that was cut off meets its own work when it is repeated: nothing is made twice and no secret is
 * ever lost. Policies and tokens that others have made are none of our business.
 */
import type { Secret } from "../secrets/secrets.ts";

export type PolicyWish = {
  readonly name: string;
  readonly description: string;
  readonly rules: string;
};

export type TokenWish = {
  readonly accessor: string;
  readonly secret: Secret;
  readonly description: string;
  /** By name. */
  readonly policies: readonly string[];
  /** The node that it may register as, and no other. */
  readonly nodeName?: string;
};

export type PolicyFact = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly rules: string;
};

export type TokenFact = {
  readonly accessor: string;
  readonly description: string;
  readonly policies: readonly string[];
  readonly nodeNames: readonly string[];
};

export type AclFacts = {
  readonly policies: readonly PolicyFact[];
  readonly tokens: readonly TokenFact[];
};

export type AclStep =
  | { readonly kind: "set-policy"; readonly policy: PolicyWish; readonly id: string | undefined }
  | { readonly kind: "set-token"; readonly token: TokenWish; readonly isNew: boolean };

export type AclWishes = {
  readonly policies: readonly PolicyWish[];
  readonly tokens: readonly TokenWish[];
};

/** Policies come first: tokens name them. */
export function aclSteps(wishes: AclWishes, facts: AclFacts): readonly AclStep[] {
  const policies = wishes.policies.flatMap((policy): readonly AclStep[] => {
    const found = facts.policies.find(({ name }) => name === policy.name);
    const isSame = found?.rules === policy.rules && found.description === policy.description;
    return isSame ? [] : [{ kind: "set-policy", policy, id: found?.id }];
  });
  const tokens = wishes.tokens.flatMap((token): readonly AclStep[] => {
    const found = facts.tokens.find(({ accessor }) => accessor === token.accessor);
    if (found === undefined) return [{ kind: "set-token", token, isNew: true }];
    return isSameToken(token, found) ? [] : [{ kind: "set-token", token, isNew: false }];
  });
  return [...policies, ...tokens];
}

export function aclSummary(step: AclStep): string {
  if (step.kind === "set-policy") {
    return `${step.id === undefined ? "make" : "change"} the Consul policy ${step.policy.name}`;
  }
  const { isNew, token } = step;
  return `${isNew ? "make" : "change"} the Consul token of ${token.description}`;
}

function isSameToken(wish: TokenWish, found: TokenFact): boolean {
  const nodeNames = wish.nodeName === undefined ? [] : [wish.nodeName];
  return (
    wish.description === found.description &&
    isSameSet(wish.policies, found.policies) &&
    isSameSet(nodeNames, found.nodeNames)
  );
}

function isSameSet(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((word) => right.includes(word));
}
