/**
 * The batch of one document: title record, links and analysed document, written as the bytes that the log holds. What the home
 * shard owns goes in as it is, what others own as outbox records.
 */

import type { CollectionId, DocId, Seq, Slot } from '../base/index.ts';
import type { Link } from '../document/index.ts';
import { borrowPutHead, encodeIndexOperation, INDEX_STATE } from '../index/index.ts';
import {
  BatchWriter,
  outboxRecords,
  type RecordOperation,
  type Shards,
  type Store,
} from '../storage/index.ts';
import { changeLinks } from './link-records.ts';

/** What a link takes in a batch, about. */
const LINK_BYTES = 96;
const HEAD_BYTES = 256;
const NOTHING = new Uint8Array(0);

/** What is expected to come. */
export interface ExpectedBatch {
  readonly records_bytes?: number | undefined;
  readonly links?: number | undefined;
  readonly analysed_bytes?: number | undefined;
}

/** Whose batch it is. */
export interface DocumentPlace {
  readonly collection: CollectionId;
  readonly docId: DocId;
  readonly url: string;
}

/** Records of links that one other shard owns. */
interface Elsewhere {
  readonly target: Slot;
  readonly records: RecordOperation[];
}

export class DocumentBatch {
  readonly #shards: Shards;
  readonly #home: Store;
  readonly #place: DocumentPlace;
  readonly #writer: BatchWriter;
  /** Undefined while no other shard has to do anything. */
  #elsewhere: Map<Store, Elsewhere> | undefined;

  constructor(
    shards: Shards,
    home: Store,
    place: DocumentPlace,
    { records_bytes = 0, links = 0, analysed_bytes = 0 }: ExpectedBatch,
  ) {
    this.#shards = shards;
    this.#home = home;
    this.#place = place;
    this.#writer = new BatchWriter(
      HEAD_BYTES + records_bytes + links * LINK_BYTES,
      analysed_bytes === 0 ? 0 : HEAD_BYTES + analysed_bytes,
    );
  }

  /** A record that the home shard owns. */
  add({ database, key, value }: RecordOperation): this {
    if (value === undefined) this.#writer.delete(database, key);
    else this.#writer.put(database, key, value);
    return this;
  }

  links(before: readonly Link[], after: readonly Link[]): this {
    changeLinks(this.#place.collection, this.#place, before, after, this.#addLink);
    return this;
  }

  index(analysed: Uint8Array): this {
    const { collection, docId } = this.#place;
    this.#writer.derive(INDEX_STATE, borrowPutHead(collection, docId), analysed);
    return this;
  }

  unindex(): this {
    const { collection, docId } = this.#place;
    this.#writer.derive(INDEX_STATE, encodeIndexOperation({ kind: 'delete', collection, docId }), NOTHING);
    return this;
  }

  /** Another shard has something to do: the outbox is to hear of it. */
  get hasEffects(): boolean {
    return this.#elsewhere !== undefined;
  }

  /** `seq`: the number that the batch will have. */
  finish(seq: Seq): BatchWriter {
    if (this.#elsewhere !== undefined) {
      const { collection, docId } = this.#place;
      const effects = [...this.#elsewhere.values()];
      for (const record of outboxRecords(collection, docId, seq, effects)) this.add(record);
    }
    return this.#writer;
  }

  readonly #addLink = (owner: Slot, key: Uint8Array, value: Uint8Array | undefined): void => {
    const store = this.#shards.of(owner);
    if (store === this.#home) {
      this.add({ database: 'links', key, value });
      return;
    }
    this.#elsewhere ??= new Map();
    let effects = this.#elsewhere.get(store);
    if (effects === undefined) this.#elsewhere.set(store, (effects = { target: owner, records: [] }));
    const copy = value === undefined ? undefined : new Uint8Array(value);
    effects.records.push({ database: 'links', key: key.slice(), value: copy });
  };
}
