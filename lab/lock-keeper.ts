/**
 * A lock keeper in a host: what stands in for Patroni there, with its "PostgreSQL".
 *
 * What it does is told in programs/lock-keeper.ts; the process can be killed, frozen and started
 * again like any other. Its "PostgreSQL" survives its death, as PostgreSQL survives Patroni's.
 */
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { Journal, type Happening } from "./journal.ts";
import type { HostName } from "./network.ts";
import { LabProcess, type Exit } from "./process.ts";

const PROGRAM = fileURLToPath(new URL("programs/lock-keeper.ts", import.meta.url));

const keeperLine = v.looseObject({ atUs: v.number(), event: v.string() });

/** Enough to use the key as Patroni does. */
export const LOCK_RULES = `
  key_prefix "db/test/" { policy = "write" }
  session_prefix "" { policy = "write" }
`;

export type KeeperEvent = Happening & {
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

export class LockKeeper {
  readonly host: HostName;
  readonly events: Journal<KeeperEvent>;
  readonly process: LabProcess;

  constructor(host: HostName, { token = "" } = {}) {
    this.host = host;
    this.events = new Journal(`lock keeper on ${host}`);
    this.process = new LabProcess({
      name: `lock keeper on ${host}`,
      host,
      argv: [process.execPath, PROGRAM, host, `${tmpdir()}/server-${host}.pid`],
      env: { CONSUL_HTTP_TOKEN: token },
      onLine: (text) => this.events.append(parse(text)),
    });
  }

  /** Gives the lock away if it is held; who is quicker has it next. */
  stepDown(): void {
    this.process.signal("SIGUSR1");
  }

  /** Stops "PostgreSQL", gives the lock back and ends. */
  async stop(): Promise<Exit> {
    return await this.process.stop("SIGTERM", 15_000);
  }

  async kill(): Promise<Exit> {
    return await this.process.kill();
  }

  async freeze(): Promise<void> {
    await this.process.freeze();
  }

  thaw(): void {
    this.process.thaw();
  }
}

function parse(text: string): KeeperEvent {
  const { atUs, event, ...fields } = v.parse(keeperLine, JSON.parse(text));
  return { atMs: atUs / 1e3, event, fields };
}
