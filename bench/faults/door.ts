/**
 * A door to Consul that can be made to fail: it delays answers, gives errors in their place, or shuts.
 *
 * An HTTP proxy in the harness itself, which sits on the bridge. A query that waits when the mood
 * changes is answered by the new one, as Consul does when it loses its leader.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export type Mood =
  | { readonly kind: "open" }
  | { readonly kind: "slow"; readonly delayMs: number }
  | { readonly kind: "failing"; readonly status: number; readonly body: string }
  | { readonly kind: "shut" };

export type Door = {
  readonly endpoint: string;
  readonly become: (mood: Mood) => void;
  readonly close: () => Promise<void>;
};

const bridgeAddress = "192.168.1.1";
const port = 8_600;

export async function openDoor(consulEndpoint: string): Promise<Door> {
  let mood: Mood = { kind: "open" };
  const waiting = new Map<ServerResponse, IncomingMessage>();
  const server = createServer((asked, answer) => {
    if (fail(mood, answer)) return;
    const { method = "GET", headers, url = "/" } = asked;
    const passed = request(`${consulEndpoint}${url}`, { method, headers }, (response) => {
      void passOn(response, answer, mood);
    });
    waiting.set(answer, asked);
    answer.on("close", () => {
      waiting.delete(answer);
      passed.destroy();
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  });
  const become = (next: Mood): void => {
    mood = next;
    for (const answer of waiting.keys()) fail(mood, answer);
    if (next.kind !== "shut") return;
    server.close();
    server.closeAllConnections();
  };
  await new Promise<void>((resolve) => server.listen(port, bridgeAddress, resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return { endpoint: `http://${bridgeAddress}:${port}`, become, close };
}

/** Whether the mood is to answer by itself. */
function fail(mood: Mood, answer: ServerResponse): boolean {
  if (mood.kind !== "failing") return false;
  if (!answer.headersSent) answer.writeHead(mood.status).end(mood.body);
  return true;
}

async function passOn(response: IncomingMessage, answer: ServerResponse, mood: Mood) {
  if (mood.kind === "slow") await delay(mood.delayMs);
  if (answer.headersSent || answer.destroyed) return;
  answer.writeHead(response.statusCode ?? 502, response.headers);
  response.pipe(answer);
}
