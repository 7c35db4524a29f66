/** The frame of a title record: its parts, alone or packed together, under one checksum. Layout: docs/formats/title-record.md. */

import { zstdDecompressSync } from 'node:zlib';
import { ByteReader, hash64, messageOf, PeregrineError, zstdFrame } from '../base/index.ts';

/** "PTTL" as it stands in the record. */
const TITLE_RECORD_MAGIC = 0x4c54_5450;
const TITLE_RECORD_VERSION = 2;
/** Of a record without a pack and languages of sections, which is written still. */
const UNPACKED_VERSION = 1;

/** Numbers of the parts; a reader skips those that it does not know. */
const TITLE_RECORD_PARTS = { summary: 1, sections: 2, links: 3, meta: 4, raw: 5, pack: 6 } as const;
export type PartName = keyof typeof TITLE_RECORD_PARTS;

const HEADER_BYTES = 8;
const ENTRY_BYTES = 16;
const CHECKSUM_BYTES = 8;
const PLAIN = 0;
const ZSTD = 1;
/** It stands in the pack, from the offset that its entry says on. */
const PACKED = 2;
/** Shorter parts are stored as they are. */
const LEAST_COMPRESSED = 2048;
/** A part that claims to be longer is damaged, not decompressed. */
const MAX_PART_BYTES = 134_217_728;

export interface RecordPart {
  readonly name: PartName;
  readonly encoding: number;
  readonly bytes: Uint8Array;
  readonly plainLength: number;
  /** Where it begins in the pack. */
  readonly offset: number;
}

/** A record of `parts`, which are copied; `hasLanguages` where sections have languages of their own. */
export function frameParts(parts: readonly RecordPart[], hasLanguages: boolean): Uint8Array {
  const body_bytes =
    HEADER_BYTES + parts.length * ENTRY_BYTES + parts.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const record = new Uint8Array(body_bytes + CHECKSUM_BYTES);
  const view = new DataView(record.buffer);
  const isLater = hasLanguages || parts.some(({ encoding }) => encoding === PACKED);
  view.setUint32(0, TITLE_RECORD_MAGIC, true);
  view.setUint16(4, isLater ? TITLE_RECORD_VERSION : UNPACKED_VERSION, true);
  view.setUint16(6, parts.length, true);
  let entry = HEADER_BYTES;
  let at = HEADER_BYTES + parts.length * ENTRY_BYTES;
  for (const { name, encoding, bytes, plainLength, offset } of parts) {
    view.setUint16(entry, TITLE_RECORD_PARTS[name], true);
    view.setUint16(entry + 2, encoding, true);
    view.setUint32(entry + 4, bytes.length, true);
    view.setUint32(entry + 8, plainLength, true);
    view.setUint32(entry + 12, offset, true);
    record.set(bytes, at);
    entry += ENTRY_BYTES;
    at += bytes.length;
  }
  view.setBigUint64(body_bytes, hash64(record.subarray(0, body_bytes)), true);
  return record;
}

const NOTHING = new Uint8Array(0);

/** A part as it is. */
export function plainPart(name: PartName, bytes: Uint8Array): RecordPart {
  return { name, encoding: PLAIN, bytes, plainLength: bytes.length, offset: 0 };
}

/** A part that stands in the pack. */
export function packedPart(name: PartName, offset: number, plainLength: number): RecordPart {
  return { name, encoding: PACKED, bytes: NOTHING, plainLength, offset };
}

/** A part compressed, or as it is where that gains nothing. */
export function compressedPart(name: PartName, plain: Uint8Array): RecordPart {
  const plainLength = plain.length;
  if (plainLength >= LEAST_COMPRESSED) {
    const bytes = zstdFrame(plain);
    if (bytes.length < plainLength) return { name, encoding: ZSTD, bytes, plainLength, offset: 0 };
  }
  return plainPart(name, plain);
}

/** Checks the frame at once and reads parts on demand. */
export class PartReader {
  readonly #parts = new Map<number, Omit<RecordPart, 'name'>>();
  #pack: Uint8Array | undefined;

  constructor(bytes: Uint8Array) {
    const end = bytes.length - CHECKSUM_BYTES;
    if (end < HEADER_BYTES) throw corrupt('it is too short');
    const header = new ByteReader(bytes);
    if (header.u32() !== TITLE_RECORD_MAGIC) throw corrupt('it begins with other bytes');
    const version = header.u16();
    if (version !== TITLE_RECORD_VERSION && version !== UNPACKED_VERSION) {
      throw new PeregrineError(
        'UNSUPPORTED_VERSION',
        `This title record has version ${version}; this program reads versions up to ${TITLE_RECORD_VERSION}.`,
        { version },
      );
    }
    if (new ByteReader(bytes, end).u64() !== hash64(bytes.subarray(0, end))) {
      throw corrupt('its checksum does not match');
    }
    const count = header.u16();
    let at = HEADER_BYTES + count * ENTRY_BYTES;
    for (let i = 0; i < count; i++) {
      const number = header.u16();
      const encoding = header.u16();
      const length = header.u32();
      const plainLength = header.u32();
      const offset = header.u32();
      if (at + length > end) throw corrupt('a part ends behind the end');
      if (this.#parts.has(number)) throw corrupt('a part is there twice');
      this.#parts.set(number, { encoding, plainLength, bytes: bytes.subarray(at, at + length), offset });
      at += length;
    }
    if (at !== end) throw corrupt('bytes follow the last part');
  }

  plainSize(name: PartName): number {
    return this.#part(name).plainLength;
  }

  read(name: PartName): Uint8Array {
    const { encoding, plainLength, bytes, offset } = this.#part(name);
    if (plainLength > MAX_PART_BYTES) throw corrupt(`its ${name} are too long`);
    if (encoding === PACKED && name !== 'pack') {
      this.#pack ??= this.read('pack');
      if (offset + plainLength > this.#pack.length) throw corrupt(`its ${name} end behind the pack`);
      return this.#pack.subarray(offset, offset + plainLength);
    }
    const plain = encoding === PLAIN ? bytes : decompress(bytes, encoding, plainLength);
    if (plain.length !== plainLength) throw corrupt(`its ${name} have another length than they should`);
    return plain;
  }

  #part(name: PartName): Omit<RecordPart, 'name'> {
    const part = this.#parts.get(TITLE_RECORD_PARTS[name]);
    if (part === undefined) throw corrupt(`its ${name} are missing`);
    return part;
  }
}

const LEAST_CHUNK_BYTES = 64;
const MOST_AT_ONCE_BYTES = 1_048_576;

function decompress(bytes: Uint8Array, encoding: number, plainLength: number): Uint8Array {
  if (encoding !== ZSTD) throw corrupt(`a part has the unknown encoding ${encoding}`);
  try {
    return zstdDecompressSync(bytes, {
      maxOutputLength: Math.max(1, plainLength),
      // Into one buffer of the right size, with a byte by which it is told that there is no more: else 16 KB for whatever it is.
      chunkSize: Math.min(MOST_AT_ONCE_BYTES, Math.max(LEAST_CHUNK_BYTES, plainLength + 1)),
    });
  } catch (error) {
    throw corrupt(`a part can't be decompressed (${messageOf(error)})`);
  }
}

export function corrupt(why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `A title record can't be read: ${why}.`);
}
