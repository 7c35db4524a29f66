/** What links say of documents, brought to one shard: written beside them, and indexed with those that stand differently. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type CollectionId, type DocId, isPeregrineError } from '../base/index.ts';
import { decodeTitleSummary, type ParsePool } from '../document/index.ts';
import type { RecordOperation, Store } from '../storage/index.ts';
import { withoutTitle } from './anchor-choice.ts';
import { titleKey } from './document-chain.ts';
import {
  decodeInbound,
  encodeInbound,
  inboundKey,
  type InboundRecord,
  isIndexedAlike,
} from './inbound-record.ts';
import { type IndexedRecord, indexRecords } from './index-batches.ts';
import { stopWhere } from './shard-titles.ts';

const BATCH_DOCUMENTS = 32;
/** When all places of the parsing processes are taken, and waited for. */
const ASK_AGAIN_MS = 50;
/** What is wrong with one document alone. */
const UNREADABLE = ['CORRUPT', 'UNSUPPORTED_VERSION', 'PARSE_FAILED', 'PARSE_TIMEOUT'] as const;

export interface LinkDeliveryParts {
  readonly collection: CollectionId;
  /** Analyses documents beside this process. */
  readonly parsePool: Pick<ParsePool, 'analyse'>;
  readonly signal: AbortSignal;
}

/** Writes to one shard, some documents at a time: while one batch is written the next is analysed. */
export class LinkDelivery {
  readonly #store: Store;
  readonly #parts: LinkDeliveryParts;
  #documents: Promise<IndexedRecord | undefined>[] = [];
  #records: RecordOperation[] = [];
  #writing: Promise<void> = Promise.resolve();
  reindexed = 0;
  unread = 0;

  constructor(store: Store, parts: LinkDeliveryParts) {
    this.#store = store;
    this.#parts = parts;
  }

  /** Gives a document what links say of it; undefined: nothing. */
  async put(docId: DocId, said: InboundRecord | undefined): Promise<void> {
    const { collection } = this.#parts;
    const key = inboundKey(collection, docId);
    const stored = await this.#store.get('meta', key);
    const before = stored === undefined ? undefined : decodeInbound(stored);
    const record = await this.#store.get('titles', titleKey(collection, docId));
    // Deleted meanwhile.
    if (record === undefined || record.length === 0) return;
    const after = said && { ...said, anchors: withoutTitle(said.anchors, titleOf(record)) };
    const operation: RecordOperation = {
      database: 'meta',
      key,
      value: after === undefined ? undefined : encodeInbound(after),
    };
    if (isIndexedAlike(before, after)) this.#records.push(operation);
    else {
      const document = this.#analysed(docId, record, after, operation);
      // Waited for with its batch.
      document.catch(() => undefined);
      this.#documents.push(document);
    }
    if (this.#documents.length >= BATCH_DOCUMENTS || this.#records.length >= 16 * BATCH_DOCUMENTS)
      await this.#handOver();
  }

  /** Resolves when all is written. */
  async end(): Promise<void> {
    await this.#handOver();
    await this.#writing;
  }

  async #handOver(): Promise<void> {
    await this.#writing;
    const [documents, records] = [this.#documents, this.#records];
    [this.#documents, this.#records] = [[], []];
    this.#writing = this.#write(documents, records);
    this.#writing.catch(() => undefined);
  }

  async #write(
    analyses: readonly Promise<IndexedRecord | undefined>[],
    records: readonly RecordOperation[],
  ): Promise<void> {
    const documents = (await Promise.all(analyses)).filter((document) => document !== undefined);
    if (documents.length + records.length === 0) return;
    const { put } = await indexRecords(this.#store, this.#parts.collection, documents, records);
    this.reindexed += put;
  }

  /** The document with what links say of it; undefined where it can't be read. */
  async #analysed(
    docId: DocId,
    record: Uint8Array,
    after: InboundRecord | undefined,
    operation: RecordOperation,
  ): Promise<IndexedRecord | undefined> {
    const { parsePool, signal } = this.#parts;
    for (;;) {
      try {
        const analysed = await parsePool.analyse(record, after);
        return { docId, record, analysed, beside: [operation] };
      } catch (error) {
        stopWhere(signal);
        if (UNREADABLE.some((code) => isPeregrineError(error, code))) {
          this.unread += 1;
          return undefined;
        }
        if (!isPeregrineError(error, 'QUEUE_FULL')) throw error;
        await sleep(ASK_AGAIN_MS);
      }
    }
  }
}

/** Empty where the record can't be read. */
function titleOf(record: Uint8Array): string {
  try {
    return decodeTitleSummary(record).title;
  } catch (error) {
    if (UNREADABLE.some((code) => isPeregrineError(error, code))) return '';
    throw error;
  }
}
