/** Range reads: the records between two keys, newest versions, merged over memtables and runs, a stretch at a time. */

import { PeregrineError } from '../base/index.ts';
import { BlockCollector } from './block-collector.ts';
import { type DatabaseName, DATABASES } from './databases.ts';
import { compareKeys, compareKeysAt, keyAfter, recordKey } from './key-order.ts';
import { lossStretch, lostKeys, lostRangesOf } from './losses.ts';
import type { LossEntry } from './manifest-state.ts';
import type { Memtable } from './memtable.ts';
import { HeldBlocks, MergedWalk } from './merged-walk.ts';
import type { PartReader } from './part-reader.ts';
import {
  copyOf,
  type EntryBlock,
  type RecordBlock,
  sliceBlock,
  STORED_LENGTH,
  TOMBSTONE_LENGTH,
} from './record-block.ts';
import type { ReadManner } from './retrying-reads.ts';
import { type RunReader, RunWalk } from './run.ts';
import type { BlocksResult, RangeRequest, RangeResult, StoredRecord } from './store-contract.ts';

const DEFAULT_RANGE_BYTES: number = 1024 * 1024;
/** Steps between two looks at the signal. */
const SIGNAL_STEPS = 256;

/** What one database consists of at a moment; newest first. */
export interface DatabaseView {
  readonly database: DatabaseName;
  readonly memtables: readonly Memtable[];
  readonly runs: readonly RunReader[];
  readonly losses: readonly LossEntry[];
}

/**
 * Reads on until something is found or the range is exhausted. `view` is asked in one turn, so that a stretch is a
 * picture of one moment. `CORRUPT` with the place and keys of what can't be read, `CANCELLED`, `IO`.
 */
export async function readBlocks(
  view: (database: DatabaseName) => DatabaseView,
  request: RangeRequest,
): Promise<BlocksResult> {
  const { database } = request;
  const end = recordKey(database, request.end);
  let start: Uint8Array | undefined = recordKey(database, request.start);
  let blocks: readonly RecordBlock[] = [];
  const lost = new Set<LossEntry>();
  while (start !== undefined && blocks.length === 0 && compareKeys(start, end) <= 0) {
    const whole = view(database);
    const { end: stretchEnd, losses } = lossStretch(whole.losses, start, end);
    const [loss] = losses;
    if (loss !== undefined && request.skipLost !== true) throw lostKeys(database, loss);
    for (const skipped of losses) lost.add(skipped);
    const stretch = await readStretch(beyondLosses(whole, losses), request, start, stretchEnd);
    blocks = stretch.blocks;
    start = stretch.resume ?? (compareKeys(stretchEnd, end) < 0 ? keyAfter(stretchEnd) : undefined);
  }
  const resume = start !== undefined && compareKeys(start, end) <= 0 ? start : undefined;
  return lost.size === 0 ? { blocks, resume } : { blocks, resume, lost: lostRangesOf(database, lost) };
}

/** The same as single records: copies, everybody's own. */
export async function readRange(
  view: (database: DatabaseName) => DatabaseView,
  request: RangeRequest,
): Promise<RangeResult> {
  const { blocks, ...rest } = await readBlocks(view, request);
  const records: StoredRecord[] = [];
  for (const { count, keyBytes, keys, bytes, offsets, lengths } of blocks) {
    for (let i = 0; i < count; i++) {
      const from = offsets[i] as number;
      const key = copyOf(keys, i * keyBytes, (i + 1) * keyBytes);
      records.push({ key, value: copyOf(bytes, from, from + (lengths[i] as number)) });
    }
  }
  return { records, ...rest };
}

/** Only what is newer than anything that was lost here. */
function beyondLosses(view: DatabaseView, losses: readonly LossEntry[]): DatabaseView {
  if (losses.length === 0) return view;
  const order = Math.max(...losses.map((loss) => loss.order));
  return { ...view, runs: view.runs.filter(({ entry }) => entry.order > order) };
}

/** Every record of a range, stretch after stretch. */
export async function* scanRange(
  range: (request: RangeRequest) => Promise<RangeResult>,
  request: RangeRequest,
): AsyncGenerator<StoredRecord> {
  let left = request.limit ?? Number.POSITIVE_INFINITY;
  let start: Uint8Array | undefined = request.start;
  while (start !== undefined && left > 0) {
    const limited: RangeRequest = Number.isFinite(left)
      ? { ...request, start, limit: left }
      : { ...request, start };
    const { records, resume } = await range(limited);
    yield* records;
    left -= records.length;
    start = resume;
  }
}

interface StretchResult {
  readonly blocks: readonly RecordBlock[];
  readonly resume: Uint8Array | undefined;
}

async function readStretch(
  { database, memtables, runs }: DatabaseView,
  request: RangeRequest,
  start: Uint8Array,
  end: Uint8Array,
): Promise<StretchResult> {
  const { byteTarget = DEFAULT_RANGE_BYTES, limit = Number.POSITIVE_INFINITY, signal, priority } = request;
  const manner: ReadManner = { priority, signal };
  const slices = memtables.map((memtable) => memtable.slice(start, end, byteTarget, limit));
  // Behind the end of the shortest slice the memtables may hold more.
  const stop = slices.reduce<Uint8Array | undefined>((least, slice) => {
    if (slice.upTo === undefined) return least;
    return least === undefined || compareKeys(slice.upTo, least) < 0 ? slice.upTo : least;
  }, undefined);
  const filled = slices.filter(({ blocks }) => blocks.length > 0);
  const walks = runs.map((run) => new RunWalk(run, start, stop ?? end, { holdsAll: true, manner }));
  const walk = new MergedWalk(DATABASES[database].keyBytes, [
    ...filled.map(({ blocks }) => new HeldBlocks(upTo(blocks, stop))),
    ...walks,
  ]);
  const collector = new BlockCollector(DATABASES[database].keyBytes, byteTarget, limit);
  try {
    for (let steps = 0; !collector.isFull; steps++) {
      if (steps % SIGNAL_STEPS === 0) throwIfAborted(signal);
      const rest = walk.rest();
      if (rest?.isPlain === true) {
        walk.skip(collector.take(rest, walk.at));
        continue;
      }
      const step = walk.step();
      if (step === 'end') return { blocks: collector.finish(), resume: stop && keyAfter(stop) };
      if (step === 'wait') {
        throwIfAborted(signal);
        await walk.load();
        continue;
      }
      const { block, at, part } = walk;
      const length = block.lengths[at] as number;
      if (length === TOMBSTONE_LENGTH) continue;
      if (length === STORED_LENGTH) {
        const value = await storedValue(block, at, part, manner);
        if (value !== undefined) collector.addWith(block, at, value);
      } else {
        collector.addFrom(block, at);
      }
    }
    const last = collector.lastKey;
    return { blocks: collector.finish(), resume: last === undefined ? undefined : keyAfter(last) };
  } finally {
    await walk.close();
  }
}

/** The value of an entry that has a page of its own. */
async function storedValue(
  block: EntryBlock,
  at: number,
  part: PartReader | undefined,
  manner: ReadManner,
): Promise<Uint8Array | undefined> {
  const stored = block.stored[block.offsets[at] as number];
  const key = block.keys.slice(at * block.keyBytes, (at + 1) * block.keyBytes);
  return stored === undefined ? undefined : part?.valueOf(key, { kind: 'stored', ...stored }, manner);
}

/** Blocks as far as `stop`, inclusive. */
function* upTo(blocks: readonly EntryBlock[], stop: Uint8Array | undefined): Generator<EntryBlock> {
  for (const block of blocks) {
    if (stop === undefined) {
      yield block;
      continue;
    }
    const { keyBytes, keys, count } = block;
    let to = count;
    while (to > 0 && compareKeysAt(keys, (to - 1) * keyBytes, stop, 0, keyBytes) > 0) to -= 1;
    if (to > 0) yield to === count ? block : sliceBlock(block, 0, to);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The read was cancelled.');
}
