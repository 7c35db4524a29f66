/** Verification, repair and rebuild in one shard. */

import {
  type CollectionId,
  DOC_HASH_BITS,
  type DocId,
  isPeregrineError,
  must,
  type Slot,
  slotOfDocId,
  toDocId,
} from '../base/index.ts';
import { analyseRecord } from '../document/index.ts';
import type { IndexVerifyProgress, SegmentReport, ShardIndex } from '../index/index.ts';
import type { Store } from '../storage/index.ts';
import { titleKey } from './document-chain.ts';
import { decodeInbound, inboundKey } from './inbound-record.ts';
import { type IndexedRecord, indexRecords } from './index-batches.ts';
import type { CareStage, ShardIndexVerification } from './index-care-contract.ts';
import { compareWithTitles, type Difference } from './index-comparison.ts';
import type { RebuildMark } from './rebuild-mark.ts';
import { stopWhere, walkShardTitles } from './shard-titles.ts';

/** What one piece of work needs of a shard. */
export interface CaredShard {
  readonly store: Store;
  readonly index: ShardIndex;
  readonly slots: readonly Slot[];
  readonly collection: CollectionId;
  readonly signal: AbortSignal;
  readonly tell: (stage: CareStage, documentsDone: number) => void;
  /** How far the check of the segments is. */
  readonly onSegments?: (progress: IndexVerifyProgress) => void;
}

/** Counts of what was done, over all shards. */
export interface Mended {
  reindexed: number;
  removed: number;
  unreadable: number;
}

/** Named one by one in a report. */
const MAX_NAMED = 20;
/** Documents that go into one batch: bounds memory, and how long others wait for their turn. */
const BATCH_DOCUMENTS = 32;

export async function verifyShard(shard: CaredShard): Promise<ShardIndexVerification> {
  const { store, index, collection, tell } = shard;
  const segments = await verifySegments(shard);
  const view = index.view(collection);
  const documents = view.documentCount;
  view.release();
  const missing: DocId[] = [];
  const orphans: DocId[] = [];
  const unreadable: DocId[] = [];
  let [titles, titlesWithoutText] = [0, 0];
  const onTitles = (count: number): void => {
    titles += count;
    tell('comparing', titles);
  };
  const compare = async (): Promise<void> => {
    for await (const difference of differences(shard, onTitles)) {
      if (difference.kind === 'without-title') {
        orphans.push(difference.docId);
        continue;
      }
      const form = await formOf(shard, difference.docId, difference.record);
      if (form === UNREADABLE) unreadable.push(difference.docId);
      else if (form === undefined) titlesWithoutText += 1;
      else missing.push(difference.docId);
    }
  };
  const comparisonEnded = await whyEnded(compare);
  return {
    ...(comparisonEnded !== undefined && { comparisonEnded }),
    shard: store.shard,
    segments,
    documents,
    titles,
    titlesWithoutText,
    unreadableTitles: unreadable.length,
    unreadable: unreadable.slice(0, MAX_NAMED),
    missingCount: missing.length,
    missing: missing.slice(0, MAX_NAMED),
    orphanCount: orphans.length,
    orphans: orphans.slice(0, MAX_NAMED),
  };
}

/** What is damaged of the title records themselves ends a comparison, and is a finding rather than a failure of it. */
async function whyEnded(compare: () => Promise<void>): Promise<string | undefined> {
  try {
    await compare();
    return undefined;
  } catch (error) {
    if (isPeregrineError(error, 'CORRUPT')) return error.message;
    throw error;
  }
}

/**
 * Sets aside what is damaged, indexes every title record that is not in what is left, takes out what has no title
 * record, and discards what was set aside. A kill in between loses nothing: what is set aside stays so on disk, and
 * whoever mends again finds what is missing. Returns the segments discarded.
 */
export async function mend(shard: CaredShard, mended: Mended): Promise<number> {
  const { store, index, collection, tell } = shard;
  const damaged = (await verifySegments(shard)).filter(({ problems }) => problems.length > 0);
  index.setAside(
    collection,
    damaged.map(({ segment }) => segment),
  );
  if (damaged.length > 0) await store.flush();
  const batch = new Batch(shard, mended);
  let compared = 0;
  const onTitles = (count: number): void => {
    compared += count;
    tell('comparing', compared);
  };
  for await (const difference of differences(shard, onTitles)) {
    const { docId } = difference;
    if (difference.kind === 'without-title') {
      await batch.add({ docId, record: undefined, analysed: undefined });
      continue;
    }
    const { record } = difference;
    const analysed = await formOf(shard, docId, record);
    if (analysed === UNREADABLE) mended.unreadable += 1;
    else if (analysed !== undefined) await batch.add({ docId, record, analysed });
    await turn();
  }
  await batch.write();
  await store.flush();
  return index.discardDamaged(collection);
}

/** Indexes every document behind the mark anew. */
export async function reindexAll(shard: CaredShard, mark: RebuildMark, mended: Mended): Promise<void> {
  const { store, index, slots, collection, signal, tell } = shard;
  const batch = new Batch(shard, mended, mark);
  // Ids are hashes: as many stand before the mark as it is far.
  let read = Math.round(index.status(collection).documents * shareBefore(slots, mark.after));
  for await (const titles of walkShardTitles(store, slots, collection, mark.after, signal)) {
    for (const { docId, record } of titles) {
      stopWhere(signal);
      const analysed = await formOf(shard, docId, record);
      read += 1;
      if (analysed === UNREADABLE) mended.unreadable += 1;
      else await batch.add({ docId, record, analysed });
      tell('reading', read);
      await turn();
    }
  }
  await batch.write();
}

/** Of the ids that slots can have, how many there are up to this one: 0 to 1. */
function shareBefore(slots: readonly Slot[], docId: number): number {
  if (docId < 0) return 0;
  const place = slots.indexOf(slotOfDocId(toDocId(docId)));
  return (place + (docId % 2 ** DOC_HASH_BITS) / 2 ** DOC_HASH_BITS) / slots.length;
}

/** Gathers documents and writes them some at a time. */
class Batch {
  readonly #shard: CaredShard;
  readonly #mended: Mended;
  readonly #mark: RebuildMark | undefined;
  #documents: IndexedRecord[] = [];

  constructor(shard: CaredShard, mended: Mended, mark?: RebuildMark) {
    this.#shard = shard;
    this.#mended = mended;
    this.#mark = mark;
  }

  async add(document: IndexedRecord): Promise<void> {
    this.#documents.push(document);
    if (this.#documents.length >= BATCH_DOCUMENTS) await this.write();
  }

  async write(): Promise<void> {
    if (this.#documents.length === 0) return;
    const { store, collection } = this.#shard;
    const documents = this.#documents;
    this.#documents = [];
    const last = must(documents.at(-1), 'a document');
    const records = this.#mark === undefined ? [] : [this.#mark.upTo(last.docId)];
    const { put, deleted } = await indexRecords(store, collection, documents, records);
    this.#mended.reindexed += put;
    // Documents without text are taken out too, whether they were there or not.
    if (this.#mark === undefined) this.#mended.removed += deleted;
  }
}

function verifySegments({
  index,
  collection,
  signal,
  tell,
  slots,
  onSegments,
}: CaredShard): Promise<readonly SegmentReport[]> {
  const own = new Set<number>(slots);
  const { documents } = index.status(collection);
  tell('verifying', 0);
  return index.verify(collection, {
    owns: (docId) => own.has(slotOfDocId(docId)),
    signal,
    onProgress: (progress) => {
      onSegments?.(progress);
      // Told as documents, as the other stages are, though it goes by pages and terms.
      const share = progress.done_bytes / Math.max(1, progress.total_bytes);
      tell('verifying', Math.floor(documents * share));
    },
  });
}

/** Differences that are still there when they are looked at again: others were writes of the meantime. */
async function* differences(
  shard: CaredShard,
  onTitles: (count: number) => void,
): AsyncGenerator<Difference> {
  const { store, index, slots, collection, signal } = shard;
  const walk = walkShardTitles(store, slots, collection, -1, signal);
  for await (const { docId } of compareWithTitles(index, collection, walk, onTitles)) {
    stopWhere(signal);
    const record = await store.get('titles', titleKey(collection, docId));
    const view = index.view(collection);
    const isIndexed = view.has(docId);
    view.release();
    const isStored = record !== undefined && record.length > 0;
    if (isStored && !isIndexed) yield { kind: 'not-indexed', docId, record };
    else if (!isStored && isIndexed) yield { kind: 'without-title', docId };
  }
}

const UNREADABLE = 'unreadable';

/** What title record and links give the index; a record that can't be read is no reason to stop. */
async function formOf(
  { store, collection }: CaredShard,
  docId: DocId,
  record: Uint8Array,
): Promise<Uint8Array | undefined | typeof UNREADABLE> {
  try {
    const inbound = await store.get('meta', inboundKey(collection, docId));
    return analyseRecord(record, inbound === undefined ? undefined : decodeInbound(inbound));
  } catch (error) {
    if (isPeregrineError(error) && error.code !== 'INTERNAL') return UNREADABLE;
    throw error;
  }
}

/** Lets others have their turn. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
