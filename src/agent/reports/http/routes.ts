/**
 * What is answered to whom: the paths of the listener and of the status socket.
 *
 *     /               the status page
 *     /status         the same as JSON (status.ts)
 *     /metrics        for Prometheus
 *     /health/live    200 while the loop makes progress, else 503
 *     /health/ready   200 once the leader key has been read and while it can be, else 503
 *
 * Everything is read only: whatever a client sends, nothing here changes anything.
 */
import type { Exposition } from "../prometheus/exposition.ts";
import type { Status } from "../status.ts";

export type Sources = {
  readonly status: () => Status;
  readonly isLive: () => boolean;
  readonly exposition: Exposition;
};

export type Answer = {
  readonly code: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
};

const plain = "text/plain; charset=utf-8";

/** `target` is what stands in the request's line. */
export async function answerTo(
  method: string | undefined,
  target: string | undefined,
  sources: Sources,
): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") {
    return { code: 405, type: plain, body: "only GET and HEAD\n", headers: { allow: "GET, HEAD" } };
  }
  switch (target?.split("?", 1)[0] ?? "") {
    case "/":
      return await pageAnswer();
    case "/status":
      return { code: 200, type: "application/json", body: `${JSON.stringify(sources.status())}\n` };
    case "/metrics": {
      const { contentType, text } = sources.exposition;
      return { code: 200, type: contentType, body: await text(sources.status) };
    }
    case "/health/live":
      return health(sources.isLive(), "the loop makes no progress");
    case "/health/ready":
      return health(isReady(sources.status()), "the leader key cannot be read");
    default: {
      const known = "there are /, /status, /metrics, /health/live and /health/ready\n";
      return { code: 404, type: plain, body: known };
    }
  }
}

/** Loaded when it is asked for: most agents never show it. */
async function pageAnswer(): Promise<Answer> {
  const { pagePolicy, statusPage } = await import("./page.ts");
  const headers = { "content-security-policy": pagePolicy, "x-content-type-options": "nosniff" };
  return { code: 200, type: "text/html; charset=utf-8", body: statusPage(), headers };
}

function health(isWell: boolean, otherwise: string): Answer {
  return { code: isWell ? 200 : 503, type: plain, body: isWell ? "well\n" : `${otherwise}\n` };
}

function isReady({ vips }: Status): boolean {
  return vips.every(({ trouble, leader }) => trouble === null && leader.state !== "unread");
}
