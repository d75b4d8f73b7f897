/**
 * One HTTP connection for one purpose, over undici: asks one question at a time, and never rejects.
 *
 * Nothing that the other side does may cost more than the deadline, nor more memory than the bound:
 * the deadline covers the name look-up, the connection, TLS, the headers and the body together, and
 * a redirect is an answer like any other. A connection on which something went wrong is not used
 * again, so that one question that hangs never holds up the next.
 *
 * undici is loaded with the first question, so that a host without Patroni does not pay for it; and
 * of it only the client: the whole package would cost 50 ms and 11 MB (measured), of which the
 * client is 16 ms and 6 MB.
 */
import { readFileSync } from "node:fs";
import type { Client } from "undici";
import { type Failure, type Outcome, done, failed } from "../outcome.ts";
import { connectionTrouble } from "./connection-trouble.ts";
import type { TlsSettings } from "./endpoint.ts";

export type HttpCode = "refused" | "timeout" | "tls" | "malformed" | "failed";

export type HttpQuestion = {
  readonly method: "GET" | "PATCH" | "POST" | "PUT";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineMs: number;
};

export type HttpAnswer = { readonly status: number; readonly body: string };

export type HttpChannelOptions = {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Where the connection goes instead of there. */
  readonly socketPath?: string;
  readonly tls: TlsSettings;
  /** Whether the certificate is taken unchecked. */
  readonly isUnchecked: boolean;
  readonly maxBodyBytes: number;
};

type Settle = (outcome: Outcome<HttpAnswer, HttpCode>) => void;

export class HttpChannel {
  readonly #options: HttpChannelOptions;
  #client: Client | undefined;
  #isClosed = false;

  constructor(options: HttpChannelOptions) {
    this.#options = options;
  }

  async ask(question: HttpQuestion): Promise<Outcome<HttpAnswer, HttpCode>> {
    const { deadlineMs } = question;
    const { promise, resolve } = Promise.withResolvers<Outcome<HttpAnswer, HttpCode>>();
    const timer = setTimeout(
      () => resolve(failed("timeout", `no answer within ${deadlineMs} ms`)),
      deadlineMs,
    );
    void this.#send(question, resolve);
    const outcome = await promise;
    clearTimeout(timer);
    if (!outcome.ok) this.#drop();
    return outcome;
  }

  /** What is under way fails. */
  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  async #send(question: HttpQuestion, settle: Settle): Promise<void> {
    try {
      const { default: UndiciClient } = await import("undici/lib/dispatcher/client.js");
      if (this.#isClosed) throw new Error("the connection was closed");
      const files = this.#client === undefined ? readFiles(this.#options.tls) : done({});
      if (!files.ok) return settle(files);
      this.#client ??= new UndiciClient(this.#options.origin, this.#clientOptions(files.value));
      this.#dispatch(this.#client, question, settle);
    } catch (error) {
      settle(troubleOf(error));
    }
  }

  #clientOptions(files: TlsFiles): Client.Options {
    const { tls, isUnchecked, maxBodyBytes, socketPath } = this.#options;
    const servername = tls.serverName !== undefined && { servername: tls.serverName };
    return {
      connect: { ...files, ...servername, rejectUnauthorized: !isUnchecked },
      ...(socketPath !== undefined && { socketPath }),
      maxResponseSize: maxBodyBytes,
      // The deadline of the question covers both.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
  }

  #dispatch(client: Client, question: HttpQuestion, settle: Settle): void {
    const { method, path, headers, body } = question;
    const chunks: Buffer[] = [];
    let status: number | undefined;
    const options = { method, path, headers: headers ?? {}, body: body ?? null };
    // With `reset` each question has its connection: servers like Patroni have a thread for each.
    client.dispatch(
      { ...options, reset: true },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, code) => {
          status = code;
        },
        onResponseData: (_, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => {
          const text = Buffer.concat(chunks).toString("utf8");
          settle(done({ status: status ?? 0, body: text }));
        },
        onResponseError: (_, error) => {
          const isUnanswered = error.name === "SocketError" && status === undefined;
          settle(isUnanswered ? this.#unanswered() : troubleOf(error));
        },
      },
    );
  }

  /** What a server does that was spoken to in the wrong way, or that is just ending. */
  #unanswered(): Failure<HttpCode> {
    const isSecure = this.#options.origin.startsWith("https:");
    const guess = isSecure ? "it may ask for a client certificate" : "it may expect https";
    return failed("refused", `the connection was closed without an answer; ${guess}`);
  }

  #drop(): void {
    this.#client?.destroy().catch(() => undefined);
    this.#client = undefined;
  }
}

type TlsFiles = { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };

/** Read anew for each new connection after a failure: certificates are renewed meanwhile. */
function readFiles({ caFile, certFile, keyFile }: TlsSettings): Outcome<TlsFiles, HttpCode> {
  try {
    return done({
      ...(caFile !== undefined && { ca: readFileSync(caFile) }),
      ...(certFile !== undefined && { cert: readFileSync(certFile) }),
      ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
    });
  } catch (error) {
    return failed("tls", connectionTrouble(error).detail);
  }
}

/** What undici calls an answer that is no HTTP, or more of it than was allowed. */
const malformations = new Set([
  "HTTPParserError",
  "HeadersOverflowError",
  "ResponseContentLengthMismatchError",
  "ResponseExceededMaxSizeError",
]);

function troubleOf(error: unknown): Failure<HttpCode> {
  const { code, detail } = connectionTrouble(error);
  const isMalformed = error instanceof Error && malformations.has(error.name);
  return isMalformed
    ? failed("malformed", `no usable HTTP answer: ${detail}`)
    : failed(code, detail);
}
