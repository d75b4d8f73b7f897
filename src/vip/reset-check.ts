/**
 * Whether this host can end a connection from outside its process.
 *
 * `ss -K` exits with 0 and prints nothing where the kernel was built without socket destruction, so
 * there is no asking; a connection of our own on the loopback interface is ended for a trial. Before
 * that, and without `-K`, it has to refuse half a filter: one that took it for an empty one would
 * end every connection of the host at the end of the agent.
 */
import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { type Outcome, done, failed } from "../outcome.ts";
import { runCommand } from "./command.ts";
import { filterArgs } from "./reset.ts";

const deadlineMs = 1_000;

/** `refused` is for good, `untried` says nothing about the next time. */
export async function checkReset(ssPath: string): Promise<Outcome<void, "refused" | "untried">> {
  const half = await runCommand({ path: ssPath, args: ["-t", "-H", ...filterArgs], deadlineMs });
  if (half.ok) return failed("refused", "ss takes half a filter for a whole one");
  if (half.code !== "exit") return failed("untried", half.detail);
  const server = createServer((socket) => socket.on("error", () => undefined));
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening", { signal: AbortSignal.timeout(deadlineMs) });
  } catch (error) {
    return failed("untried", `no trial connection: ${String(error)}`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a listening TCP server has a port
  const { port } = server.address() as AddressInfo;
  const client = connect(port, "127.0.0.1");
  const outcome = await tryReset(ssPath, port, client);
  client.destroy();
  server.close();
  return outcome;
}

async function tryReset(
  ssPath: string,
  port: number,
  client: Socket,
): Promise<Outcome<void, "refused" | "untried">> {
  const { promise: ended, resolve } = Promise.withResolvers<boolean>();
  // The reset comes as an error; an `error` listener alone keeps it from ending the process.
  client.once("error", () => resolve(true));
  client.once("close", () => resolve(true));
  const timer = setTimeout(() => resolve(false), deadlineMs);
  try {
    await once(client, "connect", { signal: AbortSignal.timeout(deadlineMs) });
    const args = ["-K", "-t", "-n", "-H", "dst", `127.0.0.1:${port}`];
    const killed = await runCommand({ path: ssPath, args, deadlineMs });
    if (!killed.ok) return failed(killed.code === "exit" ? "refused" : "untried", killed.detail);
    if (await ended) return done(undefined);
    return failed("refused", "ss -K did not end a trial connection: the kernel cannot do it");
  } catch (error) {
    return failed("untried", `no trial connection: ${String(error)}`);
  } finally {
    clearTimeout(timer);
  }
}
