/** Reads ZIP archives, as far as office documents and books need them: bounded, whatever the archive says of itself. */

import { crc32, inflateRawSync } from 'node:zlib';
import { type ErrorFacts, messageOf, PeregrineError } from '../base/index.ts';

export interface ZipLimits {
  /** Files of an archive; more are refused with `TOO_LARGE`. Default 10,000. */
  readonly entries?: number;
  /** Bytes of one file when unpacked. Default 32 MiB. */
  readonly entry_bytes?: number;
  /** Bytes of all files that are read, unpacked. Default 96 MiB. */
  readonly total_bytes?: number;
}

interface ZipEntry {
  readonly method: number;
  readonly flags: number;
  readonly checksum: number;
  readonly packed_bytes: number;
  readonly offset: number;
}

const DEFAULT_ENTRIES = 10_000;
const DEFAULT_ENTRY_BYTES = 33_554_432;
const DEFAULT_TOTAL_BYTES = 100_663_296;

// Signatures and sizes of the records. Source: PKWARE APPNOTE 6.3.10, §4.3.
const LOCAL_SIGNATURE = 0x0403_4b50;
const LOCAL_BYTES = 30;
const DIRECTORY_SIGNATURE = 0x0201_4b50;
const DIRECTORY_BYTES = 46;
const END_SIGNATURE = 0x0605_4b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;

export class ZipArchive {
  readonly #bytes: Buffer;
  readonly #facts: ErrorFacts;
  readonly #entries = new Map<string, ZipEntry>();
  readonly #entryLimit: number;
  #left: number;

  /**
   * Reads the directory. Throws `PARSE_FAILED` for what is no archive, `TOO_LARGE` for too many files; `facts` go into
   * every error.
   */
  constructor(bytes: Uint8Array, limits: ZipLimits = {}, facts: ErrorFacts = {}) {
    this.#facts = facts;
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#entryLimit = limits.entry_bytes ?? DEFAULT_ENTRY_BYTES;
    this.#left = limits.total_bytes ?? DEFAULT_TOTAL_BYTES;
    this.#readDirectory(limits.entries ?? DEFAULT_ENTRIES);
  }

  /** Names of the files, in the order of the directory. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /**
   * Bytes of a file, or undefined where there is none. Throws `TOO_LARGE` when it unpacks to more than may be,
   * `PARSE_FAILED` when it is damaged, encrypted or packed in a way that is not known.
   */
  read(name: string): Uint8Array | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const packed = this.#packed(entry);
    if ((entry.flags & ENCRYPTED) !== 0) throw this.#damaged('it is encrypted');
    const plain = entry.method === STORED ? this.#bounded(packed) : this.#inflate(entry, packed);
    this.#left -= plain.length;
    if (crc32(plain) !== entry.checksum) throw this.#damaged(`the checksum of ${name} is wrong`);
    return plain;
  }

  #packed({ offset, packed_bytes }: ZipEntry): Buffer {
    const bytes = this.#bytes;
    if (offset + LOCAL_BYTES > bytes.length || bytes.readUInt32LE(offset) !== LOCAL_SIGNATURE) {
      throw this.#damaged('a file is not where the directory says');
    }
    const start = offset + LOCAL_BYTES + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
    if (start + packed_bytes > bytes.length) throw this.#damaged('it is cut');
    return bytes.subarray(start, start + packed_bytes);
  }

  #inflate({ method }: ZipEntry, packed: Buffer): Buffer {
    if (method !== DEFLATED) throw this.#damaged(`its method ${method} is not known`);
    const limit = Math.min(this.#entryLimit, this.#left);
    if (limit <= 0) throw this.#tooLarge();
    try {
      return inflateRawSync(packed, { maxOutputLength: limit });
    } catch (error) {
      // What an entry says of its size is not believed: unpacking itself stops at the limit.
      if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw this.#tooLarge();
      throw this.#damaged(messageOf(error));
    }
  }

  #bounded(bytes: Buffer): Buffer {
    if (bytes.length > Math.min(this.#entryLimit, this.#left)) throw this.#tooLarge();
    return bytes;
  }

  #readDirectory(limit: number): void {
    const bytes = this.#bytes;
    const end = endOfDirectory(bytes);
    if (end < 0) throw this.#damaged('it has no directory');
    const count = bytes.readUInt16LE(end + 10);
    if (count > limit) {
      throw new PeregrineError('TOO_LARGE', 'The archive holds more files than are read.', {
        ...this.#facts,
        count,
        limit,
      });
    }
    let at = bytes.readUInt32LE(end + 16);
    for (let i = 0; i < count; i++) {
      if (at + DIRECTORY_BYTES > end || bytes.readUInt32LE(at) !== DIRECTORY_SIGNATURE) {
        throw this.#damaged('its directory is cut');
      }
      const nameEnd = at + DIRECTORY_BYTES + bytes.readUInt16LE(at + 28);
      const name = bytes.toString('utf8', at + DIRECTORY_BYTES, Math.min(nameEnd, end));
      // The first of a name counts: a second one is somebody's trick.
      if (!this.#entries.has(name)) {
        this.#entries.set(name, {
          flags: bytes.readUInt16LE(at + 8),
          method: bytes.readUInt16LE(at + 10),
          checksum: bytes.readUInt32LE(at + 16),
          packed_bytes: bytes.readUInt32LE(at + 20),
          offset: bytes.readUInt32LE(at + 42),
        });
      }
      at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    }
  }

  #damaged(why: string): PeregrineError {
    return new PeregrineError('PARSE_FAILED', `The archive can't be read: ${why}.`, this.#facts);
  }

  #tooLarge(): PeregrineError {
    return new PeregrineError('TOO_LARGE', 'The archive unpacks to more than is read.', {
      ...this.#facts,
      limit: this.#entryLimit,
    });
  }
}

/** Where the record stands that ends an archive, or -1; a comment may follow it. */
function endOfDirectory(bytes: Buffer): number {
  const last = bytes.length - END_BYTES;
  for (let at = last; at >= Math.max(0, last - MAX_COMMENT_BYTES); at--) {
    if (bytes.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  return -1;
}
