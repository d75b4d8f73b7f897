/**
 * Proves that the lab's client of PostgreSQL survives whatever a server does to it: one that dies looks
 * like an outage that never ends.
 */
import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";

import { run } from "../../../lab/command.ts";
import { createLab, type Lab } from "../../../lab/lab.ts";
import { VIP } from "../../../lab/network.ts";
import { findParts } from "../../../lab/patroni/parts.ts";
import { Writer } from "../../../lab/patroni/writer.ts";
import { POSTGRESQL_PORT } from "../../../lab/ports.ts";
import { PATRONI, skipWithout } from "../support/capabilities.ts";

const skip = await skipWithout(...PATRONI);

/** AuthenticationOk and ReadyForQuery, as PostgreSQL sends them. */
const READY = Buffer.from("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", "latin1");

describe("writer of the lab", { skip }, () => {
  let lab: Lab;
  let server: Server;
  let answer: (socket: Socket) => void = () => {};

  before(async () => {
    lab = await createLab({ hosts: ["client"] });
    // The harness sits on the bridge, so it can be the host that has the VIP.
    await run(["ip", "address", "add", `${VIP}/32`, "dev", "br0"]);
    server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => answer(socket));
    });
    await new Promise<void>((done) => server.listen(POSTGRESQL_PORT, VIP, done));
  });

  after(async () => {
    server.close();
    await lab.close();
  });

  const endings: readonly (readonly [string, string, boolean, (socket: Socket) => void])[] = [
    ["a reset before the greeting", "reset", false, (socket) => socket.resetAndDestroy()],
    ["a close before the greeting", "closed", false, (socket) => socket.destroy()],
    [
      "a reset right behind the greeting",
      "reset",
      true,
      (socket) => {
        socket.write(READY);
        socket.resetAndDestroy();
      },
    ],
    [
      "a close right behind the greeting",
      "closed",
      true,
      (socket) => {
        socket.once("data", () => socket.end());
        socket.write(READY);
      },
    ],
  ];

  for (const [title, outcome, isSent, ending] of endings) {
    it(`goes on after ${title}`, async () => {
      answer = ending;
      const writer = new Writer((await findParts()).python, { route: "vip" });
      const third = await writer.writes.next("third attempt", ({ attempt }) => attempt === 3);
      assert.partialDeepStrictEqual(third, { outcome, isSent });
      assert.ok(writer.process.isRunning);
      await writer.close();
    });
  }
});
