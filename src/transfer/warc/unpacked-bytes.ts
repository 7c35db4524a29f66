/**
 * Bytes of an archive file, unpacked where they are gzipped. Damage does not end the file: reading goes on at the next
 * gzip member, with a barrier between, so that nobody takes what follows for what went before.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import {
  crc32,
  createGunzip,
  createInflateRaw,
  gunzipSync,
  inflateRawSync,
  type ZlibOptions,
} from 'node:zlib';

import { messageOf } from '../../base/index.ts';

/** A stretch of a file: all of it, or an entry of an archive of archives. */
export interface ByteRegion {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** Packed as zip does it. */
  readonly isDeflated: boolean;
}

export interface ArchiveDamage {
  /** Place in the file as it lies on disk. */
  readonly offset: number;
  readonly size_bytes: number;
  readonly why: string;
}

/** `isMember`: a gzip member begins with it. */
export type UnpackedChunk =
  | { readonly bytes: Uint8Array; readonly isMember?: boolean }
  | { readonly damage: ArchiveDamage };

const MAGIC = [0x1f, 0x8b, 0x08] as const;
const SEARCH_BYTES = 262_144;
/** Packed bytes read at once; a longer member is unpacked in pieces. */
const WINDOW_BYTES = 1_048_576;
/** A member is tried with what is left of the window, down to this. */
const LEAST_BYTES = 4_096;
const SMALL_PIECE_BYTES = 256;
/** Unpacked bytes of a member that are held at once. */
const MAX_WHOLE_BYTES = 16_777_216;
/** Checksum and length behind a member's data. */
const TRAILER_BYTES = 8;
/** Bytes of a member that are unpacked to tell it from three bytes that look like one. */
const PROOF_BYTES = 4_096;

/** Chunks of `region`, in order. Errors of the disk reject. */
export async function* unpackedBytes(region: ByteRegion): AsyncGenerator<UnpackedChunk> {
  if (region.isDeflated) {
    yield* inflated(region);
    return;
  }
  const handle = await open(region.path, 'r');
  try {
    const head = Buffer.alloc(3);
    await handle.read(head, 0, 3, region.start);
    if (MAGIC.some((byte, i) => head[i] !== byte)) {
      for await (const chunk of streamOf(region, region.start)) yield { bytes: chunk as Uint8Array };
      return;
    }
    const window = new FileWindow(handle, region.end);
    for (let at: number | undefined = region.start; at !== undefined;) {
      at = yield* member(region, window, at);
    }
  } finally {
    await handle.close();
  }
}

/** A stretch of the file in memory, from which many members are served. */
class FileWindow {
  readonly handle: FileHandle;
  readonly #end: number;
  #bytes = Buffer.alloc(0);
  #at = 0;

  constructor(handle: FileHandle, end: number) {
    this.handle = handle;
    this.#end = end;
  }

  /** What is there from `at` on: at least `least` bytes, unless the file ends before. */
  async read(at: number, least: number): Promise<Buffer> {
    const from = at - this.#at;
    const isHere = from >= 0 && from <= this.#bytes.length;
    const reachesEnd = this.#at + this.#bytes.length >= this.#end;
    if (!isHere || (this.#bytes.length - from < least && !reachesEnd)) {
      const bytes = Buffer.allocUnsafe(Math.min(Math.max(least, WINDOW_BYTES), this.#end - at));
      const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, at);
      this.#bytes = bytes.subarray(0, bytesRead);
      this.#at = at;
    }
    return this.#bytes.subarray(at - this.#at);
  }
}

/** Unpacks a member; returns where the next one begins, or undefined at the end. */
async function* member(
  region: ByteRegion,
  window: FileWindow,
  start: number,
): AsyncGenerator<UnpackedChunk, number | undefined> {
  let bytes = await window.read(start, LEAST_BYTES);
  let head = gzipHeaderBytes(bytes);
  let consumed: number;
  let why: string;
  if (head === undefined) {
    [consumed, why] = [0, 'bytes follow that are not packed'];
  } else {
    let whole = unpackWhole(bytes.subarray(head));
    if (whole === undefined && bytes.length < WINDOW_BYTES) {
      // It may only reach beyond what is left of the window.
      bytes = await window.read(start, WINDOW_BYTES);
      head = gzipHeaderBytes(bytes) ?? head;
      whole = unpackWhole(bytes.subarray(head));
    }
    if (whole !== undefined) {
      yield { bytes: whole.bytes, isMember: true };
      consumed = head + whole.packed_bytes + TRAILER_BYTES;
      if (bytes.length < consumed) bytes = await window.read(start, consumed);
      const said = bytes.length >= consumed ? bytes.readUInt32LE(consumed - TRAILER_BYTES) : undefined;
      why =
        said === undefined
          ? 'it breaks off'
          : said === crc32(whole.bytes)
            ? ''
            : 'its checksum does not match';
    } else {
      // Too large for one go, or damaged: in small pieces, so that what comes before the damage is not lost.
      const piece_bytes = bytes.length < WINDOW_BYTES / 2 ? SMALL_PIECE_BYTES : WINDOW_BYTES;
      const end = yield* memberInPieces(region, start + head, piece_bytes);
      [consumed, why] = [end.reached - start + (end.why === '' ? TRAILER_BYTES : 0), end.why];
    }
  }
  const reached = Math.min(region.end, start + consumed);
  if (why === '') return reached < region.end ? reached : undefined;
  const next = await findMember(region, window.handle, why.startsWith('its checksum') ? reached : start + 1);
  yield { damage: { offset: reached, size_bytes: Math.max(0, (next ?? region.end) - reached), why } };
  return next;
}

/** A member's data and how long they are packed; undefined where they are too large for one go, or damaged. */
function unpackWhole(packed: Uint8Array): { bytes: Uint8Array; packed_bytes: number } | undefined {
  try {
    // `info` is known to Node and not to its types: it tells how many bytes the stream had.
    const options: ZlibOptions & { info: true } = { maxOutputLength: MAX_WHOLE_BYTES, info: true };
    const { buffer, engine } = inflateRawSync(packed, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { bytes: buffer, packed_bytes: engine.bytesWritten };
  } catch {
    return undefined;
  }
}

async function* memberInPieces(
  region: ByteRegion,
  start: number,
  piece_bytes: number,
): AsyncGenerator<UnpackedChunk, { reached: number; why: string }> {
  const source = streamOf(region, start, piece_bytes);
  const inflate = createInflateRaw();
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  let why = '';
  let isMember = true;
  try {
    for await (const chunk of inflate) {
      yield { bytes: chunk as Uint8Array, isMember };
      isMember = false;
    }
  } catch (error) {
    if (source.errored !== null) throw source.errored;
    why = `it can't be unpacked: ${messageOf(error)}`;
  } finally {
    source.destroy();
    inflate.destroy();
  }
  return { reached: start + inflate.bytesWritten, why };
}

/** RFC 1952 §2.3: bytes before the data, or undefined where no member begins. */
function gzipHeaderBytes(bytes: Buffer): number | undefined {
  if (bytes.length < 18 || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  const flags = bytes[3] ?? 0;
  if (flags > 0x1f) return undefined;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + bytes.readUInt16LE(at);
  for (const text of [8, 16]) {
    if ((flags & text) === 0) continue;
    const zero = bytes.indexOf(0, at);
    if (zero < 0) return undefined;
    at = zero + 1;
  }
  if ((flags & 2) !== 0) at += 2;
  return at < bytes.length ? at : undefined;
}

/** The next place from `from` on at which a member begins. */
async function findMember(
  { end }: ByteRegion,
  handle: FileHandle,
  from: number,
): Promise<number | undefined> {
  const window = Buffer.alloc(SEARCH_BYTES);
  for (let at = from; at < end; at += SEARCH_BYTES - PROOF_BYTES) {
    const { bytesRead } = await handle.read(window, 0, Math.min(SEARCH_BYTES, end - at), at);
    const bytes = window.subarray(0, bytesRead);
    for (let i = bytes.indexOf(MAGIC[0]); i >= 0; i = bytes.indexOf(MAGIC[0], i + 1)) {
      if (
        bytes[i + 1] === MAGIC[1] &&
        bytes[i + 2] === MAGIC[2] &&
        isMember(bytes.subarray(i, i + PROOF_BYTES))
      ) {
        return at + i;
      }
    }
    if (bytesRead < SEARCH_BYTES) return undefined;
  }
  return undefined;
}

function isMember(bytes: Uint8Array): boolean {
  try {
    // Cut short as it is here, it still has to begin well.
    return gunzipSync(bytes, { finishFlush: 2, maxOutputLength: 4_194_304 }).length > 0;
  } catch {
    return false;
  }
}

/** What a zip has packed once more: a zip tool does not know that a gzipped archive stands to gain nothing by it. */
async function* inflated(region: ByteRegion): AsyncGenerator<UnpackedChunk> {
  const source = streamOf(region, region.start);
  const inflate = createInflateRaw();
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  try {
    for await (const bytes of gunzipped(inflate)) yield { bytes };
  } catch (error) {
    if (source.errored !== null) throw source.errored;
    const offset = region.start + inflate.bytesWritten;
    const why = `it can't be unpacked: ${messageOf(error)}`;
    yield { damage: { offset, size_bytes: region.end - offset, why } };
  } finally {
    source.destroy();
    inflate.destroy();
  }
}

/** The bytes as they come, or what is gzipped in them. Damage inside is an error: all behind it is lost with it. */
async function* gunzipped(bytes: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < MAGIC.length) {
    const next = await pieces.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value as Uint8Array]);
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      yield next.value as Uint8Array;
    }
  };
  if (MAGIC.some((byte, i) => head[i] !== byte)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip();
  // An error before it ends the stream, and is met where that is read.
  pipeline(Readable.from(all()), gunzip, () => undefined);
  for await (const piece of gunzip) yield piece as Uint8Array;
}

function streamOf({ path, end }: ByteRegion, start: number, highWaterMark = 65_536): Readable {
  return createReadStream(path, { start, end: Math.max(start, end - 1), highWaterMark });
}
