/**
 * Consul's ACL: the management token once, then policies and tokens as the cluster needs them.
 *
 * The management token is bootstrapped with a secret that was stored before, so a crash between the
 * call and its answer loses nothing: the second try finds its own token valid. Where somebody else
 * has bootstrapped, that is said, with what to do, and nothing is ever reset.
 */
import { type Outcome, done, failed } from "../../outcome.ts";
import { aclSteps, aclSummary, type AclFacts } from "../acl/acl.ts";
import type { ConsulHttp } from "../acl/consul-http.ts";
import { policiesOf, tokensOf } from "../render/policies.ts";
import { answeringServer } from "./consul-state.ts";
import type { Finding } from "./events.ts";
import type { Step } from "./phase.ts";
import type { Ports } from "./ports.ts";
import type { World } from "./world.ts";

const nothingYet: AclFacts = { policies: [], tokens: [] };

/** `absent`: no server answers yet; `foreign`: the ACLs are somebody else's. */
export type AclCode = "absent" | "foreign" | "refused";

export async function consulAclSteps(
  world: World,
  ports: Ports,
): Promise<Outcome<readonly Step[], AclCode>> {
  const server = await answeringServer(world, ports);
  if (!server.ok) return done(stepsFrom(world, ports, nothingYet, true));
  const { consul } = server.value;
  const { managementToken } = world.secrets;
  const known = await consul.isKnown(managementToken.secret);
  if (!known.ok) return failed("refused", known.detail);
  if (!known.value) return done(stepsFrom(world, ports, nothingYet, true));
  const facts = await consul.aclFacts(managementToken.secret);
  if (!facts.ok) return failed("refused", facts.detail);
  return done(stepsFrom(world, ports, facts.value, false));
}

/**
 * Whether the ACLs of a Consul that runs already are somebody else's; asked before anything is changed.
 *
 * Only the answer to a bootstrap tells those from ACLs that nobody has bootstrapped yet, as a run
 * leaves them that was cut off. To bootstrap them is what comes next there anyway.
 */
export async function claimAcl(world: World, ports: Ports): Promise<readonly Finding[]> {
  const server = await answeringServer(world, ports);
  if (!server.ok) return [];
  const { host, consul } = server.value;
  const known = await consul.isKnown(world.secrets.managementToken.secret);
  if (!known.ok || known.value) return [];
  const claimed = await consul.bootstrap(world.secrets.managementToken.secret);
  // Whatever else it refuses for, the phase of the ACLs meets it after the servers were mended.
  if (claimed.ok || claimed.code !== "denied") return [];
  return [{ severity: "error", host: host.name, code: "consul-acl", ...foreign }];
}

const foreign = {
  finding:
    "the ACLs of its Consul were bootstrapped with another token than that of the secrets file",
  remedy:
    "use the secrets file that it was made with; if that is lost, an operator has to reset the " +
    "bootstrap on the Raft leader as Consul's manual tells",
};

function stepsFrom(
  world: World,
  ports: Ports,
  facts: AclFacts,
  isBootstrapNeeded: boolean,
): readonly Step[] {
  const { cluster, secrets } = world;
  const wishes = { policies: policiesOf(cluster), tokens: tokensOf(cluster, secrets) };
  const changes = aclSteps(wishes, facts).map((step): Step => {
    const perform = () =>
      withConsul(world, ports, (consul) => {
        return consul.perform(step, secrets.managementToken.secret);
      });
    return { summary: aclSummary(step), perform };
  });
  const bootstrap: Step = {
    summary: "bootstrap the ACLs of Consul with the management token of the secrets file",
    perform: () => withConsul(world, ports, async (consul) => bootstrapped(world, consul)),
  };
  return isBootstrapNeeded ? [bootstrap, ...changes] : changes;
}

async function bootstrapped(world: World, consul: ConsulHttp): Promise<Outcome<void>> {
  const { secret } = world.secrets.managementToken;
  const answer = await consul.bootstrap(secret);
  if (answer.ok || answer.code !== "denied") return answer;
  return failed("foreign", `${foreign.finding}; ${foreign.remedy} (${answer.detail})`);
}

async function withConsul(
  world: World,
  ports: Ports,
  act: (consul: ConsulHttp) => Promise<Outcome<void>>,
): Promise<Outcome<void>> {
  const server = await answeringServer(world, ports);
  return server.ok ? act(server.value.consul) : server;
}
