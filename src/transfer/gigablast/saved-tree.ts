/**
 * `titledb-saved.dat`: the records that a Gigablast had in memory when it was last saved; newer than every data file.
 * A header of 26 bytes, then blocks of up to 10,000 nodes: arrays of their fields, then the data of those in use.
 */

import { PeregrineError } from '../../base/index.ts';
import {
  compareRecordKeys,
  KEY_BYTES,
  MAX_RECORD_BYTES,
  readInt32,
  readKey,
  type RecordKey,
} from './record-frame.ts';
import type { SplitFile } from './split-file.ts';

const HEADER_BYTES = 26;
const BLOCK_NODES = 10_000;
const EMPTY_PARENT = -2;
/** More nodes than a tree of 2 GiB can have are damage. */
const MAX_NODES = 100_000_000;

export interface TreeRecord {
  /** Number of the collection that it is of. */
  readonly collnum: number;
  readonly key: RecordKey;
  readonly isTombstone: boolean;
  /** The key as it stands in the file. */
  readonly keyBytes: Uint8Array;
  /** Where its data stand, and how many bytes. */
  readonly at: number;
  readonly size: number;
}

export interface SavedTree {
  /** Of the collection asked for, in the order of keys. */
  readonly records: readonly TreeRecord[];
  /** Bytes at the end that could not be read. */
  readonly lost_bytes: number;
}

/** Reads heads of records only. `collnum` undefined takes the records of every collection. `CORRUPT`. */
export async function readSavedTree(file: SplitFile, collnum: number | undefined): Promise<SavedTree> {
  if (file.end === 0) return { records: [], lost_bytes: 0 };
  const header = (await file.read(0, HEADER_BYTES)).slice();
  const nodes = readInt32(header, 20);
  const isBalanced = header[24] === 1;
  const isVariable = readInt32(header, 4) === -1;
  if (header.length < HEADER_BYTES || nodes < 0 || nodes > MAX_NODES || !isVariable) {
    throw new PeregrineError('CORRUPT', `${file.name} is no saved tree of title records.`, {
      file: file.name,
    });
  }
  const records: TreeRecord[] = [];
  let at = HEADER_BYTES;
  for (let first = 0; first < nodes; first += BLOCK_NODES) {
    const count = Math.min(BLOCK_NODES, nodes - first);
    const block = await readBlock(file, at, count, isBalanced, collnum, records);
    if (block === undefined) return { records: sorted(records), lost_bytes: file.end - at };
    at = block;
  }
  return { records: sorted(records), lost_bytes: 0 };
}

/** Adds a block's records; returns where the next one begins, or undefined where it is damaged. */
async function readBlock(
  file: SplitFile,
  start: number,
  count: number,
  isBalanced: boolean,
  collnum: number | undefined,
  records: TreeRecord[],
): Promise<number | undefined> {
  const perNode = 2 + KEY_BYTES + 4 + 4 + 4 + (isBalanced ? 1 : 0) + 4;
  const bytes = (await file.read(start, count * perNode)).slice();
  if (bytes.length < count * perNode) return undefined;
  const keysAt = 2 * count;
  const parentsAt = keysAt + (KEY_BYTES + 8) * count;
  const sizesAt = parentsAt + (4 + (isBalanced ? 1 : 0)) * count;
  let at = start + bytes.length;
  const found: TreeRecord[] = [];
  for (let i = 0; i < count; i++) {
    if (readInt32(bytes, parentsAt + 4 * i) === EMPTY_PARENT) continue;
    const keyAt = keysAt + KEY_BYTES * i;
    const isTombstone = ((bytes[keyAt] ?? 0) & 1) === 0;
    const size = readInt32(bytes, sizesAt + 4 * i);
    if (size < 0 || size > MAX_RECORD_BYTES || at + size > file.end) return undefined;
    const owner = (bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8);
    if (collnum === undefined || owner === collnum) {
      const keyBytes = bytes.slice(keyAt, keyAt + KEY_BYTES);
      found.push({ collnum: owner, key: readKey(keyBytes, 0), isTombstone, keyBytes, at, size });
    }
    at += size;
  }
  records.push(...found);
  return at;
}

/** A record and its tombstone can't both be there; should they be, the tombstone comes first and loses. */
function sorted(records: TreeRecord[]): TreeRecord[] {
  return records.sort(
    (a, b) => compareRecordKeys(a.key, b.key) || Number(b.isTombstone) - Number(a.isTombstone),
  );
}
