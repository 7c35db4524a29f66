/** A file of the log: written from front to back, used again under a new generation. Layout: docs/formats/log.md. */

import { assert, hash64, PeregrineError } from '../base/index.ts';
import type { Disk, DiskFile } from '../disk/index.ts';

export const SEGMENT_HEADER_BYTES = 64;
/** Those of version 1 vouched for all before them. */
export const SEGMENT_VERSION = 2;
const MAGIC = 0x474f4c50; // 'PLOG'
const AT_UNVOUCHED = 40;
const AT_CHECKSUM = 56;

export interface SegmentHeader {
  /** Random number of the store: a segment of another store is none of ours. */
  readonly storeId: bigint;
  readonly epoch: number;
  /** Grows with every use of a file as a segment; never given twice. From 1. */
  readonly generation: number;
  /** Of older generations only what lies below this sequence counts. */
  readonly firstSeq: number;
  /** So many right below it were not known to be durable when this was written. */
  readonly unvouched: number;
}

/** What the header of a new segment says, but for what its log knows. */
export interface SegmentBeginning {
  readonly firstSeq: number;
  /** {@link SegmentHeader.unvouched}; default 0. */
  readonly unvouched?: number;
}

/** A segment file known by name, with its header where it has one. */
export interface SegmentFile {
  readonly path: string;
  readonly size_bytes: number;
  readonly header: SegmentHeader | undefined;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, SEGMENT_VERSION, true);
  view.setBigUint64(8, header.storeId, true);
  view.setBigUint64(16, BigInt(header.epoch), true);
  view.setUint32(24, header.generation, true);
  view.setBigUint64(32, BigInt(header.firstSeq), true);
  view.setBigUint64(AT_UNVOUCHED, BigInt(header.unvouched), true);
  view.setBigUint64(AT_CHECKSUM, hash64(bytes.subarray(0, AT_CHECKSUM)), true);
  return bytes;
}

/** Undefined where no valid header stands. `UNSUPPORTED_VERSION` for a valid one of a later version. */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | undefined {
  if (bytes.length < SEGMENT_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (view.getUint32(0, true) !== MAGIC) return undefined;
  if (view.getBigUint64(AT_CHECKSUM, true) !== hash64(bytes.subarray(0, AT_CHECKSUM))) return undefined;
  const version = view.getUint16(4, true);
  if (version < 1 || version > SEGMENT_VERSION) {
    throw new PeregrineError(
      'UNSUPPORTED_VERSION',
      `A log segment is of version ${version}; this program knows those up to ${SEGMENT_VERSION}.`,
      { version },
    );
  }
  return {
    storeId: view.getBigUint64(8, true),
    epoch: Number(view.getBigUint64(16, true)),
    generation: view.getUint32(24, true),
    firstSeq: Number(view.getBigUint64(32, true)),
    unvouched: Number(view.getBigUint64(AT_UNVOUCHED, true)),
  };
}

export function segmentName(number: number): string {
  return `${String(number).padStart(8, '0')}.log`;
}

/** The number in a segment's name, or undefined for any other name. */
export function segmentNumber(name: string): number | undefined {
  const match = /^(\d{8,})\.log$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

const SETTLED = Promise.resolve();

/** A segment that is being written. It holds the place of the next frame; a failed write or sync ends its life. */
export class OpenSegment {
  readonly file: DiskFile;
  readonly header: SegmentHeader;
  readonly size_bytes: number;
  #offset = SEGMENT_HEADER_BYTES;
  /** Ends when a header that the system has is durable, and its file's name. */
  #settling: Promise<void> | undefined;
  #flaw: unknown;

  private constructor(file: DiskFile, header: SegmentHeader, size_bytes: number) {
    this.file = file;
    this.header = header;
    this.size_bytes = size_bytes;
  }

  /**
   * Makes a file of `size_bytes`, or takes `spare`; nothing of it counts before {@link writeHeader}. Only where writes are
   * made durable one by one must its space be there before: else zeros would be written for nothing.
   */
  static async prepare(
    disk: Disk,
    path: string,
    header: SegmentHeader,
    size_bytes: number,
    spare_bytes: number | undefined,
    isDurable: boolean,
  ): Promise<OpenSegment> {
    const file = await disk.open(path, spare_bytes === undefined ? 'create' : 'write');
    try {
      if (spare_bytes === undefined || spare_bytes < size_bytes) {
        if (isDurable) {
          await file.allocate(size_bytes);
          await file.sync();
        } else {
          await file.truncate(size_bytes);
        }
      }
    } catch (error) {
      await file.close().catch(() => undefined);
      if (spare_bytes === undefined) await disk.remove(path).catch(() => undefined);
      throw error;
    }
    return new OpenSegment(file, header, Math.max(size_bytes, spare_bytes ?? 0));
  }

  get free_bytes(): number {
    return this.size_bytes - this.#offset;
  }

  /**
   * Makes it a segment of the log, durably; frames written before count from now on. Where the system's word is enough for
   * those, too: what a header takes back must not come again once an earlier header, which took it back as well, has gone.
   */
  async writeHeader(): Promise<void> {
    // Not all of the file: what another life of it has left unsynced would be written out for nothing.
    await this.file.writeDurably(encodeSegmentHeader(this.header), 0);
  }

  /**
   * The same where the system's word is enough for what it begins: at once for it, and durable some time later, as
   * `syncName` then makes the name. Until {@link settled} no header before it may go.
   */
  writeHeaderNow(syncName: () => Promise<void>): void {
    const bytes = encodeSegmentHeader(this.header);
    this.file.writeSync(bytes, 0);
    const settle = async (): Promise<void> => {
      await this.file.writeDurably(bytes, 0);
      await syncName();
    };
    this.#settling = settle();
    this.#settling.catch((error: unknown) => {
      this.#flaw = error;
    });
  }

  /** Waits until header and name are durable. Fails as that failed: then the log can't go on here. */
  settled(): Promise<void> {
    return this.#settling ?? SETTLED;
  }

  /** Throws where {@link settled} has failed. */
  checkSettling(): void {
    if (this.#flaw !== undefined) throw this.#flaw;
  }

  /** Appends whole frames, durably unless it is said otherwise. More may be appended before it is done. */
  async write(frames: Uint8Array, isDurable = true): Promise<void> {
    const offset = this.#take(frames);
    if (isDurable) await this.file.writeDurably(frames, offset);
    else await this.file.write(frames, offset);
  }

  /** The same, while the thread waits. */
  writeNow(frames: Uint8Array, isDurable: boolean): void {
    const offset = this.#take(frames);
    if (isDurable) this.file.writeDurablySync(frames, offset);
    else this.file.writeSync(frames, offset);
  }

  #take(frames: Uint8Array): number {
    assert(frames.length <= this.free_bytes, 'frames fit their segment');
    const offset = this.#offset;
    this.#offset += frames.length;
    return offset;
  }
}

/** A segment that is not written any more, with the sequence at which it can go. */
export interface SealedSegment {
  readonly path: string;
  readonly size_bytes: number;
  readonly lastSeq: number;
}

/** Makes durable what the system alone has of such segments; their headers and names are durable already. */
export async function syncSealed(disk: Disk, segments: readonly SealedSegment[]): Promise<void> {
  for (const { path } of segments) {
    const file = await disk.open(path, 'write');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
