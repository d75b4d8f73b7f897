/**
 * Brings a file from the network to this machine, once.
 *
 * What is kept in the cache has its digest for a name, so it is what was asked for, whoever served
 * it; a half of it never has that name. Proxies are honoured as everywhere (HTTPS_PROXY, NO_PROXY).
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EnvHttpProxyAgent, interceptors, request } from "undici";
import { type Outcome, done, failed } from "../../outcome.ts";

export type FetchCode = "fetch" | "digest";

/** Behind a firewall that drops packets the wait has to be short; the download may take its time. */
const connectTimeoutMs = 10_000;
const silenceTimeoutMs = 60_000;
const deadlineMs = 1_800_000;
const maxRedirections = 5;
const maxBytes = 4_000_000_000;

/** Answers with the path of the file in the cache. */
export async function fetchInto(
  cacheFolder: string,
  url: string,
  sha256: string,
): Promise<Outcome<string, FetchCode>> {
  const target = join(cacheFolder, sha256);
  const fresh = `${target}.${process.pid}`;
  try {
    if (await isThere(target)) {
      if ((await digestOfFile(target)) === sha256) return done(target);
      await rm(target);
    }
    await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
    const found = await download(url, fresh);
    if (!found.ok) return found;
    if (found.value !== sha256) return failed("digest", wrongDigest(url, found.value, sha256));
    await rename(fresh, target);
    return done(target);
  } catch (error) {
    return failed("fetch", `${url} could not be fetched: ${reasonOf(error)}`);
  } finally {
    await rm(fresh, { force: true });
  }
}

export function wrongDigest(source: string, found: string, wanted: string): string {
  return (
    `${source} has SHA-256 ${found}, and the cluster file says ${wanted}: not used; ` +
    "see which of them is wrong"
  );
}

export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function download(url: string, target: string): Promise<Outcome<string, FetchCode>> {
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: silenceTimeoutMs,
    bodyTimeout: silenceTimeoutMs,
  });
  try {
    const { statusCode, body } = await request(url, {
      dispatcher: agent.compose(interceptors.redirect({ maxRedirections })),
      signal: AbortSignal.timeout(deadlineMs),
    });
    if (statusCode !== 200) {
      await body.dump();
      return failed("fetch", `${url} could not be fetched: the server answers ${statusCode}`);
    }
    const hash = createHash("sha256");
    let bytes = 0;
    const watch = new Transform({
      transform: (chunk: Buffer, _, pass) => {
        bytes += chunk.length;
        hash.update(chunk);
        if (bytes > maxBytes) pass(new Error("it does not end"));
        else pass(null, chunk);
      },
    });
    await pipeline(body, watch, createWriteStream(target, { mode: 0o600 }));
    return done(hash.digest("hex"));
  } finally {
    await agent.destroy();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
