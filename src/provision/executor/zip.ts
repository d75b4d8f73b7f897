/**
 * Takes one program out of a zip archive, which is how Consul comes.
 *
 * A minimal host has nothing that unpacks one, so it is done here, where the digest of the program is
 * needed too. The archive is read from its end: the directory is there, and it alone knows the sizes.
 * Whatever is not the plain case (encryption, several disks, more than 4 GB) is refused.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createInflateRaw } from "node:zlib";
import { type Outcome, done, failed } from "../../outcome.ts";

const fileMark = 0x04034b50;
const entryMark = 0x02014b50;
const endMark = 0x06054b50;

const endLength = 22;
const maxCommentLength = 0xffff;
const entryLength = 46;
const fileLength = 30;

const stored = 0;
const deflated = 8;
const encryptedFlag = 1;
const useZip64 = 0xffffffff;

type Entry = {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedLength: number;
  readonly length: number;
  readonly offset: number;
};

export async function isZip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const start = await read(file, 0, 4);
    return start.length === 4 && start.readUInt32LE(0) === fileMark;
  } finally {
    await file.close();
  }
}

/** Writes the entry of this name to a new file, and answers with its SHA-256. Rejects on I/O errors. */
export async function unzip(
  archive: string,
  name: string,
  target: string,
): Promise<Outcome<string, "damaged">> {
  const file = await open(archive);
  try {
    const entries = await entriesOf(file);
    const entry = entries?.find((one) => one.name === name);
    if (entries === undefined)
      return failed("damaged", `${archive} is no zip archive, or is damaged`);
    if (entry === undefined) {
      const names = entries.map((one) => one.name).join(", ");
      return failed("damaged", `${archive} holds no ${name}, but ${names}`);
    }
    return await extract(file, entry, target);
  } catch (error) {
    // zlib's own, and those of Buffer, where lengths lie.
    if (error instanceof RangeError || isZlibError(error)) {
      return failed("damaged", `${archive} is damaged: ${error.message}`);
    }
    throw error;
  } finally {
    await file.close();
  }
}

async function entriesOf(file: FileHandle): Promise<readonly Entry[] | undefined> {
  const { size } = await file.stat();
  const tailAt = Math.max(0, size - endLength - maxCommentLength);
  const tail = await read(file, tailAt, size - tailAt);
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(endMark);
  const end = tail.lastIndexOf(mark);
  if (end === -1 || end + endLength > tail.length) return undefined;
  let left = tail.readUInt16LE(end + 10);
  const directory = await read(file, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const entries: Entry[] = [];
  for (let at = 0; left > 0; left -= 1) {
    if (at + entryLength > directory.length || directory.readUInt32LE(at) !== entryMark) {
      return undefined;
    }
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString("utf8", at + entryLength, at + entryLength + nameLength),
      flags: directory.readUInt16LE(at + 8),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      packedLength: directory.readUInt32LE(at + 20),
      length: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    });
    const extras = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    at += entryLength + nameLength + extras;
  }
  return entries;
}

async function extract(
  file: FileHandle,
  entry: Entry,
  target: string,
): Promise<Outcome<string, "damaged">> {
  const { name, method, packedLength, length, offset } = entry;
  const isPlain =
    (method === stored || method === deflated) &&
    (entry.flags & encryptedFlag) === 0 &&
    length !== useZip64 &&
    offset !== useZip64;
  if (!isPlain) return failed("damaged", `${name} is packed in a way that is not known here`);
  const local = await read(file, offset, fileLength);
  if (local.length < fileLength || local.readUInt32LE(0) !== fileMark) {
    return failed("damaged", `${name} is not where the archive says`);
  }
  const start = offset + fileLength + local.readUInt16LE(26) + local.readUInt16LE(28);
  const seen = { crc: 0, length: 0 };
  const hash = createHash("sha256");
  const watch = new Transform({
    transform: (chunk: Buffer, _, pass) => {
      seen.crc = crc32(chunk, seen.crc);
      seen.length += chunk.length;
      hash.update(chunk);
      // One that unpacks to more than it says would fill the disk.
      if (seen.length > length) pass(new RangeError(`${name} is longer than the archive says`));
      else pass(null, chunk);
    },
  });
  const packed = pieces(file, start, packedLength);
  const out = createWriteStream(target, { flags: "wx", mode: 0o600 });
  if (method === stored) await pipeline(packed, watch, out);
  else await pipeline(packed, createInflateRaw(), watch, out);
  if (seen.length === length && seen.crc === entry.crc) return done(hash.digest("hex"));
  return failed("damaged", `${name} does not have the checksum that the archive says`);
}

async function* pieces(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  const pieceLength = 1 << 20;
  for (let at = 0; at < length; at += pieceLength) {
    const piece = await read(file, start + at, Math.min(pieceLength, length - at));
    if (piece.length === 0) throw new RangeError("it ends too early");
    yield piece;
  }
}

/** Less where the file ends before: a damaged archive may name any length. */
async function read(file: FileHandle, position: number, wanted: number): Promise<Buffer> {
  const { size } = await file.stat();
  const length = Math.max(0, Math.min(wanted, size - position));
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
