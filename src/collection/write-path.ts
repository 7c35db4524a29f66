/**
 * The way of a document into its home shard: an id from its URL, one batch of title record, analysed form and links,
 * and an outbox record for the links that other shards own. Durable when it resolves.
 */

import { type CollectionId, type DocId, type Slot, slotOfDocId } from '../base/index.ts';
import {
  analyseRecord,
  type BuiltDocument,
  decodeTitleRecord,
  decodeTitleSummary,
  type Link,
} from '../document/index.ts';
import { encodeIndexOperation, INDEX_STATE } from '../index/index.ts';
import {
  type Batch,
  type DerivedOperation,
  KeyReader,
  type OutboxSender,
  outboxRecords,
  type RecordOperation,
  type SequencedReads,
  type Shards,
  type Store,
} from '../storage/index.ts';
import { findPlace, proposedDocId, removalOf, titleKey, type TitleRead } from './document-chain.ts';
import { decodeInbound, inboundKey } from './inbound-record.ts';
import { linkOperations } from './link-records.ts';
import { sequenceToken } from './seen-sequences.ts';

/** The URL that a title record is of. */
export const urlOfRecord = (record: Uint8Array): string => decodeTitleSummary(record).url;

const linksOf = (record: Uint8Array): readonly Link[] => decodeTitleRecord(record, { raw: false }).links;

export class WritePath {
  readonly #shards: Shards;
  readonly #outbox: OutboxSender;

  constructor(shards: Shards, outbox: OutboxSender) {
    this.#shards = shards;
    this.#outbox = outbox;
  }

  /** Stores and indexes a document, replacing the one of the same URL. `seq`: see {@link sequenceToken}. */
  async put(
    collection: CollectionId,
    built: BuiltDocument,
  ): Promise<{ readonly docId: DocId; readonly seq: string }> {
    let docId = proposedDocId(built.url);
    const home = this.#shards.of(slotOfDocId(docId));
    const seq = await home.sequence(async (reads) => {
      const place = await findPlace(collection, built.url, titleRead(reads), urlOfRecord);
      docId = place.docId;
      const before = place.record === undefined ? [] : linksOf(place.record);
      const derived: DerivedOperation[] = [];
      const analysed = await this.#withInbound(collection, docId, built, reads);
      if (analysed !== undefined) {
        derived.push(indexPut(collection, docId, analysed));
      } else if (place.record !== undefined) {
        derived.push(indexDelete(collection, docId));
      }
      const title: RecordOperation = {
        database: 'titles',
        key: titleKey(collection, docId),
        value: built.titleRecord,
      };
      const links = linkOperations(collection, { docId, url: built.url }, before, built.links);
      return this.#batch(home, collection, docId, reads, [title], links, derived);
    });
    this.#outbox.wake(home);
    return { docId, seq: sequenceToken(home.shard, seq ?? 0) };
  }

  /** Removes a URL's document and its links; false where there was none. */
  async remove(collection: CollectionId, url: string): Promise<boolean> {
    const proposed = proposedDocId(url);
    const home = this.#shards.of(slotOfDocId(proposed));
    const seq = await home.sequence(async (reads) => {
      const read = titleRead(reads);
      const place = await findPlace(collection, url, read, urlOfRecord);
      if (place.record === undefined) return null;
      const title = await removalOf(collection, place.docId, read);
      const links = linkOperations(collection, { docId: place.docId, url }, linksOf(place.record), []);
      const inbound = {
        database: 'meta',
        key: inboundKey(collection, place.docId),
        value: undefined,
      } as const;
      return this.#batch(home, collection, place.docId, reads, [title, inbound], links, [
        indexDelete(collection, place.docId),
      ]);
    });
    if (seq !== null) this.#outbox.wake(home);
    return seq !== null;
  }

  /** The form to be indexed: with what is known of the document from the links to it. */
  async #withInbound(
    collection: CollectionId,
    docId: DocId,
    built: BuiltDocument,
    reads: SequencedReads,
  ): Promise<Uint8Array | undefined> {
    const record = await reads.get('meta', inboundKey(collection, docId));
    return record === undefined ? built.analysed : analyseRecord(built.titleRecord, decodeInbound(record));
  }

  /** One batch: what the home shard owns goes in as it is, what others own as outbox records. */
  #batch(
    home: Store,
    collection: CollectionId,
    docId: DocId,
    reads: SequencedReads,
    own: readonly RecordOperation[],
    links: readonly RecordOperation[],
    derived: readonly DerivedOperation[],
  ): Batch {
    const records = [...own];
    const elsewhere = new Map<Store, { target: Slot; records: RecordOperation[] }>();
    for (const operation of links) {
      const target = new KeyReader(operation.key).slot;
      const owner = this.#shards.of(target);
      if (owner === home) records.push(operation);
      else {
        const effects = elsewhere.get(owner) ?? { target, records: [] };
        effects.records.push(operation);
        elsewhere.set(owner, effects);
      }
    }
    records.push(...outboxRecords(collection, docId, reads.seq, [...elsewhere.values()]));
    return { records, derived };
  }
}

function titleRead(reads: SequencedReads): TitleRead {
  return (key) => reads.get('titles', key);
}

function indexPut(collection: CollectionId, docId: DocId, document: Uint8Array): DerivedOperation {
  return { state: INDEX_STATE, payload: encodeIndexOperation({ kind: 'put', collection, docId, document }) };
}

function indexDelete(collection: CollectionId, docId: DocId): DerivedOperation {
  return { state: INDEX_STATE, payload: encodeIndexOperation({ kind: 'delete', collection, docId }) };
}
