/**
 * One question over HTTP, to something that listens on a host, through the executor's forwarding:
 * nothing needs to listen where this machine could reach it.
 *
 * Each question has a connection of its own, so nothing stays open between two of them.
 */
import { type HttpAnswer, HttpChannel, type HttpQuestion } from "../../clients/http-channel.ts";
import { type Outcome, failed } from "../../outcome.ts";
import type { Executor } from "./executor.ts";

export type Place = {
  readonly executor: Executor;
  readonly address: string;
  readonly port: number;
  /** What it is called in complaints; by its address if that is left out. */
  readonly name?: string;
  readonly maxBodyBytes: number;
};

const deadlineMs = 5_000;

/** Never rejects. */
export async function askForwarded(
  { executor, address, port, name, maxBodyBytes }: Place,
  question: Omit<HttpQuestion, "deadlineMs">,
): Promise<Outcome<HttpAnswer>> {
  const socket = await executor.forward(address, port);
  if (!socket.ok) return socket;
  const options = { origin: "http://localhost", tls: {}, isUnchecked: false, maxBodyBytes };
  const channel = new HttpChannel({ ...options, socketPath: socket.value });
  try {
    const answer = await channel.ask({ ...question, deadlineMs });
    if (answer.ok) return answer;
    const who = name ?? `${address}:${port} of ${executor.host}`;
    return failed(answer.code, `${who}: ${answer.detail}`);
  } finally {
    channel.close();
  }
}
