/**
 * The outside of one agent's process, of models: what src/agent/outside.ts opens for real.
 */
import type { Outside } from "../../src/agent/outside.ts";
import type { EventName, Log, LogFields } from "../../src/agent/reports/log.ts";
import { noMetrics } from "../../src/agent/reports/metrics.ts";
import type { CallbackEvent } from "../../src/callbacks/event.ts";
import type { KeyAnswer, KeyQuestion } from "../../src/clients/consul.ts";
import type { PatroniClient } from "../../src/clients/patroni.ts";
import { endpointName } from "../../src/clients/endpoint.ts";
import { type Outcome, done, failed } from "../../src/outcome.ts";
import type { BoundVip } from "../../src/vip/bind.ts";
import type { Form, Voice } from "../../src/vip/voice.ts";
import { SimConsulClient } from "./consul/client.ts";
import type { Link } from "./consul/link.ts";
import type { Cancel, Engine } from "./engine.ts";
import { GuardHelper, type HelperTrouble, IpHelper, ResetHelper } from "./helpers.ts";
import type { Kernel } from "./kernel.ts";
import type { Postgres } from "./patroni/postgres.ts";
import type { RestWitness } from "./patroni/rest.ts";
import type { Spool } from "./patroni/spool.ts";
import type { SimProcess } from "./process.ts";
import type { Random } from "./random.ts";

/** What the agent does that only the wire, the log or Consul sees, for whoever checks it. */
export type AgentWitness = RestWitness & {
  readonly logged: (event: EventName, fields: LogFields, level: keyof Log) => void;
  readonly answered: (question: KeyQuestion, askedAtMs: number, answer: KeyAnswer) => void;
  readonly announced: (address: string) => void;
  readonly connectionsReset: (address: string) => void;
  readonly callbackHeard: (event: CallbackEvent, ranAtMs: number) => void;
};

/** What is wrong with `ip monitor` of a host. */
export type MonitorTrouble = "deaf" | "late";

export type OutsideOptions = {
  readonly engine: Engine;
  readonly random: Random;
  readonly process: SimProcess;
  readonly kernel: Kernel;
  /** By the name of the endpoint. */
  readonly links: ReadonlyMap<string, Link>;
  readonly helperTrouble: () => HelperTrouble | undefined;
  readonly monitorTrouble: () => MonitorTrouble | undefined;
  /** The MAC of another host on the wire that answers for the address. */
  readonly otherHolder: (address: string) => string | undefined;
  readonly witness: AgentWitness;
  readonly has: { readonly guard: boolean; readonly reset: boolean };
  readonly patroni: PatroniClient | undefined;
  readonly postgres: Postgres;
  readonly spool: Spool;
};

/** How long the program that asks the wire takes when somebody answers. */
const probeMs = [5, 20] as const;

export function openSimOutside(options: OutsideOptions): Outside {
  const { engine, random, process, kernel, links, witness, has } = options;
  const helper = { engine, random, kernel, process, trouble: options.helperTrouble };
  return {
    clock: process,
    log: logTo(witness),
    metrics: noMetrics,
    random: random.fork().next,
    ip: new IpHelper(helper),
    guard: has.guard ? new GuardHelper(helper) : undefined,
    reset: has.reset ? new ResetHelper(helper, witness.connectionsReset) : undefined,
    connect: (_settings, endpoint) => {
      const name = endpointName(endpoint);
      const link = links.get(name);
      if (link === undefined) throw new Error(`there is no endpoint ${name}`);
      const { answered: onAnswer } = witness;
      return new SimConsulClient({ name, process, link, onAnswer, nowMs: () => engine.nowMs });
    },
    monitorKernel: ({ onChange }) => monitor(options, onChange),
    voice: voiceOf(options),
    probe: async ({ address }, deadlineMs) => probe(options, address.text, deadlineMs),
    runHook: async () => ({ result: "done", detail: "", exitCode: 0, lastLine: "" }),
    systemd: {
      ready: () => undefined,
      status: () => undefined,
      forget: () => undefined,
      stopping: () => undefined,
      watch: () => undefined,
      close: () => undefined,
    },
    patroni: options.patroni,
    processes: {
      findPostmaster: async () => options.postgres.pid,
      isAlive: (pid) => options.postgres.pid === pid,
    },
    hearCallbacks: ({ scopes, onEvent }) => ear(options, scopes, onEvent),
  };
}

function logTo({ logged }: AgentWitness): Log {
  const at = (level: keyof Log): Log["info"] => {
    return (event, _message, fields = {}) => logged(event, fields, level);
  };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/** `ip monitor`: a line soon after each change, late, or never. */
function monitor(
  { engine, random, process, kernel, monitorTrouble }: OutsideOptions,
  onChange: () => void,
) {
  let stopListening: Cancel = () => undefined;
  return {
    start: () => {
      stopListening = kernel.listen(() => {
        const trouble = monitorTrouble();
        if (trouble === "deaf") return;
        const delayMs = trouble === "late" ? random.between(0, 2_000) : random.between(0.5, 3);
        engine.after(delayMs, () => process.deliver(onChange));
      });
    },
    close: () => stopListening(),
  };
}

/** Takes what has come to the spool, and tells when it came by the agent's own clock. */
function ear(
  { process, spool, witness }: OutsideOptions,
  scopes: ReadonlySet<string> | undefined,
  onEvent: (event: CallbackEvent, atMs: number) => void,
) {
  let stopListening: Cancel = () => undefined;
  const takeAll = () => {
    for (const { event, leftAtMs } of spool.takeAll()) {
      if (scopes?.has(event.scope) === false) continue;
      witness.callbackHeard(event, leftAtMs);
      onEvent(event, process.timeOf(leftAtMs));
    }
  };
  return {
    start: () => {
      stopListening = spool.listen(() => process.deliver(takeAll));
    },
    close: () => stopListening(),
  };
}

function voiceOf({ engine, random, process, witness }: OutsideOptions): Voice {
  return {
    ask: ({ from, onEnd }) => {
      witness.announced(from.text);
      engine.after(random.between(0.1, 1), () => process.deliver(() => onEnd()));
    },
    formsOf: ({ address }: BoundVip) => {
      const form: Form = () => witness.announced(address.text);
      return address.family === "ipv4" ? [form, form] : [form];
    },
  };
}

async function probe(
  { engine, random, process, otherHolder, helperTrouble }: OutsideOptions,
  address: string,
  deadlineMs: number,
): Promise<Outcome<string | undefined>> {
  const { promise, resolve } = Promise.withResolvers<Outcome<string | undefined>>();
  const cancel = process.after(deadlineMs, () => resolve(done(undefined)));
  engine.after(random.between(...probeMs), () => {
    process.deliver(() => {
      const holder = otherHolder(address);
      if (helperTrouble() === "missing") resolve(failed("missing", "arping: not found"));
      else if (holder !== undefined) resolve(done(holder));
    });
  });
  const outcome = await promise;
  cancel();
  return outcome;
}
