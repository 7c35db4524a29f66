/** Writes of the index alone: documents from their title records, through the log as any other. */

import type { CollectionId, DocId } from '../base/index.ts';
import { encodeIndexOperation, INDEX_STATE } from '../index/index.ts';
import type { DerivedOperation, RecordOperation, Store } from '../storage/index.ts';
import { titleKey } from './document-chain.ts';

/** A document to index as its title record was when it was read; without the form, to take out. */
export interface IndexedRecord {
  readonly docId: DocId;
  /** Undefined where there was none. */
  readonly record: Uint8Array | undefined;
  readonly analysed: Uint8Array | undefined;
  /** Written with it, and left out with it. */
  readonly beside?: readonly RecordOperation[];
}

/**
 * Indexes documents in one batch, together with `records`. Whatever was written or deleted since it was read is left
 * out: that write has indexed it itself.
 */
export async function indexRecords(
  store: Store,
  collection: CollectionId,
  documents: readonly IndexedRecord[],
  records: readonly RecordOperation[] = [],
): Promise<{ readonly put: number; readonly deleted: number }> {
  let [put, deleted] = [0, 0];
  await store.sequence(async (reads) => {
    const derived: DerivedOperation[] = [];
    const all = [...records];
    [put, deleted] = [0, 0];
    for (const { docId, record, analysed, beside = [] } of documents) {
      const now = await reads.get('titles', titleKey(collection, docId));
      if (!isSame(now, record)) continue;
      const payload = encodeIndexOperation(
        analysed === undefined
          ? { kind: 'delete', collection, docId }
          : { kind: 'put', collection, docId, document: analysed },
      );
      derived.push({ state: INDEX_STATE, payload });
      all.push(...beside);
      if (analysed === undefined) deleted += 1;
      else put += 1;
    }
    return derived.length + all.length === 0 ? null : { records: all, derived };
  });
  return { put, deleted };
}

function isSame(now: Uint8Array | undefined, before: Uint8Array | undefined): boolean {
  const isThere = now !== undefined && now.length > 0;
  if (before === undefined) return !isThere;
  return isThere && Buffer.compare(now, before) === 0;
}
