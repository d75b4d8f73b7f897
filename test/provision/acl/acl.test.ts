/**
 * What has to be done to Consul's ACL: only what is missing or differs, policies first.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  type AclFacts,
  type AclWishes,
  aclSteps,
  aclSummary,
} from "../../../src/provision/acl/acl.ts";
import { policiesOf, tokensOf } from "../../../src/provision/render/policies.ts";
import { secretsFor, sixHosts } from "../support/clusters.ts";

const cluster = sixHosts();
const secrets = secretsFor(cluster);
const wishes: AclWishes = { policies: policiesOf(cluster), tokens: tokensOf(cluster, secrets) };

/** What Consul has when every step has been taken. */
const complete: AclFacts = {
  policies: wishes.policies.map((policy, index) => ({ id: `id-${index}`, ...policy })),
  tokens: wishes.tokens.map(({ accessor, description, policies, nodeName }) => {
    return { accessor, description, policies, nodeNames: nodeName === undefined ? [] : [nodeName] };
  }),
};

describe("the steps of the ACL", () => {
  test("are none where everything is there, and what others made is left alone", () => {
    const others: AclFacts = {
      policies: [
        ...complete.policies,
        { id: "id-x", name: "global-management", description: "builtin", rules: "" },
      ],
      tokens: [
        ...complete.tokens,
        { accessor: "another", description: "another", policies: [], nodeNames: [] },
      ],
    };
    assert.deepEqual(aclSteps(wishes, others), []);
  });

  test("make all policies before all tokens on a new cluster", () => {
    const kinds = aclSteps(wishes, { policies: [], tokens: [] }).map(({ kind }) => kind);
    assert.deepEqual(kinds, [
      ...wishes.policies.map(() => "set-policy"),
      ...wishes.tokens.map(() => "set-token"),
    ]);
  });

  test("change one policy whose rules were changed, under its id", () => {
    const [first, ...rest] = complete.policies;
    assert.ok(first);
    const facts = { ...complete, policies: [{ ...first, rules: 'key_prefix "" write' }, ...rest] };
    const [step, ...others] = aclSteps(wishes, facts);
    assert.ok(step?.kind === "set-policy");
    assert.deepEqual([step.id, step.policy.name, others], [first.id, first.name, []]);
    assert.match(aclSummary(step), /^change the Consul policy /);
  });

  for (const [what, change] of [
    ["policies", { policies: ["global-management"] }],
    ["node", { nodeNames: ["somebody"] }],
    ["description", { description: "mine" }],
  ] as const) {
    test(`change one token whose ${what} was changed`, () => {
      const [first, ...rest] = complete.tokens;
      assert.ok(first);
      const steps = aclSteps(wishes, { ...complete, tokens: [{ ...first, ...change }, ...rest] });
      assert.deepEqual(
        steps.map((step) => step.kind === "set-token" && [step.token.accessor, step.isNew]),
        [[first.accessor, false]],
      );
    });
  }

  test("are told without a secret", () => {
    const told = aclSteps(wishes, { policies: [], tokens: [] });
    const text = told.map(aclSummary).join("\n") + JSON.stringify(told);
    const leaked = wishes.tokens.filter(({ secret }) => text.includes(secret.reveal()));
    assert.deepEqual(leaked, []);
    assert.equal(told.map(aclSummary).length, new Set(told.map(aclSummary)).size);
  });
});
