/**
 * What `check --live` looks with, and what it comes back with.
 *
 * The looking is a type of its own, so that the checks can be tried on every kind of broken host
 * without having one; check-eyes.ts has the real one.
 */
import type { ConsulCode, KeyAnswer } from "../clients/consul.ts";
import type { ConsulEndpoint, PatroniSettings } from "../clients/endpoint.ts";
import type { PatroniAnswer, PatroniCode } from "../clients/patroni.ts";
import type { Outcome } from "../outcome.ts";
import type { InterfaceState } from "../vip/observe.ts";
import type { Tools } from "../vip/tools.ts";

export type Finding = {
  readonly severity: "good" | "warning" | "error";
  readonly subject: string;
  readonly found: string;
  readonly remedy?: string;
};

/** How the host, Consul and Patroni are looked at. */
export type Eyes = {
  readonly tools: Tools;
  observe(interfaceName: string): Promise<Outcome<InterfaceState>>;
  /** Names of the other interfaces that hold an address. */
  holdersOf(addressText: string): readonly string[];
  /** Whether a vip-manager runs on this host. */
  hasVipManager(): boolean;
  /**
   * Whether removing an address of the interface leaves its secondaries; undefined if the kernel
   * does not tell.
   */
  isPromotingSecondaries(interfaceName: string): boolean | undefined;
  askPatroni(settings: PatroniSettings): Promise<Outcome<PatroniAnswer, PatroniCode>>;
  /** By a change that changes nothing. */
  wakePatroni(settings: PatroniSettings): Promise<Outcome<void, PatroniCode>>;
  /** Patroni's configuration of the whole cluster, as text; undefined where it does not say it. */
  readPatroniConfig(settings: PatroniSettings): Promise<string | undefined>;
  /** Why callbacks that leave word in this directory would not be heard. */
  placeProblem(directory: string): Promise<string | undefined>;
  readKey(endpoint: ConsulEndpoint, key: string): Promise<Outcome<KeyAnswer, ConsulCode>>;
};
