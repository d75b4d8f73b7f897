/**
 * Why a connection did not come about or broke off, in one word, from the error codes of Node,
 * OpenSSL and undici.
 */
export type ConnectionCode = "refused" | "timeout" | "tls" | "failed";

export type ConnectionTrouble = {
  readonly code: ConnectionCode;
  /** The first line of the message. */
  readonly detail: string;
};

const refusals = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOENT",
  "EACCES",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  // The other side closed the connection before it had answered.
  "UND_ERR_SOCKET",
]);

const timeouts = new Set(["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT"]);

export function connectionTrouble(error: unknown): ConnectionTrouble {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  // A name with several addresses fails with a list of errors and no message of its own.
  const detail = message.trim().split("\n", 1)[0] || code || "it failed without a reason";
  if (isTlsTrouble(code, detail)) return { code: "tls", detail };
  if (refusals.has(code)) return { code: "refused", detail };
  if (timeouts.has(code)) return { code: "timeout", detail };
  return { code: "failed", detail };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function isTlsTrouble(code: string, message: string): boolean {
  return (
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code) ||
    message.includes("certificate")
  );
}
