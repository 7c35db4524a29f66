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

export interface TreeNode {
  /** Number of the collection that it is of. */
  readonly collnum: number;
  readonly isTombstone: boolean;
  /** The key as it stands in the file. */
  readonly keyBytes: Uint8Array;
  /** Where its data stand, and how many bytes. */
  readonly at: number;
  readonly size: number;
}

export interface TreeRecord extends TreeNode {
  readonly key: RecordKey;
}

export interface SavedTree {
  /** Of the collection asked for, in the order of keys. */
  readonly records: readonly TreeRecord[];
  /** Bytes at the end that could not be read. */
  readonly lost_bytes: number;
}

/** Reads heads of title records only. `collnum` undefined takes the records of every collection. `CORRUPT`. */
export async function readSavedTree(file: SplitFile, collnum: number | undefined): Promise<SavedTree> {
  const { nodes, lost_bytes } = await readTreeNodes(file, collnum, KEY_BYTES);
  const records: TreeRecord[] = [];
  for (const node of nodes) records.push({ ...node, key: readKey(node.keyBytes, 0) });
  return { records: sorted(records), lost_bytes };
}

/** The nodes of a tree of any database whose records have data, in the order of the file. `CORRUPT`. */
export async function readTreeNodes(
  file: SplitFile,
  collnum: number | undefined,
  key_bytes: number,
): Promise<{ readonly nodes: readonly TreeNode[]; readonly lost_bytes: number }> {
  if (file.end === 0) return { nodes: [], lost_bytes: 0 };
  const header = (await file.read(0, HEADER_BYTES)).slice();
  const count = readInt32(header, 20);
  const isBalanced = header[24] === 1;
  const isVariable = readInt32(header, 4) === -1;
  if (header.length < HEADER_BYTES || count < 0 || count > MAX_NODES || !isVariable) {
    throw new PeregrineError('CORRUPT', `${file.name} is no saved tree of records with data.`, {
      file: file.name,
    });
  }
  const nodes: TreeNode[] = [];
  let at = HEADER_BYTES;
  for (let first = 0; first < count; first += BLOCK_NODES) {
    const inBlock = Math.min(BLOCK_NODES, count - first);
    const next = await readBlock(file, at, { count: inBlock, isBalanced, collnum, key_bytes }, nodes);
    if (next === undefined) return { nodes, lost_bytes: file.end - at };
    at = next;
  }
  return { nodes, lost_bytes: 0 };
}

interface BlockPlan {
  readonly count: number;
  readonly isBalanced: boolean;
  readonly collnum: number | undefined;
  readonly key_bytes: number;
}

/** Adds a block's nodes; returns where the next one begins, or undefined where it is damaged. */
async function readBlock(
  file: SplitFile,
  start: number,
  { count, isBalanced, collnum, key_bytes }: BlockPlan,
  nodes: TreeNode[],
): Promise<number | undefined> {
  const perNode = 2 + key_bytes + 4 + 4 + 4 + (isBalanced ? 1 : 0) + 4;
  const bytes = (await file.read(start, count * perNode)).slice();
  if (bytes.length < count * perNode) return undefined;
  const keysAt = 2 * count;
  const parentsAt = keysAt + (key_bytes + 8) * count;
  const sizesAt = parentsAt + (4 + (isBalanced ? 1 : 0)) * count;
  let at = start + bytes.length;
  const found: TreeNode[] = [];
  for (let i = 0; i < count; i++) {
    if (readInt32(bytes, parentsAt + 4 * i) === EMPTY_PARENT) continue;
    const keyAt = keysAt + key_bytes * i;
    const isTombstone = ((bytes[keyAt] ?? 0) & 1) === 0;
    const size = readInt32(bytes, sizesAt + 4 * i);
    if (size < 0 || size > MAX_RECORD_BYTES || at + size > file.end) return undefined;
    const owner = (bytes[2 * i] ?? 0) | ((bytes[2 * i + 1] ?? 0) << 8);
    if (collnum === undefined || owner === collnum) {
      const keyBytes = bytes.slice(keyAt, keyAt + key_bytes);
      found.push({ collnum: owner, isTombstone, keyBytes, at, size });
    }
    at += size;
  }
  for (const node of found) nodes.push(node);
  return at;
}

/** A record and its tombstone can't both be there; should they be, the tombstone comes first and loses. */
function sorted(records: TreeRecord[]): TreeRecord[] {
  return records.sort(
    (a, b) => compareRecordKeys(a.key, b.key) || Number(b.isTombstone) - Number(a.isTombstone),
  );
}
