/** Range reads: the records between two keys, newest versions, merged over memtables and runs, a stretch at a time. */

import { PeregrineError } from '../base/index.ts';
import type { DatabaseName } from './databases.ts';
import { compareKeys, keyAfter, recordKey } from './key-order.ts';
import { lossStretch, lostKeys, lostRangesOf } from './losses.ts';
import type { LossEntry } from './manifest-state.ts';
import type { Memtable, MemtableEntry } from './memtable.ts';
import { MergedWalk } from './merged-walk.ts';
import type { ReadManner } from './retrying-reads.ts';
import { type RunReader, RunWalk } from './run.ts';
import type { RangeRequest, RangeResult, StoredRecord } from './store-contract.ts';

export const DEFAULT_RANGE_BYTES: number = 1024 * 1024;
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
export async function readRange(
  view: (database: DatabaseName) => DatabaseView,
  request: RangeRequest,
): Promise<RangeResult> {
  const { database } = request;
  const end = recordKey(database, request.end);
  let start: Uint8Array | undefined = recordKey(database, request.start);
  let records: readonly StoredRecord[] = [];
  const lost = new Set<LossEntry>();
  while (start !== undefined && records.length === 0 && compareKeys(start, end) <= 0) {
    const whole = view(database);
    const { end: stretchEnd, losses } = lossStretch(whole.losses, start, end);
    const [loss] = losses;
    if (loss !== undefined && request.skipLost !== true) throw lostKeys(database, loss);
    for (const skipped of losses) lost.add(skipped);
    const stretch = await readStretch(beyondLosses(whole, losses), request, start, stretchEnd);
    records = stretch.records;
    start = stretch.resume ?? (compareKeys(stretchEnd, end) < 0 ? keyAfter(stretchEnd) : undefined);
  }
  const resume = start !== undefined && compareKeys(start, end) <= 0 ? start : undefined;
  return lost.size === 0 ? { records, resume } : { records, resume, lost: lostRangesOf(database, lost) };
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

async function readStretch(
  { memtables, runs }: DatabaseView,
  request: RangeRequest,
  start: Uint8Array,
  end: Uint8Array,
): Promise<RangeResult> {
  const { byteTarget = DEFAULT_RANGE_BYTES, limit = Number.POSITIVE_INFINITY, signal, priority } = request;
  const manner: ReadManner = { priority, signal };
  const slices = memtables.map((memtable) => sliceOf(memtable, start, end, byteTarget, limit));
  // Behind the end of the shortest slice the memtables may hold more.
  const stop = slices.reduce<Uint8Array | undefined>((least, slice) => {
    if (slice.upTo === undefined) return least;
    return least === undefined || compareKeys(slice.upTo, least) < 0 ? slice.upTo : least;
  }, undefined);
  const walks = runs.map((run) => new RunWalk(run, start, end, { holdsAll: true, manner }));
  const walk = new MergedWalk([...slices.map(({ entries }) => entries), ...walks]);
  const records: StoredRecord[] = [];
  let size_bytes = 0;
  try {
    for (let steps = 0; records.length < limit && size_bytes < byteTarget; steps++) {
      if (steps % SIGNAL_STEPS === 0) throwIfAborted(signal);
      const entry = walk.step();
      if (entry === undefined) return { records, resume: stop && keyAfter(stop) };
      if (entry === 'page') {
        throwIfAborted(signal);
        await walk.load();
        continue;
      }
      if (stop !== undefined && compareKeys(entry.key, stop) > 0) return { records, resume: keyAfter(stop) };
      if (entry.value.kind === 'tombstone') continue;
      const value =
        entry.value.kind === 'inline'
          ? entry.value.bytes
          : await entry.part?.valueOf(entry.key, entry.value, manner);
      if (value === undefined) continue;
      // Copies: what stands in caches and memtables is nobody's to keep or change.
      records.push({ key: entry.key, value: value.slice() });
      size_bytes += entry.key.length + value.length;
    }
    const last = records.at(-1);
    return { records, resume: last === undefined ? undefined : keyAfter(last.key) };
  } finally {
    await walk.close();
  }
}

/** Entries of a memtable as they are now, as far as one stretch can need them; `upTo` where there are more. */
function sliceOf(
  memtable: Memtable,
  start: Uint8Array,
  end: Uint8Array,
  byteTarget: number,
  limit: number,
): { entries: MemtableEntry[]; upTo: Uint8Array | undefined } {
  const entries: MemtableEntry[] = [];
  let size_bytes = 0;
  let records = 0;
  for (const entry of memtable.entries(start, end)) {
    if (size_bytes >= byteTarget || records >= limit) return { entries, upTo: entries.at(-1)?.key };
    entries.push(entry);
    size_bytes += entry.key.length + (entry.value?.length ?? 0);
    if (entry.value !== undefined) records += 1;
  }
  return { entries, upTo: undefined };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new PeregrineError('CANCELLED', 'The read was cancelled.');
}
