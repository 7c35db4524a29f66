/**
 * The content of a data page: keys in order, each without the bytes that it shares with the one before, their values,
 * and restart points at which a key stands whole. Layout: docs/formats/part.md.
 */

import { assert, ByteReader, ByteWriter, PeregrineError } from '../base/index.ts';
import { compareKeysAt } from './key-order.ts';

/** Entries from one restart point to the next. */
export const RESTART_INTERVAL = 16;

/** What a data page says of a key. */
export type PageValue =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'tombstone' }
  /** A page of its own holds the value. */
  | {
      readonly kind: 'stored';
      readonly offset: number;
      readonly size_bytes: number;
      readonly value_bytes: number;
    };

export interface PageEntry {
  /** With the tombstone bit set, whatever the value. */
  readonly key: Uint8Array;
  readonly value: PageValue;
}

export class DataPageWriter {
  readonly #keyBytes: number;
  readonly #body = new ByteWriter(20 * 1024);
  readonly #restarts: number[] = [];
  #previous: Uint8Array | undefined;
  #count = 0;

  constructor(keyBytes: number) {
    this.#keyBytes = keyBytes;
  }

  get count(): number {
    return this.#count;
  }

  get size_bytes(): number {
    return this.#body.length + this.#restarts.length * 4 + 8;
  }

  add(key: Uint8Array, value: PageValue): void {
    assert(
      this.#previous === undefined || compareKeysAt(this.#previous, 0, key, 0, this.#keyBytes) < 0,
      'keys are written in order',
    );
    const isRestart = this.#count % RESTART_INTERVAL === 0;
    if (isRestart) this.#restarts.push(this.#body.length);
    const stored = key.slice();
    const last = this.#keyBytes - 1;
    if (value.kind === 'tombstone') stored[last] = (stored[last] as number) & 0xfe;
    const shared = isRestart || this.#previous === undefined ? 0 : sharedBytes(this.#previous, stored, last);
    this.#body.u8(shared).raw(stored.subarray(shared));
    if (value.kind === 'inline') this.#body.varint(value.bytes.length * 2).raw(value.bytes);
    else if (value.kind === 'stored') {
      this.#body
        .varint(value.value_bytes * 2 + 1)
        .varint(value.offset)
        .varint(value.size_bytes);
    }
    this.#previous = key.slice();
    this.#count += 1;
  }

  finish(): Uint8Array {
    for (const restart of this.#restarts) this.#body.u32(restart);
    return this.#body.u32(this.#restarts.length).u32(this.#count).finish();
  }
}

/** Shared bytes of two keys, the last byte never among them: it holds the tombstone bit. */
function sharedBytes(a: Uint8Array, b: Uint8Array, most: number): number {
  let shared = 0;
  while (shared < most && a[shared] === b[shared]) shared += 1;
  return shared;
}

/** Reads a checked page; whatever does not fit together is `CORRUPT` all the same. */
export class DataPage {
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #keyBytes: number;
  readonly #restartCount: number;
  readonly #restartsAt: number;

  constructor(bytes: Uint8Array, keyBytes: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#keyBytes = keyBytes;
    if (bytes.length < 8) throw damaged('it is too short');
    this.count = this.#view.getUint32(bytes.length - 4, true);
    this.#restartCount = this.#view.getUint32(bytes.length - 8, true);
    this.#restartsAt = bytes.length - 8 - this.#restartCount * 4;
    if (this.#restartsAt < 0 || this.#restartCount !== Math.ceil(this.count / RESTART_INTERVAL)) {
      throw damaged('its restart points do not fit');
    }
  }

  /** The key's value, or undefined where the page does not hold it. */
  find(key: Uint8Array): PageValue | undefined {
    for (const entry of this.entries(key)) {
      return compareKeysAt(entry.key, 0, key, 0, this.#keyBytes) === 0 ? entry.value : undefined;
    }
    return undefined;
  }

  /** Entries in order, from the first one that is not below `start`. Keys are copies, values views. */
  *entries(start?: Uint8Array): Generator<PageEntry> {
    const firstRestart = start === undefined ? 0 : this.#restartBefore(start);
    if (firstRestart >= this.#restartCount) return;
    const reader = new ByteReader(this.#bytes.subarray(0, this.#restartsAt), this.#restart(firstRestart));
    const keyBytes = this.#keyBytes;
    const last = keyBytes - 1;
    const key = new Uint8Array(keyBytes);
    for (let left = this.count - firstRestart * RESTART_INTERVAL; left > 0; left--) {
      const shared = reader.u8();
      if (shared > last) throw damaged('a key shares too much');
      key.set(reader.raw(keyBytes - shared), shared);
      const isTombstone = ((key[last] as number) & 1) === 0;
      key[last] = (key[last] as number) | 1;
      const value = isTombstone ? TOMBSTONE : readValue(reader);
      if (start === undefined || compareKeysAt(key, 0, start, 0, keyBytes) >= 0)
        yield { key: key.slice(), value };
    }
  }

  /** The last restart point whose key is not above `key`; 0 where all are. */
  #restartBefore(key: Uint8Array): number {
    let low = 0;
    let high = this.#restartCount;
    const last = this.#keyBytes - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Behind the count of shared bytes, which is 0 here, the key stands whole; its tombstone bit may be clear.
      const at = this.#restart(middle) + 1;
      let order = compareKeysAt(this.#bytes, at, key, 0, last);
      if (order === 0) order = ((this.#bytes[at + last] as number) | 1) - (key[last] as number);
      if (order <= 0) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #restart(index: number): number {
    const offset = this.#view.getUint32(this.#restartsAt + index * 4, true);
    if (offset + this.#keyBytes >= this.#restartsAt) throw damaged('a restart point lies outside');
    return offset;
  }
}

const TOMBSTONE: PageValue = { kind: 'tombstone' };

function readValue(reader: ByteReader): PageValue {
  const tag = reader.varint();
  const value_bytes = Math.floor(tag / 2);
  if (tag % 2 === 0) return { kind: 'inline', bytes: reader.raw(value_bytes) };
  return { kind: 'stored', value_bytes, offset: reader.varint(), size_bytes: reader.varint() };
}

function damaged(why: string): PeregrineError {
  return new PeregrineError('CORRUPT', `A data page makes no sense: ${why}.`);
}
