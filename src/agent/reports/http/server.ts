/**
 * One HTTP server with narrow bounds: whatever its clients do, it must cost the loop next to nothing.
 *
 * Few connections at a time (who comes beyond is closed unheard), short deadlines for every part of
 * a request, small headers, no body read. A TLS handshake costs the processor a hundred times what
 * an answer costs, so those are bounded by time as well. Nothing here keeps the process from ending.
 */
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { type Credentials, isAdmitted } from "./access.ts";
import type { Answer } from "./routes.ts";

export type ServerOptions = {
  readonly answerTo: (method: string | undefined, target: string | undefined) => Promise<Answer>;
  /** Asked for on every request where it is set. */
  readonly credentials?: Credentials | undefined;
  readonly tls?: TlsOptions | undefined;
};

export type TlsOptions = SecureContextOptions & {
  /** Whether a client has to show a certificate that `ca` has signed. */
  readonly isClientChecked: boolean;
};

const maxConnections = 32;
const deadlineMs = 2_000;
const maxHeaderSize = 8_192;
const maxHandshakesPerSecond = 50;

const limits = {
  headersTimeout: deadlineMs,
  requestTimeout: deadlineMs,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize,
};

/** A server that does not listen yet. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    void respond(options, request, response);
  };
  const server = options.tls
    ? await secureServer(options.tls, handle)
    : createServer(limits, handle);
  server.maxConnections = maxConnections;
  server.unref();
  server.on("connection", (socket) => socket.unref());
  return server;
}

async function secureServer(
  { isClientChecked, ...context }: TlsOptions,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const { createServer: createSecureServer } = await import("node:https");
  const options = {
    ...limits,
    ...context,
    handshakeTimeout: deadlineMs,
    requestCert: isClientChecked,
    rejectUnauthorized: isClientChecked,
  };
  const server = createSecureServer(options, handle);
  let second = 0;
  let handshakes = 0;
  server.prependListener("connection", (socket: Socket) => {
    const now = Math.floor(performance.now() / 1_000);
    handshakes = now === second ? handshakes + 1 : 1;
    second = now;
    if (handshakes > maxHandshakesPerSecond) socket.destroy();
  });
  return server;
}

async function respond(
  { answerTo, credentials }: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setTimeout(deadlineMs, () => response.destroy());
  if (credentials && !isAdmitted(request.headers.authorization, credentials)) {
    const headers = { "www-authenticate": 'Basic realm="vip-agent"', connection: "close" };
    response.writeHead(401, headers).end("a user name and its password are needed\n");
    return;
  }
  const { code, type, body, headers } = await answerTo(request.method, request.url);
  const length = Buffer.byteLength(body);
  const own = { "content-type": type, "content-length": length, "cache-control": "no-store" };
  // Whoever asks for something odd is not kept.
  const connection = code < 400 || code === 503 ? {} : { connection: "close" };
  response.writeHead(code, { ...own, ...headers, ...connection });
  response.end(request.method === "HEAD" ? undefined : body);
}
