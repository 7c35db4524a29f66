/**
 * What a log holds after a stop of any kind. Frames carry the highest sequence that was durable when they were written;
 * frames of a write in flight never say so of one another. So a gap at or below the highest mark found is damage, a gap
 * above it is the torn tail of the writes in flight, of which nobody had an acknowledgement.
 */

import { type Seq, toSeq } from '../base/index.ts';
import type { Disk } from '../disk/index.ts';
import { ALIGNMENT_BYTES, alignUp } from './alignment.ts';
import { type Frame, FRAME_GENERATION_AT, frameBytes, lengthOf, readFrame } from './log-frame.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentFile, segmentNumber } from './log-segment.ts';
import type { RetryingReads } from './retrying-reads.ts';
import type { LogDamage, LogRecovery } from './shard-log.ts';

export interface RecoverRequest {
  readonly disk: Disk;
  readonly directory: string;
  readonly storeId: bigint;
  readonly epoch: number;
  /** Everything up to here stands elsewhere: it is neither looked for nor missed. */
  readonly checkpointSeq: number;
  /** How reads are tried again. */
  readonly reads: RetryingReads;
}

/** A frame with the file that it stands in. */
export interface LocatedFrame extends Frame {
  readonly path: string;
}

export interface RecoveredLog {
  readonly recovery: LogRecovery;
  /** Every entry behind the checkpoint, in order of its sequence. */
  readonly frames: readonly LocatedFrame[];
  /** Sequences above this are vouched for by no later write: they are written anew before the log goes on. */
  readonly vouchedSeq: number;
  readonly segments: readonly SegmentFile[];
  readonly highestGeneration: number;
  readonly nextNumber: number;
}

/** The files of a log and their headers; reads no more than those. */
export async function listSegments(
  disk: Disk,
  directory: string,
  storeId: bigint | undefined,
  reads: RetryingReads,
): Promise<{ segments: SegmentFile[]; nextNumber: number }> {
  const segments: SegmentFile[] = [];
  let nextNumber = 1;
  for (const name of await disk.list(directory)) {
    const number = segmentNumber(name);
    if (number === undefined) continue;
    nextNumber = Math.max(nextNumber, number + 1);
    const path = `${directory}/${name}`;
    const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
    const file = await disk.open(path, 'read');
    try {
      await reads.withRetries(() => file.read(bytes, 0), { priority: 'background', file: path });
      const header = decodeSegmentHeader(bytes);
      const isOurs = header === undefined || storeId === undefined || header.storeId === storeId;
      segments.push({ path, size_bytes: await file.size(), header: isOurs ? header : undefined });
    } finally {
      await file.close();
    }
  }
  return { segments, nextNumber };
}

/** The number that keeps bytes of other stores, and of documents, from being taken for frames. */
export function saltOf(storeId: bigint): number {
  return Number(storeId & 0xffff_ffffn);
}

export async function recoverLog(request: RecoverRequest): Promise<RecoveredLog> {
  const { disk, directory, storeId, epoch, checkpointSeq, reads } = request;
  const { segments, nextNumber } = await listSegments(disk, directory, storeId, reads);
  const scanAll = async (all: readonly SegmentFile[]): Promise<SegmentScan[]> => {
    const scanned: SegmentScan[] = [];
    for (const segment of all) scanned.push(await scanSegment(disk, segment, saltOf(storeId), reads));
    return scanned;
  };
  const readScans = (all: readonly SegmentScan[]): FoundSequence => {
    const bySeq = newestFrames(all, checkpointSeq);
    const vouchedSeq = all.reduce((highest, scan) => Math.max(highest, vouchedBy(scan)), checkpointSeq);
    return { bySeq, vouchedSeq, ...readSequence(bySeq, checkpointSeq, vouchedSeq, directory, all) };
  };
  const needed = segments.filter(
    (segment) =>
      (segment.header === undefined || segment.header.epoch === epoch) &&
      !isBehindCheckpoint(segment, segments, epoch, checkpointSeq),
  );
  let scans = await scanAll(needed);
  let found = readScans(scans);
  if (found.damage.length > 0 || tornTailOf(found.bySeq, found.lastSeq, scans) > 0) {
    // A disk that read one bit wrong must not turn what is whole into a loss: what either reading found counts.
    scans = [...(await scanAll(needed)), ...scans];
    found = readScans(scans);
  }
  const { bySeq, vouchedSeq, frames, damage, lastSeq } = found;
  const highestGeneration = Math.max(
    0,
    ...segments.map(({ header }) => header?.generation ?? 0),
    ...scans.flatMap(({ frames }) => frames.map(({ generation }) => generation)),
  );
  const recovery: LogRecovery = {
    firstSeq: toSeq(frames[0]?.seq ?? checkpointSeq + 1),
    lastSeq,
    tornTail_bytes: tornTailOf(bySeq, lastSeq, scans),
    damage,
  };
  return { recovery, frames, vouchedSeq, segments, highestGeneration, nextNumber };
}

/** A log of which nothing behind the checkpoint counts: no more than headers are read. */
export async function logAfterCleanStop(
  request: Pick<RecoverRequest, 'disk' | 'directory' | 'storeId' | 'checkpointSeq' | 'reads'>,
): Promise<RecoveredLog> {
  const { disk, directory, storeId, checkpointSeq, reads } = request;
  const { segments, nextNumber } = await listSegments(disk, directory, storeId, reads);
  const lastSeq = toSeq(checkpointSeq);
  return {
    recovery: { firstSeq: toSeq(checkpointSeq + 1), lastSeq, tornTail_bytes: 0, damage: [] },
    frames: [],
    vouchedSeq: checkpointSeq,
    segments,
    highestGeneration: Math.max(0, ...segments.map(({ header }) => header?.generation ?? 0)),
    nextNumber,
  };
}

/** What the frames of some scans make together. */
interface FoundSequence {
  readonly bySeq: ReadonlyMap<number, LocatedFrame>;
  readonly vouchedSeq: number;
  readonly frames: readonly LocatedFrame[];
  readonly damage: readonly LogDamage[];
  readonly lastSeq: Seq;
}

interface SegmentScan {
  readonly segment: SegmentFile;
  readonly frames: readonly LocatedFrame[];
  /** Behind the last verifiable frame of the segment's first unbroken row. */
  readonly end: number;
  /** Bytes behind `end` up to the last one that is not zero and of no older generation; 0 where nothing stands. */
  readonly tail_bytes: number;
}

/** What was durable when its header was written, and its frames, by what they say. */
function vouchedBy({ segment: { header }, frames }: SegmentScan): number {
  const first = header === undefined ? 0 : header.firstSeq - 1 - header.unvouched;
  return frames.reduce((mark, { durableSeq }) => Math.max(mark, durableSeq), first);
}

/** True where the next segment of the same life begins at or before what the checkpoint already holds. */
function isBehindCheckpoint(
  { header }: SegmentFile,
  segments: readonly SegmentFile[],
  epoch: number,
  checkpointSeq: number,
): boolean {
  if (header === undefined) return false;
  return segments.some(
    ({ header: other }) =>
      other !== undefined &&
      other.epoch === epoch &&
      other.generation > header.generation &&
      other.firstSeq <= checkpointSeq + 1,
  );
}

async function scanSegment(
  disk: Disk,
  segment: SegmentFile,
  salt: number,
  reads: RetryingReads,
): Promise<SegmentScan> {
  const bytes = new Uint8Array(segment.size_bytes);
  const file = await disk.open(segment.path, 'read');
  try {
    await reads.withRetries(() => file.read(bytes, 0), { priority: 'background', file: segment.path });
  } finally {
    await file.close();
  }
  const generation = segment.header?.generation;
  const words = new Uint32Array(bytes.buffer, 0, bytes.length >>> 2);
  const frames: LocatedFrame[] = [];
  let end: number | undefined;
  for (let offset = alignUp(SEGMENT_HEADER_BYTES); offset < bytes.length;) {
    const isNext = end === undefined && generation !== undefined;
    const frame =
      readFrame(bytes, offset, salt, generation) ??
      (isNext ? readNextFrame(bytes, offset, salt, generation) : undefined);
    if (frame === undefined) {
      // A bad frame, or the end of what was written: search on, a later frame tells the two apart.
      end ??= offset;
      offset = nextCandidate(words, offset + ALIGNMENT_BYTES, generation);
    } else {
      frames.push({ ...frame, path: segment.path });
      offset += frameBytes(frame.payload_bytes);
    }
  }
  end ??= bytes.length;
  return { segment, frames, end, tail_bytes: tailBytes(bytes, end, generation) };
}

/**
 * The frame that must stand here if any does, where nothing but its generation is damaged: its checksum tells. Without
 * this the last frame of a log would pass for what an earlier life of the file has left.
 */
function readNextFrame(
  bytes: Uint8Array,
  offset: number,
  salt: number,
  generation: number,
): Frame | undefined {
  const at = offset + FRAME_GENERATION_AT;
  if (at + 4 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const found = view.getUint32(at, true);
  view.setUint32(at, generation, true);
  const frame = readFrame(bytes, offset, salt, generation);
  if (frame === undefined) view.setUint32(at, found, true);
  return frame;
}

/**
 * The next aligned offset whose generation could be that of a frame. A hot loop over what is mostly zeros: most of a
 * preallocated segment was never written, and an opening after a kill must not take the longer for it.
 */
function nextCandidate(words: Uint32Array, from: number, generation: number | undefined): number {
  const wanted = generation === undefined ? undefined : asStored(generation);
  const step = ALIGNMENT_BYTES / 4;
  for (let i = (from + FRAME_GENERATION_AT) / 4; i < words.length; i += step) {
    const found = words[i] as number;
    if (wanted === undefined ? found !== 0 : found === wanted) return i * 4 - FRAME_GENERATION_AT;
  }
  return (words.length + step) * 4;
}

/** A little-endian number of the file as this machine's typed arrays show it. */
function asStored(value: number): number {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return new Uint32Array(bytes.buffer)[0] ?? 0;
}

/** Length of a broken frame's claim at `end`: zero where the place was never written under this generation. */
function tailBytes(bytes: Uint8Array, end: number, generation: number | undefined): number {
  if (generation === undefined || end + 12 > bytes.length) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + end);
  if (view.getUint32(8, true) !== generation) return 0;
  return Math.min(bytes.length - end, frameBytes(lengthOf(view.getUint32(0, true))));
}

/** Of each sequence the frame with the highest generation, less what a later segment's header has taken back. */
function newestFrames(scans: readonly SegmentScan[], checkpointSeq: number): Map<number, LocatedFrame> {
  const bySeq = new Map<number, LocatedFrame>();
  for (const { frames } of scans) {
    for (const frame of frames) {
      if (frame.seq <= checkpointSeq) continue;
      const isTakenBack = scans.some(
        ({ segment: { header } }) =>
          header !== undefined && header.generation > frame.generation && header.firstSeq <= frame.seq,
      );
      if (isTakenBack) continue;
      const other = bySeq.get(frame.seq);
      if (other === undefined || other.generation < frame.generation) bySeq.set(frame.seq, frame);
    }
  }
  return bySeq;
}

function readSequence(
  bySeq: ReadonlyMap<number, LocatedFrame>,
  checkpointSeq: number,
  vouchedSeq: number,
  directory: string,
  scans: readonly SegmentScan[],
): { frames: LocatedFrame[]; damage: LogDamage[]; lastSeq: Seq } {
  const frames: LocatedFrame[] = [];
  const damage: LogDamage[] = [];
  let next = checkpointSeq + 1;
  for (const seq of [...bySeq.keys()].sort((a, b) => a - b)) {
    if (seq !== next) {
      // Above the marks a gap is a write that was in flight; what follows it was in flight too.
      if (seq - 1 > vouchedSeq) break;
      damage.push(damageOf(next, seq - 1, frames.at(-1), directory, scans));
    }
    const frame = bySeq.get(seq);
    if (frame !== undefined) frames.push(frame);
    next = seq + 1;
  }
  if (next <= vouchedSeq) damage.push(damageOf(next, vouchedSeq, frames.at(-1), directory, scans));
  return { frames, damage, lastSeq: toSeq(Math.max(next - 1, vouchedSeq)) };
}

function damageOf(
  first: number,
  last: number,
  before: LocatedFrame | undefined,
  directory: string,
  scans: readonly SegmentScan[],
): LogDamage {
  const end = before === undefined ? undefined : before.offset + frameBytes(before.payload_bytes);
  const scan = scans.find(({ segment }) => segment.path === before?.path) ?? scans[0];
  const isInside = scan !== undefined && (end === undefined || end < scan.segment.size_bytes);
  return {
    firstSeq: toSeq(first),
    lastSeq: toSeq(last),
    file: isInside ? scan.segment.path : directory,
    offset: isInside ? (end ?? SEGMENT_HEADER_BYTES) : 0,
    reason: isInside
      ? 'Frames that were durable once are not readable.'
      : 'A segment that was durable once is missing or not readable.',
  };
}

/** Bytes of the frames that were in flight: verifiable ones behind the gap, and the broken one that made it. */
function tornTailOf(
  bySeq: ReadonlyMap<number, LocatedFrame>,
  lastSeq: number,
  scans: readonly SegmentScan[],
): number {
  let tail_bytes = 0;
  for (const { seq, payload_bytes } of bySeq.values()) {
    if (seq > lastSeq) tail_bytes += frameBytes(payload_bytes);
  }
  const newest = scans.reduce<SegmentScan | undefined>((last, scan) => {
    const generation = scan.segment.header?.generation ?? 0;
    return generation > (last?.segment.header?.generation ?? 0) ? scan : last;
  }, undefined);
  return tail_bytes + (newest?.tail_bytes ?? 0);
}
