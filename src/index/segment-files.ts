/** The files of a shard's index: their names, their notes in the manifest, the bytes of live bits. */

import {
  ByteReader,
  ByteWriter,
  type CollectionId,
  hash64,
  PeregrineError,
  toCollectionId,
} from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import type { DerivedFile } from '../storage/index.ts';

/** What the manifest's note says of a file. */
export interface FileNote {
  readonly kind: 'segment' | 'live';
  readonly collection: CollectionId;
  /** Number of the segment, never used again. */
  readonly segment: number;
  /** Grows with each version of a segment's live bits; 0 for the segment itself. */
  readonly generation: number;
}

const NOTE_VERSION = 1;
const KINDS = ['segment', 'live'] as const;
/** "PLIV" as it stands in the file. */
const LIVE_MAGIC = 0x5649_4c50;
const LIVE_VERSION = 1;
/** With flags; written only where one is set. */
const FLAGGED_LIVE_VERSION = 2;
/** The bits don't tell the whole truth: a deletion could not be found in the segment. */
const STALE_FLAG = 1;
const LIVE_HEAD_BYTES = 16;
const CHECKSUM_BYTES = 8;

/** Name of a file inside the index's directory. */
export function fileName({ kind, segment, generation }: FileNote): string {
  const number = String(segment).padStart(10, '0');
  return kind === 'segment' ? `${number}.segment` : `${number}-${generation}.live`;
}

export function encodeNote({ kind, collection, segment, generation }: FileNote): Uint8Array {
  return new ByteWriter(32)
    .u8(NOTE_VERSION)
    .u8(KINDS.indexOf(kind))
    .u32(collection)
    .varint(segment)
    .varint(generation)
    .finish();
}

export function decodeNote({ note, path }: DerivedFile): FileNote {
  const reader = new ByteReader(note);
  const version = reader.u8();
  if (version !== NOTE_VERSION) {
    throw new PeregrineError('UNSUPPORTED_VERSION', `The note on ${path} has version ${version}.`, {
      file: path,
      version,
    });
  }
  const kind = KINDS[reader.u8()];
  if (kind === undefined)
    throw new PeregrineError('CORRUPT', `The note on ${path} can't be read.`, { file: path });
  return {
    kind,
    collection: toCollectionId(reader.u32()),
    segment: reader.varint(),
    generation: reader.varint(),
  };
}

/** Bytes of a live-bits file: head, bits, checksum. */
export function encodeLiveBits(documents: number, bits: Uint8Array, isStale = false): Uint8Array {
  const bytes = new Uint8Array(LIVE_HEAD_BYTES + bits.length + CHECKSUM_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, LIVE_MAGIC, true);
  view.setUint32(4, isStale ? FLAGGED_LIVE_VERSION : LIVE_VERSION, true);
  view.setUint32(8, documents, true);
  view.setUint32(12, isStale ? STALE_FLAG : 0, true);
  bytes.set(bits, LIVE_HEAD_BYTES);
  const end = bytes.length - CHECKSUM_BYTES;
  view.setBigUint64(end, hash64(bytes.subarray(0, end)), true);
  return bytes;
}

/** What a file of live bits says; of a stale segment nothing but that. */
export interface StoredLiveBits {
  readonly bytes: Uint8Array;
  readonly isStale: boolean;
}

/** The bits in a file of `documents` bits, or `CORRUPT`. */
export async function readLiveBits(disk: Disk, path: string, documents: number): Promise<StoredLiveBits> {
  const file = await disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(await file.size());
    const read = await file.read(bytes, 0);
    const end = bytes.length - CHECKSUM_BYTES;
    if (read !== bytes.length || end < LIVE_HEAD_BYTES) throw corrupt(path, 'it is too short');
    const view = new DataView(bytes.buffer);
    if (view.getBigUint64(end, true) !== hash64(bytes.subarray(0, end))) {
      throw corrupt(path, 'its checksum does not match');
    }
    if (view.getUint32(0, true) !== LIVE_MAGIC) throw corrupt(path, 'it begins with other bytes');
    const version = view.getUint32(4, true);
    if (version !== LIVE_VERSION && version !== FLAGGED_LIVE_VERSION) {
      throw new PeregrineError('UNSUPPORTED_VERSION', `${path} has version ${version}.`, {
        file: path,
        version,
      });
    }
    if (version === FLAGGED_LIVE_VERSION && (view.getUint32(12, true) & STALE_FLAG) !== 0) {
      return { bytes: new Uint8Array(0), isStale: true };
    }
    if (view.getUint32(8, true) !== documents || end - LIVE_HEAD_BYTES !== (documents + 7) >> 3) {
      throw corrupt(path, 'it belongs to another segment');
    }
    return { bytes: bytes.subarray(LIVE_HEAD_BYTES, end), isStale: false };
  } finally {
    await file.close();
  }
}

/** Writes and syncs a small file whole. */
export async function writeFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

function corrupt(path: string, why: string): PeregrineError {
  return new PeregrineError(
    'CORRUPT',
    `The live bits ${path} can't be read: ${why}. Rebuild the index from the stored documents.`,
    { file: path, page: 0, offset: 0 },
  );
}
