/**
 * What the daemon is told to do, after flags, variables, file and defaults have been merged and
 * found valid.
 *
 * Nothing below src/agent/config knows where a value came from or how it was spelled: by the time
 * it stands here it is parsed, canonical, and complete. Times bear their unit in their name.
 */
import type { ConsulSettings, PatroniSettings } from "../../clients/endpoint.ts";
import type { OnConflict } from "../../policy/world.ts";
import type { BoundVip } from "../../vip/bind.ts";

export type {
  ConsulEndpoint,
  ConsulSettings,
  PatroniSettings,
  TlsSettings,
} from "../../clients/endpoint.ts";

export type VipSettings = BoundVip & {
  /** The Consul key of the leader, without a leading slash, e.g. db/test/leader. */
  readonly key: string;
  /** The value of that key which means "this host": Patroni's member name. */
  readonly member: string;
};

/** Where metrics, status and health are served over TCP, and to whom. */
export type ListenerSettings = {
  /** An address of this host, or one that stands for all of them. */
  readonly address: string;
  readonly port: number;
  /** Undefined for plain HTTP. */
  readonly tls:
    | {
        readonly certFile: string;
        readonly keyFile: string;
        /** Who signs the certificates that clients must show; undefined where they need none. */
        readonly clientCaFile: string | undefined;
      }
    | undefined;
  /** What clients must know; undefined where they need know nothing. */
  readonly basicAuth: { readonly username: string; readonly password: string } | undefined;
};

/** What runs once the VIP has come or gone: a program from the root, and its arguments. */
export type HookSettings = {
  readonly onAcquire: readonly string[] | undefined;
  readonly onRelease: readonly string[] | undefined;
  readonly deadlineMs: number;
};

export type LogLevel = "debug" | "info" | "warn" | "error";

export type Settings = {
  /** Never empty, no two with the same address. */
  readonly vips: readonly VipSettings[];
  readonly consul: ConsulSettings;
  /** Who says which host leads: the key in Consul, or only the Patroni of this host. */
  readonly source: "consul" | "patroni";
  /** The REST API of this host's Patroni; undefined where it is not to be asked. */
  readonly patroni: PatroniSettings | undefined;
  /** Where PostgreSQL keeps its data, which tells its process from another's. */
  readonly dataDirectory: string | undefined;
  /** The directory in which Patroni's callbacks leave word; undefined where nobody listens. */
  readonly callbacks: string | undefined;
  /** Whether Patroni is told to look at its DCS when something is wrong. */
  readonly wake: boolean;
  /** When the VIP may be bound: with the lock, or once PostgreSQL is a primary as well. */
  readonly gate: "lock" | "writable";
  /** How long a bind waits for the gate. */
  readonly gateDeadlineMs: number;
  /** Whether the leader of a standby cluster has the VIP too. */
  readonly standbyVip: boolean;
  /** Whether the key counts only while a Consul session locks it. */
  readonly requireSession: boolean;
  /**
   * How long the kernel keeps the VIP without a refresh, in whole seconds; 0 means for ever (no
   * dead-man switch).
   */
  readonly lifetimeS: number;
  /** What follows when Consul gives no usable answer: the lease runs on, or the VIP goes at once. */
  readonly onDcsLoss: "lease" | "release";
  /** What follows when another host answers for the VIP. */
  readonly onConflict: OnConflict;
  /** Subtracted from the lease, for the time that a release takes and for clocks that drift. */
  readonly leaseMarginMs: number;
  /** Whether a release answers clients with resets for a few seconds (nftables). */
  readonly guard: boolean;
  /** Whether a release ends established connections with a reset (ss -K). */
  readonly reset: boolean;
  /** Whether a bind is announced to the neighbours. */
  readonly announce: boolean;
  readonly logLevel: LogLevel;
  /** Undefined where nothing is served over TCP. */
  readonly listener: ListenerSettings | undefined;
  /** Where the agent answers `vip-agent status`; undefined where nowhere. */
  readonly statusSocket: string | undefined;
  readonly hooks: HookSettings;
};
