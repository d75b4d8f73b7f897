/**
 * Serves the metrics page on loopback.
 *
 * Nothing that a client does may cost the daemon: few connections, short deadlines, one path, no
 * body is read. A port that is taken is a warning; the VIP does not depend on it.
 */
import { createServer } from "node:http";
import type { Log } from "./log.ts";
import type { MetricsPage } from "./metrics.ts";

const address = "127.0.0.1";
const maxConnections = 16;
const deadlineMs = 2_000;

/** Serves until the process ends, and never keeps it from ending. */
export function serveMetrics(metrics: MetricsPage, port: number, log: Log): void {
  const server = createServer(
    { headersTimeout: deadlineMs, requestTimeout: deadlineMs, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      response.setTimeout(deadlineMs, () => response.destroy());
      if (request.method !== "GET" || request.url !== "/metrics") {
        response.writeHead(404, { connection: "close" }).end("there is /metrics\n");
        return;
      }
      void metrics.page().then(
        (page) => response.writeHead(200, { "content-type": metrics.contentType }).end(page),
        (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
      );
    },
  );
  server.maxConnections = maxConnections;
  server.on("error", (error) => {
    const message = `no metrics on ${address}:${port}: ${error.message}`;
    log.warn("trouble", message, { topic: "metrics" });
  });
  server.listen(port, address);
  server.unref();
  server.on("connection", (socket) => socket.unref());
}
