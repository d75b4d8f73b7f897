/**
 * A client that is connected to the VIP and waits, as one does that has sent a query.
 *
 * It sends nothing after the greeting, so it learns of the end of its connection only if somebody
 * tells it. What it hears, and when by the clock of the lab, is in its journal.
 */
import { fileURLToPath } from "node:url";
import * as v from "valibot";

import { Journal, type Happening, type Patience } from "../../../lab/journal.ts";
import { VIP, type HostName } from "../../../lab/network.ts";
import { LabProcess } from "../../../lab/process.ts";

const PROGRAM = fileURLToPath(new URL("held-connection-program.ts", import.meta.url));

const line = v.object({ atUs: v.number(), heard: v.string() });

// "greeted", "end", or the code of an error such as ECONNRESET.
export type Heard = Happening & { readonly heard: string };

export class HeldConnection {
  readonly heard: Journal<Heard>;
  readonly process: LabProcess;

  private constructor(address: string, host: HostName) {
    this.heard = new Journal(`connection to ${address}`);
    this.process = new LabProcess({
      name: `connection of ${host}`,
      host,
      argv: [process.execPath, PROGRAM, address],
      onLine: (text) => {
        const { atUs, heard } = v.parse(line, JSON.parse(text));
        this.heard.append({ atMs: atUs / 1e3, heard });
      },
    });
  }

  static async open(address = VIP, host: HostName = "client"): Promise<HeldConnection> {
    const connection = new HeldConnection(address, host);
    await connection.next("greeted");
    return connection;
  }

  async next(heard: string, patience: Patience = {}): Promise<Heard> {
    return await this.heard.next(heard, (entry) => entry.heard === heard, patience);
  }
}
