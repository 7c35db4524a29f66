/** How far the rebuild of a collection's index is in a shard: a record beside the documents that it has indexed. */

import {
  type CollectionId,
  type DocId,
  must,
  PeregrineError,
  type Slot,
  toCollectionId,
} from '../base/index.ts';
import { KeyReader, KeyWriter, type RecordOperation, type Store } from '../storage/index.ts';
import { MetaKind } from './meta-kinds.ts';

const VERSION = 1;
const VALUE_BYTES = 16;
const DONE_FLAG = 1;

export class RebuildMark {
  readonly #store: Store;
  readonly #key: Uint8Array;
  /** An earlier rebuild left it. */
  readonly wasThere: boolean;
  /** The last document that was indexed; −1: none. */
  readonly after: number;
  /** The shard was finished. */
  readonly isDone: boolean;

  private constructor(store: Store, key: Uint8Array, value: Uint8Array | undefined) {
    this.#store = store;
    this.#key = key;
    this.wasThere = value !== undefined;
    const { after, isDone } = value === undefined ? { after: -1, isDone: false } : decode(value);
    this.after = after;
    this.isDone = isDone;
  }

  static async open(store: Store, slots: readonly Slot[], collection: CollectionId): Promise<RebuildMark> {
    const key = markKey(slots, collection);
    return new RebuildMark(store, key, await store.get('meta', key));
  }

  /** Collections with an unfinished rebuild in a shard. */
  static async collections(store: Store, slots: readonly Slot[]): Promise<readonly CollectionId[]> {
    const start = markKey(slots, toCollectionId(0));
    const end = markKey(slots, toCollectionId(0xffff_ffff));
    const found: CollectionId[] = [];
    for await (const { key } of store.scan({ database: 'meta', start, end })) {
      const reader = new KeyReader(key);
      if (reader.u8() === MetaKind.rebuild) found.push(reader.collection);
    }
    return found;
  }

  /** The record that says that all documents up to this one are done: goes into the batch of their forms. */
  upTo(docId: DocId): RecordOperation {
    return { database: 'meta', key: this.#key, value: encode(docId, false) };
  }

  async done(): Promise<void> {
    const record = { database: 'meta', key: this.#key, value: encode(-1, true) } as const;
    await this.#store.append({ records: [record] });
  }

  async remove(): Promise<void> {
    await this.#store.append({ records: [{ database: 'meta', key: this.#key, value: undefined }] });
  }
}

function markKey(slots: readonly Slot[], collection: CollectionId): Uint8Array {
  const first = must(slots[0], 'a slot of a shard');
  return new KeyWriter('meta', first, collection).u8(MetaKind.rebuild).finish();
}

function encode(after: number, isDone: boolean): Uint8Array {
  const value = new Uint8Array(VALUE_BYTES);
  const view = new DataView(value.buffer);
  value[0] = VERSION;
  value[1] = isDone ? DONE_FLAG : 0;
  view.setFloat64(8, after, true);
  return value;
}

function decode(value: Uint8Array): { after: number; isDone: boolean } {
  if (value[0] !== VERSION || value.length !== VALUE_BYTES) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `The mark of a rebuild is of version ${value[0]}; this program reads version ${VERSION}.`,
    );
  }
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  return { after: view.getFloat64(8, true), isDone: value[1] === DONE_FLAG };
}
