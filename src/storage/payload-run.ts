/** The payloads for derived states as they stand side by side in a batch, taken one by one or many together: docs/formats/log.md. */

import { ByteReader, PeregrineError } from '../base/index.ts';
import type { DerivedOperation } from './batch.ts';
import type { DerivedPayloads } from './derived-state.ts';

export class PayloadRun implements DerivedPayloads {
  readonly bytes: Uint8Array;
  #at: number;
  #left: number;

  /** Of the encoded batch `bytes`, those that begin at `offset`. `CORRUPT`. */
  constructor(bytes: Uint8Array, offset: number) {
    this.bytes = bytes;
    const reader = new ByteReader(bytes, offset);
    this.#left = reader.varint();
    this.#at = reader.offset;
    this.#checkEnd();
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#left;
  }

  /** The number of the state that the next one is for. */
  get state(): number {
    return new ByteReader(this.bytes, this.#at).varint();
  }

  /** The next one, as a view. */
  take(): DerivedOperation {
    const reader = new ByteReader(this.bytes, this.#at);
    const operation = { state: reader.varint(), payload: reader.blob() };
    this.moveTo(reader.offset, 1);
    return operation;
  }

  moveTo(at: number, taken: number): void {
    this.#at = at;
    this.#left -= taken;
    this.#checkEnd();
  }

  #checkEnd(): void {
    if (this.#left > 0 || this.#at === this.bytes.length) return;
    throw new PeregrineError('CORRUPT', 'A batch in the log has bytes behind its end.', { offset: this.#at });
  }
}
