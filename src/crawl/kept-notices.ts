/** Pages that sites told of and that were not asked for yet, kept over restarts: docs/formats/crawl-records.md, "Notices". */

import { ByteReader, ByteWriter, type Clock, type CollectionId, toSlot } from '../base/index.ts';
import type { Shards, Store } from '../storage/index.ts';
import { noticeKey, noticeRange } from './crawl-keys.ts';
import { deleteRange } from './skip-scan.ts';

const VERSION = 1;
/** At most 2,048 characters each: below the megabyte that a message between hosts may have. */
const URLS_A_RECORD = 400;

export class KeptNotices {
  readonly #shards: Shards;
  readonly #clock: Clock;
  #last = 0;

  constructor(shards: Shards, clock: Clock) {
    this.#shards = shards;
    this.#clock = clock;
  }

  /** Resolves when they are durable, with the keys of their records. */
  async add(collection: CollectionId, urls: readonly string[]): Promise<readonly Uint8Array[]> {
    const keys: Uint8Array[] = [];
    for (let at = 0; at < urls.length; at += URLS_A_RECORD) {
      const some = urls.slice(at, at + URLS_A_RECORD);
      const writer = new ByteWriter().u8(VERSION).varint(some.length);
      for (const url of some) writer.text(url);
      // No two records of one time: those of an earlier process are older.
      this.#last = Math.max(this.#last + 1, this.#clock.now() * 1_000);
      const key = noticeKey(collection, BigInt(Math.floor(this.#last)));
      await this.#store.append({ records: [{ database: 'meta', key, value: writer.finish() }] });
      keys.push(key);
    }
    return keys;
  }

  /** Everything that is kept of a collection, oldest first; what a newer program wrote is left out. */
  async *all(collection: CollectionId): AsyncGenerator<{ key: Uint8Array; urls: readonly string[] }> {
    for await (const { key, value } of this.#store.scan({ database: 'meta', ...noticeRange(collection) })) {
      const reader = new ByteReader(value);
      if (reader.u8() !== VERSION) continue;
      yield { key: key.slice(), urls: Array.from({ length: reader.varint() }, () => reader.text()) };
    }
  }

  async remove(keys: readonly Uint8Array[]): Promise<void> {
    if (keys.length === 0) return;
    const records = keys.map((key) => ({ database: 'meta', key, value: undefined }) as const);
    await this.#store.append({ records });
  }

  async forget(collection: CollectionId): Promise<void> {
    await deleteRange(this.#store, 'meta', noticeRange(collection));
  }

  /** Beside the jobs. */
  get #store(): Store {
    return this.#shards.of(toSlot(0));
  }
}
