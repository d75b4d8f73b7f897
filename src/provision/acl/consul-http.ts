/**
 * Consul's HTTP interface, as far as provisioning needs it: the state of the servers, policies and
 * tokens.
 *
 * It is reached through a socket that leads to the loopback of a host, so nothing of it need listen
 * on the network, and the management token never leaves this process but in that connection.
 */
import * as v from "valibot";

import { HttpChannel, type HttpQuestion } from "../../clients/http-channel.ts";
import { type Outcome, done, failed } from "../../outcome.ts";
import type { Secret } from "../secrets/secrets.ts";
import type { AclFacts, AclStep, PolicyFact, TokenFact } from "./acl.ts";

export type ConsulHttpCode =
  /** No answer, or none that can be read. */
  | "unreachable"
  /** 403: the token is unknown, or may not do this. */
  | "denied"
  /** 401: it has no ACLs at all. */
  | "disabled"
  /** Any other refusal, in Consul's words. */
  | "refused";

export type RaftServer = {
  readonly name: string;
  readonly isLeader: boolean;
  readonly isVoter: boolean;
};

export type ConsulMember = {
  readonly name: string;
  readonly address: string;
  readonly isAlive: boolean;
};

const codes: Readonly<Record<number, ConsulHttpCode>> = { 401: "disabled", 403: "denied" };

const deadlineMs = 5_000;
const maxBodyBytes = 4_000_000;

/** serf's number for a member that is there. */
const alive = 1;

const raftSchema = v.object({
  Servers: v.array(v.object({ Node: v.string(), Leader: v.boolean(), Voter: v.boolean() })),
});
const membersSchema = v.array(v.object({ Name: v.string(), Addr: v.string(), Status: v.number() }));
const policySchema = v.object({
  ID: v.string(),
  Name: v.string(),
  Description: v.optional(v.string(), ""),
  Rules: v.optional(v.string(), ""),
});
const policyListSchema = v.array(v.object({ ID: v.string() }));
const tokenListSchema = v.array(
  v.object({
    AccessorID: v.string(),
    Description: v.optional(v.string(), ""),
    Policies: v.nullish(v.array(v.object({ Name: v.string() })), []),
    NodeIdentities: v.nullish(v.array(v.object({ NodeName: v.string() })), []),
  }),
);

type Answer<T> = Promise<Outcome<T, ConsulHttpCode>>;

export class ConsulHttp {
  readonly #channel: HttpChannel;
  readonly #datacenter: string;

  constructor(socketPath: string, datacenter: string) {
    const tls = {};
    this.#datacenter = datacenter;
    this.#channel = new HttpChannel({
      origin: "http://localhost",
      socketPath,
      tls,
      isUnchecked: false,
      maxBodyBytes,
    });
  }

  close(): void {
    this.#channel.close();
  }

  /** The address of the Raft leader; empty while there is none. Needs no token. */
  async leader(): Answer<string> {
    return this.#read("/v1/status/leader", v.string());
  }

  async raft(token: Secret): Answer<readonly RaftServer[]> {
    const answer = await this.#read("/v1/operator/raft/configuration", raftSchema, token);
    if (!answer.ok) return answer;
    return done(
      answer.value.Servers.map(({ Node, Leader, Voter }) => {
        return { name: Node, isLeader: Leader, isVoter: Voter };
      }),
    );
  }

  async members(token: Secret): Answer<readonly ConsulMember[]> {
    const answer = await this.#read("/v1/agent/members", membersSchema, token);
    if (!answer.ok) return answer;
    return done(
      answer.value.map(({ Name, Addr, Status }) => {
        return { name: Name, address: Addr, isAlive: Status === alive };
      }),
    );
  }

  /** Whether the token is one that Consul knows. */
  async isKnown(token: Secret): Answer<boolean> {
    const answer = await this.#ask({ method: "GET", path: "/v1/acl/token/self" }, token);
    if (answer.ok) return done(true);
    return answer.code === "denied" || answer.code === "disabled" ? done(false) : answer;
  }

  /**
   * Makes this the management token. It succeeds once in the life of a cluster; `denied` means that
   * it has been done before.
   */
  async bootstrap(token: Secret): Answer<void> {
    const body = JSON.stringify({ BootstrapSecret: token.reveal() });
    const answer = await this.#ask({ method: "PUT", path: "/v1/acl/bootstrap", body });
    return answer.ok ? done(undefined) : answer;
  }

  async aclFacts(token: Secret): Answer<AclFacts> {
    const list = await this.#read("/v1/acl/policies", policyListSchema, token);
    if (!list.ok) return list;
    const policies: PolicyFact[] = [];
    for (const { ID } of list.value) {
      const policy = await this.#read(`/v1/acl/policy/${ID}`, policySchema, token);
      if (!policy.ok) return policy;
      const { Name: name, Description: description, Rules: rules } = policy.value;
      policies.push({ id: ID, name, description, rules });
    }
    const tokens = await this.#read("/v1/acl/tokens", tokenListSchema, token);
    if (!tokens.ok) return tokens;
    return done({ policies, tokens: tokens.value.map(tokenFact) });
  }

  async perform(step: AclStep, token: Secret): Answer<void> {
    const answer = await this.#ask({ method: "PUT", ...this.#changeOf(step) }, token);
    return answer.ok ? done(undefined) : answer;
  }

  #changeOf(step: AclStep): Pick<HttpQuestion, "path" | "body"> {
    if (step.kind === "set-policy") {
      const { name: Name, description: Description, rules: Rules } = step.policy;
      const path = step.id === undefined ? "/v1/acl/policy" : `/v1/acl/policy/${step.id}`;
      return { path, body: JSON.stringify({ Name, Description, Rules }) };
    }
    const { accessor, secret, description, policies, nodeName } = step.token;
    const identity = { NodeName: nodeName, Datacenter: this.#datacenter };
    const body = {
      AccessorID: accessor,
      SecretID: secret.reveal(),
      Description: description,
      Policies: policies.map((name) => ({ Name: name })),
      NodeIdentities: nodeName === undefined ? [] : [identity],
    };
    const path = step.isNew ? "/v1/acl/token" : `/v1/acl/token/${accessor}`;
    return { path, body: JSON.stringify(body) };
  }

  async #read<T>(path: string, schema: v.GenericSchema<unknown, T>, token?: Secret): Answer<T> {
    const answer = await this.#ask({ method: "GET", path }, token);
    if (!answer.ok) return answer;
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), answer.value);
    if (parsed.success) return done(parsed.output);
    return failed(
      "unreachable",
      `${path} of Consul was answered with something else than expected`,
    );
  }

  async #ask(question: Omit<HttpQuestion, "deadlineMs">, token?: Secret): Answer<string> {
    const headers = token === undefined ? {} : { "X-Consul-Token": token.reveal() };
    const answer = await this.#channel.ask({ ...question, headers, deadlineMs });
    if (!answer.ok) return failed("unreachable", `Consul: ${answer.detail}`);
    const { status, body } = answer.value;
    if (status === 200) return done(body);
    const words = body.trim().slice(0, 300);
    return failed(
      codes[status] ?? "refused",
      `Consul answered ${status} to ${question.path}: ${words}`,
    );
  }
}

function tokenFact(token: v.InferOutput<typeof tokenListSchema>[number]): TokenFact {
  const { AccessorID, Description, Policies, NodeIdentities } = token;
  return {
    accessor: AccessorID,
    description: Description,
    policies: (Policies ?? []).map(({ Name }) => Name),
    nodeNames: (NodeIdentities ?? []).map(({ NodeName }) => NodeName),
  };
}
