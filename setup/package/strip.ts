/**
 * Takes the symbol table and the debugging sections out of a program (ELF, 64 bit): 18 MB of Node's
 * 127, which nothing reads while it runs.
 *
 * `strip` would do. But each of its releases writes other bytes, and a package is to depend on its
 * source alone. Node's release binaries have all that the kernel loads at the front and all the rest
 * behind it, so this is a cut: the sections that are loaded stay where they are, and behind them come
 * the sections' names and a shorter table of sections. A program that is not laid out like that is
 * refused.
 */
import assert from "node:assert/strict";

const MAGIC = "\u007FELF\u0002\u0001";
const SECTION_BYTES = 64;
const SEGMENT_BYTES = 56;
const NO_CONTENT = 8;
const ALLOCATED = 2n;

/** Offsets in the header of the file. */
const SEGMENTS_AT = 0x20;
const SECTIONS_AT = 0x28;
const SEGMENT_COUNT = 0x38;
const SECTION_COUNT = 0x3c;
const NAMES_INDEX = 0x3e;

type Section = {
  readonly type: number;
  readonly flags: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  /** Its row in the table of sections. */
  readonly row: Buffer;
};

export function withoutSymbols(program: Buffer): Buffer {
  assert.equal(program.toString("latin1", 0, MAGIC.length), MAGIC, "no 64-bit little-endian ELF");
  const sections = sectionsOf(program);
  const names = sections[program.readUInt16LE(NAMES_INDEX)];
  assert.ok(names !== undefined, "the sections have no names");
  const loaded = sections.filter(({ flags }, index) => index === 0 || (flags & ALLOCATED) !== 0n);
  assert.deepEqual(loaded, sections.slice(0, loaded.length), "loaded sections come first");
  assert.ok(
    loaded.every(({ link }) => link < loaded.length),
    "a loaded section refers to one that would go",
  );
  const end = Math.max(...loaded.map(({ type, offset, size }) => offset + sizeOf(type, size)));
  assert.ok(
    segmentEndsOf(program).every((segmentEnd) => segmentEnd <= end),
    "a segment goes on behind the loaded sections",
  );
  return assemble(program, { loaded, names, end });
}

function assemble(
  program: Buffer,
  { loaded, names, end }: { loaded: readonly Section[]; names: Section; end: number },
): Buffer {
  const namesRow = Buffer.from(names.row);
  namesRow.writeBigUInt64LE(BigInt(end), 24);
  const namesText = program.subarray(names.offset, names.offset + names.size);
  const padding = Buffer.alloc(-(end + names.size) & 7);
  const header = Buffer.from(program.subarray(0, SECTION_BYTES));
  header.writeBigUInt64LE(BigInt(end + names.size + padding.length), SECTIONS_AT);
  header.writeUInt16LE(loaded.length + 1, SECTION_COUNT);
  header.writeUInt16LE(loaded.length, NAMES_INDEX);
  const body = program.subarray(SECTION_BYTES, end);
  const rows = loaded.map(({ row }) => row);
  return Buffer.concat([header, body, namesText, padding, ...rows, namesRow]);
}

function sectionsOf(program: Buffer): readonly Section[] {
  const at = Number(program.readBigUInt64LE(SECTIONS_AT));
  return Array.from({ length: program.readUInt16LE(SECTION_COUNT) }, (_, index) => {
    const from = at + index * SECTION_BYTES;
    const row = program.subarray(from, from + SECTION_BYTES);
    return {
      type: row.readUInt32LE(4),
      flags: row.readBigUInt64LE(8),
      offset: Number(row.readBigUInt64LE(24)),
      size: Number(row.readBigUInt64LE(32)),
      link: row.readUInt32LE(40),
      row,
    };
  });
}

function segmentEndsOf(program: Buffer): readonly number[] {
  const at = Number(program.readBigUInt64LE(SEGMENTS_AT));
  return Array.from({ length: program.readUInt16LE(SEGMENT_COUNT) }, (_, index) => {
    const row = program.subarray(at + index * SEGMENT_BYTES);
    return Number(row.readBigUInt64LE(8)) + Number(row.readBigUInt64LE(32));
  });
}

/** What a section takes of the file. */
function sizeOf(type: number, size: number): number {
  return type === NO_CONTENT ? 0 : size;
}
