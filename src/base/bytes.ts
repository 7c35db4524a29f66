/** Byte codecs: a growing writer and a bounds-checked reader. Integers are little-endian unless the name says otherwise. */

import { PeregrineError } from './errors.ts';

// A byte order mark inside a stored text is a character like any other.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes that a UTF-16 unit takes in UTF-8 at most. */
const MAX_UNIT_BYTES = 3;

export class ByteWriter {
  #bytes: Buffer;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = roomFor(capacity);
    this.#view = viewOf(this.#bytes);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    // First the room: making it may put another array in the place of this one.
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  f64(value: number): this {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  /** Unsigned LEB128; any whole number from 0 to 2⁵³ − 1. */
  varint(value: number): this {
    let rest = value;
    while (rest > 127) {
      this.u8((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    return this.u8(rest);
  }

  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Length as varint, then the bytes. */
  blob(bytes: Uint8Array): this {
    return this.varint(bytes.length).raw(bytes);
  }

  /**
   * Length of the UTF-8 bytes as varint, then the bytes. Lone surrogates become U+FFFD. By the encoder, however short: texts
   * come as slices, joined ones and names, and a loop over their letters asks for each letter which of these it is.
   */
  text(text: string): this {
    // The length stands before what it is the length of: its size is guessed, and the text moved where it is another.
    const guess = varintSize(text.length);
    const room = text.length * MAX_UNIT_BYTES;
    const at = this.#reserve(guess + 1 + room);
    const length = this.#bytes.write(text, at + guess, room, 'utf8');
    const size = varintSize(length);
    if (size !== guess) this.#bytes.copyWithin(at + size, at + guess, at + guess + length);
    this.#length = at;
    this.varint(length);
    this.#length += length;
    return this;
  }

  /** Overwrites four bytes written before. */
  patchU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.written());
  }

  /** What was written, where it stands: for who has asked for no more room than that takes, and writes no more. */
  handOver(): Uint8Array {
    const { buffer, byteOffset } = this.#bytes;
    return new Uint8Array(buffer, byteOffset, this.#length);
  }

  /** What was written, where it stands: good until more is. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Begins anew, in the room that there is. */
  clear(): void {
    this.#length = 0;
  }

  #reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const grown = roomFor(Math.max(at + count, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = viewOf(grown);
    }
    this.#length = at + count;
    return at;
  }
}

/** Not cleared: of what stands there only what was written is ever looked at. */
function roomFor(size_bytes: number): Buffer {
  return Buffer.allocUnsafe(size_bytes);
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes of the LEB128 of a number below 2⁵³. */
function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Reads what {@link ByteWriter} wrote; running out of bytes is a `CORRUPT` error, never garbage. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
      if (scale > 2 ** 49) throw this.#corrupt('a number is longer than 53 bits');
    }
    if (value > Number.MAX_SAFE_INTEGER) throw this.#corrupt('a number is longer than 53 bits');
    return value;
  }

  /** A view, not a copy. */
  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  blob(): Uint8Array {
    return this.raw(this.varint());
  }

  skip(count: number): void {
    this.#take(count);
  }

  /** Passes over a text, whatever it is. */
  skipText(): this {
    this.#take(this.varint());
    return this;
  }

  text(): string {
    const bytes = this.blob();
    try {
      return decoder.decode(bytes);
    } catch (error) {
      throw new PeregrineError(
        'CORRUPT',
        'A stored text is not valid UTF-8.',
        { offset: this.#offset },
        error,
      );
    }
  }

  #take(count: number): number {
    const at = this.#offset;
    if (count < 0 || at + count > this.#bytes.length) throw this.#corrupt('it ends too early');
    this.#offset = at + count;
    return at;
  }

  #corrupt(why: string): PeregrineError {
    return new PeregrineError('CORRUPT', `A stored structure can't be read: ${why}.`, {
      offset: this.#offset,
      size_bytes: this.#bytes.length,
    });
  }
}

/** Order of two byte strings, as memcmp: negative, zero or positive. Not for hot loops. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
