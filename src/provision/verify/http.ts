/**
 * One question over HTTP, to something that listens on a host, through the executor's forwarding.
 */
import { HttpChannel, type HttpQuestion } from "../../clients/http-channel.ts";
import { type Outcome, failed } from "../../outcome.ts";
import type { Executor } from "../executor/executor.ts";

export type HttpAnswer = { readonly status: number; readonly body: string };

export type Place = {
  readonly executor: Executor;
  readonly address: string;
  readonly port: number;
};

const deadlineMs = 5_000;

/** Metrics of an agent are some ten kilobytes, those of a Patroni cluster less. */
const maxBodyBytes = 4_000_000;

/** Never rejects. */
export async function askHttp(
  { executor, address, port }: Place,
  question: Omit<HttpQuestion, "deadlineMs">,
): Promise<Outcome<HttpAnswer>> {
  const socket = await executor.forward(address, port);
  if (!socket.ok) return socket;
  const options = { origin: "http://localhost", tls: {}, isUnchecked: false, maxBodyBytes };
  const channel = new HttpChannel({ ...options, socketPath: socket.value });
  try {
    const answer = await channel.ask({ ...question, deadlineMs });
    if (answer.ok) return answer;
    return failed(answer.code, `${address}:${port} of ${executor.host}: ${answer.detail}`);
  } finally {
    channel.close();
  }
}
