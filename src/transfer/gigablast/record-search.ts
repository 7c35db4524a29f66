/** Finds where records go on behind damage: by the map where there is one, else by what a packed document looks like. */

import { unzipSync } from 'node:zlib';

import {
  compareRecordKeys,
  FRAME_BYTES,
  KEY_BYTES,
  looksPacked,
  readFrame,
  readInt32,
  type RecordKey,
} from './record-frame.ts';
import type { SplitFile } from './split-file.ts';
import type { TitleMap } from './title-map.ts';

/** A candidate larger than this is not unpacked to be sure of it, but passed over. */
const MAX_PROOF_BYTES = 33_554_432;
const STEP_BYTES = 262_144;
const HEAD_BYTES = FRAME_BYTES + 2;

export interface SearchPlace {
  readonly file: SplitFile;
  readonly map: TitleMap | undefined;
  /** First byte looked at. */
  readonly from: number;
  /** End of the stretch. */
  readonly end: number;
  /** Key of the last good record: tombstones in front of what is found must be above it. */
  readonly after: RecordKey | undefined;
}

/** Place of the next record or tombstone that is surely one, or `end`. */
export async function findNextRecord(place: SearchPlace): Promise<number> {
  const known = await knownByMap(place);
  const found = await foundByScan(place, known ?? place.end);
  if (found === place.end) return found;
  return found === known ? found : withTombstones(place, found);
}

/** The map's next record, where the file has the very key there. */
async function knownByMap({ file, map, from, end }: SearchPlace): Promise<number | undefined> {
  for (let entry = map?.next(from); entry !== undefined && entry.at < end; entry = map?.next(entry.at + 1)) {
    const bytes = await file.read(entry.at, HEAD_BYTES);
    const isThere = entry.key.every((byte, i) => byte === bytes[i]);
    if (isThere && typeof readFrame(bytes, 0, end - entry.at) !== 'string') return entry.at;
  }
  return undefined;
}

/** Looks at every byte up to `limit`; returns `limit` where nothing is found. */
async function foundByScan({ file, from, end }: SearchPlace, limit: number): Promise<number> {
  for (let at = from; at < limit; at += STEP_BYTES) {
    const bytes = await file.read(at, Math.min(STEP_BYTES + HEAD_BYTES, end - at));
    const last = Math.min(STEP_BYTES, limit - at, bytes.length - HEAD_BYTES + 1);
    const candidates: number[] = [];
    for (let i = 0; i < last; i++) {
      // A record's lowest byte is 1: nine zero bits and the mark of a record.
      if (bytes[i] !== 1 || ((bytes[i + 1] ?? 0) & 3) !== 0 || !looksPacked(bytes, i)) continue;
      if (typeof readFrame(bytes, i, end - at - i) !== 'string') candidates.push(at + i);
    }
    for (const candidate of candidates) if (await isRecord(file, candidate, end)) return candidate;
  }
  return limit;
}

/** True where the data unpack to what the record says: its checksum makes chance impossible. */
async function isRecord(file: SplitFile, at: number, end: number): Promise<boolean> {
  const frame = readFrame(await file.read(at, FRAME_BYTES), 0, end - at);
  if (typeof frame === 'string' || frame.isTombstone || frame.length > MAX_PROOF_BYTES) return false;
  const record = await file.read(at, frame.length);
  const size = readInt32(record, 16);
  try {
    return unzipSync(record.subarray(FRAME_BYTES), { maxOutputLength: size }).length === size;
  } catch {
    return false;
  }
}

/** Tombstones have nothing to prove themselves by but their order: those right in front of a record are taken with it. */
async function withTombstones({ file, from, end, after }: SearchPlace, found: number): Promise<number> {
  const first = readFrame(await file.read(found, FRAME_BYTES), 0, end - found);
  let next = typeof first === 'string' ? undefined : first.key;
  let at = found;
  while (next !== undefined && at - KEY_BYTES >= from) {
    const frame = readFrame(await file.read(at - KEY_BYTES, KEY_BYTES), 0, KEY_BYTES);
    if (typeof frame === 'string' || !frame.isTombstone) break;
    if (compareRecordKeys(frame.key, next) > 0) break;
    if (after === undefined || compareRecordKeys(frame.key, after) <= 0) break;
    next = frame.key;
    at -= KEY_BYTES;
  }
  return at;
}
