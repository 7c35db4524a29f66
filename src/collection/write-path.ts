/**
 * The way of a document into its home shard: an id from its URL, one batch of title record, analysed document and links,
 * and an outbox record for the links that other shards own. Durable when it resolves.
 */

import { type CollectionId, type DocId, slotOfDocId } from '../base/index.ts';
import {
  analyseRecord,
  type BuiltDocument,
  decodeTitleRecord,
  decodeTitleSummary,
  type Link,
} from '../document/index.ts';
import type { OutboxSender, SequencedReads, Shards, Store } from '../storage/index.ts';
import { DocumentBatch, type DocumentPlace } from './document-batch.ts';
import { findPlace, proposedDocId, removalOf, titleKey, type TitleRead } from './document-chain.ts';
import { decodeInbound, inboundKey } from './inbound-record.ts';
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
    let hasEffects = false;
    const home = this.#shards.of(slotOfDocId(docId));
    const seq = await home.sequence(async (reads) => {
      const place = await findPlace(collection, built.url, titleRead(reads), urlOfRecord);
      docId = place.docId;
      const analysed = await this.#withInbound(collection, docId, built, reads);
      const { url, titleRecord, links } = built;
      const batch = this.#batch(home, { collection, docId, url }, built);
      batch.add({ database: 'titles', key: titleKey(collection, docId), value: titleRecord });
      batch.links(place.record === undefined ? [] : linksOf(place.record), links);
      if (analysed !== undefined) batch.index(analysed);
      else if (place.record !== undefined) batch.unindex();
      hasEffects = batch.hasEffects;
      return batch.finish(reads.seq);
    });
    if (hasEffects) this.#outbox.wake(home);
    return { docId, seq: sequenceToken(home.shard, seq ?? 0) };
  }

  /** Removes a URL's document and its links; false where there was none. */
  async remove(collection: CollectionId, url: string): Promise<boolean> {
    const home = this.#shards.of(slotOfDocId(proposedDocId(url)));
    let hasEffects = false;
    const seq = await home.sequence(async (reads) => {
      const read = titleRead(reads);
      const place = await findPlace(collection, url, read, urlOfRecord);
      if (place.record === undefined) return null;
      const { docId, record } = place;
      const batch = this.#batch(home, { collection, docId, url });
      batch.add(await removalOf(collection, docId, read));
      batch.add({ database: 'meta', key: inboundKey(collection, docId), value: undefined });
      batch.links(linksOf(record), []).unindex();
      hasEffects = batch.hasEffects;
      return batch.finish(reads.seq);
    });
    if (hasEffects) this.#outbox.wake(home);
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

  #batch(home: Store, place: DocumentPlace, built?: BuiltDocument): DocumentBatch {
    return new DocumentBatch(this.#shards, home, place, {
      records_bytes: built?.titleRecord.length,
      links: built?.links.length,
      analysed_bytes: built?.analysed?.length,
    });
  }
}

function titleRead(reads: SequencedReads): TitleRead {
  return (key) => reads.get('titles', key);
}
