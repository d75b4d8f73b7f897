/**
 * Takes Consul from the vendor's release archive, if that can be reached, and checks it.
 *
 *     node setup/fetch-consul.ts VERSION TARGET
 *
 * The sums below are pinned: what comes must be, to the bit, what the vendor published for this
 * version when it was chosen. The program is put in place by a rename, so that there is never half
 * a Consul in the cache. Exit code 1 and one line tell why there is none; the caller has another
 * way. CONSUL_RELEASES names a mirror where the vendor's site is out of reach.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { dirname } from "node:path";
import { inflateRawSync } from "node:zlib";
import { EnvHttpProxyAgent, request } from "undici";

// From the vendor's own package formula for 1.22.3.
const SUMS: ReadonlyMap<string, string> = new Map([
  ["1.22.3 amd64", "0942ef6ed43522adfb4cddbefea2f0e64306318afb8aeab3727563f0caef04be"],
  ["1.22.3 arm64", "ee6f8bee5290c98ad64be28e5a8865a1a299f62b4edd19e8428e3cde9ad58ffa"],
]);

// Behind a firewall that drops packets the wait has to be short; the download itself is 60 MB.
const CONNECT_TIMEOUT_MS = 10_000;
const DOWNLOAD_DEADLINE_MS = 300_000;

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DEFLATED = 8;

async function download(url: string): Promise<Buffer> {
  const response = await request(url, {
    dispatcher: new EnvHttpProxyAgent({ connect: { timeout: CONNECT_TIMEOUT_MS } }),
    signal: AbortSignal.timeout(DOWNLOAD_DEADLINE_MS),
  });
  if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
  return Buffer.from(await response.body.arrayBuffer());
}

// A zip archive is read from its end: the directory is there, and it alone knows the sizes.
function unzip(archive: Buffer, wanted: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from(Uint32Array.of(END_OF_DIRECTORY).buffer));
  assert.ok(end >= 0, "the archive is no zip file");
  let entry = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(archive.readUInt32LE(entry), DIRECTORY_ENTRY, "the archive is damaged");
    const nameLength = archive.readUInt16LE(entry + 28);
    const name = archive.toString("utf8", entry + 46, entry + 46 + nameLength);
    if (name === wanted) {
      assert.equal(archive.readUInt16LE(entry + 10), DEFLATED, "unknown kind of compression");
      const size = archive.readUInt32LE(entry + 20);
      const local = archive.readUInt32LE(entry + 42);
      const start =
        local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      return inflateRawSync(archive.subarray(start, start + size));
    }
    entry += 46 + nameLength + archive.readUInt16LE(entry + 30) + archive.readUInt16LE(entry + 32);
  }
  throw new Error(`the archive holds no ${wanted}`);
}

async function fetchConsul(version: string, target: string): Promise<void> {
  const machine = arch() === "x64" ? "amd64" : arch();
  const wanted = SUMS.get(`${version} ${machine}`);
  if (wanted === undefined) throw new Error(`no pinned sum for Consul ${version} on ${machine}`);
  const releases = process.env["CONSUL_RELEASES"] ?? "https://releases.hashicorp.com";
  const url = `${releases}/consul/${version}/consul_${version}_linux_${machine}.zip`;
  const archive = await download(url);
  const sum = createHash("sha256").update(archive).digest("hex");
  if (sum !== wanted) throw new Error(`${url} has SHA-256 ${sum}, pinned is ${wanted}: not used`);
  await mkdir(dirname(target), { recursive: true });
  const fresh = `${target}.${process.pid}`;
  await writeFile(fresh, unzip(archive, "consul"), { mode: 0o755 });
  await rename(fresh, target);
}

const [version = "", target = ""] = process.argv.slice(2);
try {
  await fetchConsul(version, target);
} catch (error) {
  console.error(error instanceof Error ? error.message || String(error.cause) : String(error));
  process.exitCode = 1;
}
