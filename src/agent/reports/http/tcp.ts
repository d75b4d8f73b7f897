/**
 * The listener for Prometheus and browsers: on loopback unless told otherwise.
 *
 * What hinders it (a port that is taken, a certificate that cannot be read) is said once and tried
 * again; the VIP does not depend on it, and it never falls back to something less safe. A renewed
 * certificate is taken up within a minute.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { Server as SecureServer } from "node:https";
import type { ListenerSettings } from "../../config/settings.ts";
import type { Answer } from "./routes.ts";
import { type TlsOptions, openServer } from "./server.ts";

type TlsFiles = NonNullable<ListenerSettings["tls"]>;

export type TcpOptions = {
  readonly settings: ListenerSettings;
  readonly answerTo: (method: string | undefined, target: string | undefined) => Promise<Answer>;
  readonly nowMs: () => number;
};

const renewEveryMs = 60_000;

/** Listens; rejects where it cannot. */
export async function listenOnTcp({ settings, answerTo, nowMs }: TcpOptions): Promise<Server> {
  const { address, port, tls, basicAuth } = settings;
  const secure = tls && (await tlsOf(tls));
  const server = await openServer({ answerTo, credentials: basicAuth, tls: secure });
  server.listen(port, address);
  await once(server, "listening");
  if (tls && isSecure(server)) renewNowAndThen(server, tls, nowMs);
  return server;
}

async function tlsOf({ certFile, keyFile, clientCaFile }: TlsFiles): Promise<TlsOptions> {
  const [cert, key, ca] = await Promise.all([
    readFile(certFile),
    readFile(keyFile),
    clientCaFile === undefined ? undefined : readFile(clientCaFile),
  ]);
  const isClientChecked = ca !== undefined;
  return { cert, key, minVersion: "TLSv1.2", isClientChecked, ...(ca && { ca }) };
}

function isSecure(server: Server): server is SecureServer {
  return "setSecureContext" in server;
}

/** At the first connection after a minute: no timer wakes the process for it. */
function renewNowAndThen(server: SecureServer, files: TlsFiles, nowMs: () => number): void {
  let readAtMs = nowMs();
  server.on("connection", () => {
    if (nowMs() < readAtMs + renewEveryMs) return;
    readAtMs = nowMs();
    // Files that are half written are read again in a minute; the old certificate goes on.
    tlsOf(files).then(
      (options) => setContext(server, options),
      () => undefined,
    );
  });
}

function setContext(server: SecureServer, options: TlsOptions): void {
  try {
    server.setSecureContext(options);
  } catch {
    // A key that does not belong to its certificate yet: the same.
  }
}
