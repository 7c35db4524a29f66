/**
 * A memtable as the data pages of a part, made by a kernel where it stands. A value that is too long for a page with others is
 * given out, to be written first; then the page that leads to it is gone on with.
 */

import { ByteWriter } from '../base/index.ts';
import { BUCKET_CAPACITY, BUCKET_KEYS, MAX_STORED_BYTES } from './kernels/layout.ts';
import type { MemtableMemory, MemtablePlace } from './memtable-memory.ts';
import type { PagePlace } from './page.ts';
import type { FramedPages, PageSink, SinkAim } from './page-sink.ts';

export type PagesOrValue =
  | { readonly kind: 'pages'; readonly pages: FramedPages }
  /** A view: good for as long as the memtable lives. */
  | { readonly kind: 'value'; readonly bytes: Uint8Array };

export class MemtablePages {
  readonly #memory: MemtableMemory;
  readonly #table: number;
  readonly #keyBytes: number;
  readonly #dropTombstones: boolean;
  readonly #sink: PageSink;
  readonly #at: MemtablePlace = { place: 0, at: 0, isLong: false, isOnPage: false };
  /** The value that comes next is long, and was not put anywhere. */
  #hasLong = false;

  constructor(
    memory: MemtableMemory,
    table: number,
    keyBytes: number,
    dropTombstones: boolean,
    compresses: boolean,
  ) {
    this.#memory = memory;
    this.#table = table;
    this.#keyBytes = keyBytes;
    this.#dropTombstones = dropTombstones;
    this.#sink = memory.pageSink(table, compresses);
  }

  /** Whether a page is begun that belongs to the same part as those before. */
  get isOnPage(): boolean {
    return this.#at.isOnPage;
  }

  /**
   * The next pages, to stand where `aim` says; or a long value, of which {@link moved} must say where it was written, to the same part as
   * what comes next. Undefined at the end.
   */
  next(aim: SinkAim): PagesOrValue | undefined {
    if (!this.#hasLong) {
      const pages = this.#memory.encodePages(this.#table, this.#at, this.#dropTombstones, this.#sink, aim);
      this.#hasLong = this.#at.isLong;
      if (pages !== undefined) return { kind: 'pages', pages };
    }
    return this.#hasLong ? { kind: 'value', bytes: this.#longValue() } : undefined;
  }

  /** The long value that {@link next} gave has a page of its own there. */
  moved(value_bytes: number, { offset, size_bytes }: PagePlace): void {
    const numbers = new ByteWriter(MAX_STORED_BYTES);
    this.#memory.setStored(
      numbers
        .varint(value_bytes * 2 + 1)
        .varint(offset)
        .varint(size_bytes)
        .finish(),
    );
    this.#hasLong = false;
  }

  #longValue(): Uint8Array {
    const { bytes, words } = this.#memory;
    const { place, at } = this.#at;
    const bucket = this.#memory.bucketAt(this.#table, place);
    const capacity = words[(bucket + BUCKET_CAPACITY) >> 2] as number;
    const operationsAt = bucket + BUCKET_KEYS + capacity * this.#keyBytes;
    const operation = words[(operationsAt >> 2) + at] as number;
    const { offset, length } = valueAt(bytes, operation + 1 + this.#keyBytes);
    return bytes.subarray(offset, offset + length);
  }
}

/** Where the value stands whose length stands at `at`, as a varint. */
export function valueAt(bytes: Uint8Array, at: number): { offset: number; length: number } {
  let length = 0;
  let offset = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[offset] as number;
    offset += 1;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { offset, length };
  }
}
