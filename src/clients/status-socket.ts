/**
 * Asks a running agent for its status: one HTTP question over its unix socket.
 *
 * The deadline covers the connection and the whole answer, and the answer has a bound, so that an
 * agent that hangs, or whatever else listens there, costs a second and no more. node:http and not
 * undici, which would cost the command a third of the time that it has.
 */
import { lstatSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { type Failure, type Outcome, done, failed } from "../outcome.ts";

export type StatusSocketCode =
  /** There is nothing at that path. */
  | "absent"
  /** This user may not go there. */
  | "denied"
  /** What is there is no socket. */
  | "not-socket"
  /** The socket is there, and nobody listens. */
  | "deserted"
  | "timeout"
  /** The other side went away before it had answered. */
  | "broken-off"
  /** It answers, but not as an agent does. */
  | "foreign";

/** A VIP's part is five kilobytes, and nobody has a hundred VIPs. */
const maxBytes = 2_000_000;

type Answer = Outcome<string, StatusSocketCode>;

/** The body of the answer. Never rejects. */
export async function askStatusSocket(path: string, deadlineMs: number): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const timer = setTimeout(
    () => resolve(failed("timeout", `no answer at ${path} within ${deadlineMs} ms`)),
    deadlineMs,
  );
  const question = request({ socketPath: path, path: "/status", agent: false });
  question.on("error", (error) => resolve(troubleOf(path, error)));
  question.on("response", (response) => void readAnswer(path, response).then(resolve));
  question.end();
  const answer = await promise;
  clearTimeout(timer);
  question.destroy();
  return answer;
}

async function readAnswer(path: string, response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      const bytes = Buffer.from(chunk);
      length += bytes.length;
      if (length > maxBytes) return failed("foreign", `what answers at ${path} does not end`);
      chunks.push(bytes);
    }
  } catch {
    return brokenOff(path);
  }
  const { statusCode } = response;
  if (statusCode === 200) return done(Buffer.concat(chunks).toString("utf8"));
  return failed("foreign", `what answers at ${path} says HTTP ${statusCode}, and no status`);
}

function troubleOf(path: string, error: Error): Failure<StatusSocketCode> {
  const code = "code" in error ? String(error.code) : "";
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return failed("absent", `there is no socket ${path}`);
    case "EACCES":
    case "EPERM":
      return failed("denied", `this user may not open ${path}`);
    case "ECONNREFUSED":
    case "ENOTSOCK":
      return refusalOf(path);
    case "ECONNRESET":
    case "EPIPE":
      return brokenOff(path);
  }
  const isGarbage = code.startsWith("HPE_");
  return failed("foreign", `${path} ${isGarbage ? "does not speak HTTP" : `fails: ${code}`}`);
}

/** The kernel refuses alike where nobody listens and where there never was a socket. */
function refusalOf(path: string): Failure<StatusSocketCode> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isSocket() || found.isSymbolicLink()) {
    return failed("deserted", `nobody listens at ${path}: its agent has ended`);
  }
  const kind = found.isDirectory() ? "a directory" : "a file";
  return failed("not-socket", `${path} is ${kind}, and no socket`);
}

function brokenOff(path: string): Failure<StatusSocketCode> {
  return failed("broken-off", `the agent at ${path} ended before it had answered`);
}
