/**
 * The floor: the least that can follow a leader key, and nothing that makes it safe.
 *
 *     node bench/floor.ts INTERFACE MEMBER VIP CONSUL_URL
 *
 * One blocking consistent query after the other, one address change through an `ip` that is already
 * running, one announcement: a datagram from the VIP makes the kernel ask for a neighbour in its
 * name, and an arping follows. No lease, no guard, no observation, no second try: what it takes is
 * Consul, Node and the kernel, and no daemon in Node can be faster. Never run it where a VIP
 * matters.
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { Agent, request } from "node:http";

const [device = "eth0", member = "", vip = "", consul = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const ip = spawn("ip", ["-force", "-batch", "-"], { stdio: ["pipe", "ignore", "ignore"] });

function ask(index: string): Promise<{ index: string; leader: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ index: string; leader: string }>();
  const path = `/v1/kv/db/test/leader?consistent&raw&wait=5s&index=${index}`;
  const question = request(consul + path, { agent, timeout: 10_000 }, (response) => {
    let body = "";
    response.on("data", (chunk) => (body += String(chunk)));
    response.on("end", () => {
      const isThere = response.statusCode === 200;
      const next = String(response.headers["x-consul-index"] ?? 0);
      resolve({ index: next, leader: isThere ? body : "" });
    });
  });
  question.on("timeout", () => question.destroy(new Error("no answer")));
  question.on("error", reject);
  question.end();
  return promise;
}

function announce(triesLeft: number): void {
  const socket = createSocket("udp4");
  // The pipe to `ip` tells nothing back: the address is there when a socket can be bound to it.
  socket.on("error", () => {
    socket.close();
    if (triesLeft > 0) setTimeout(announce, 1, triesLeft - 1);
  });
  socket.bind({ address: vip }, () => {
    const last = 2 + Math.floor(Math.random() * 250);
    socket.send("", 9, vip.replace(/\d+$/u, String(last)), () => socket.close());
    // Linux ignores the kernel's question for an entry younger than a second; arping's it heeds.
    spawn("arping", ["-q", "-U", "-c", "1", "-I", device, vip], { stdio: "ignore" });
  });
}

let index = "0";
let isHeld = false;
for (;;) {
  const answer = await ask(index);
  index = answer.index;
  const isWanted = answer.leader === member;
  if (isWanted === isHeld) continue;
  isHeld = isWanted;
  ip.stdin.write(`address ${isWanted ? "replace" : "delete"} ${vip}/32 dev ${device}\n`);
  if (isWanted) announce(100);
}
