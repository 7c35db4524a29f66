/** Reads a response's body: undone of its transport compression, never larger than asked, whatever the sender says. */

import { PeregrineError } from '../base/index.ts';
import { Duplex, pipeline, Readable } from 'node:stream';
import zlib from 'node:zlib';

export interface BodyLimits {
  /** Most bytes after decompression. */
  readonly max_bytes: number;
  /** What happens beyond: the body is refused with `TOO_LARGE`, or cut there. */
  readonly overflow: 'refuse' | 'cut';
}

export interface Body {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

/** What this runtime can decompress, as `Accept-Encoding` says it. zstd came with Node 22.15. */
export const ACCEPT_ENCODING: string =
  typeof zlib.createZstdDecompress === 'function' ? 'gzip, br, zstd, deflate' : 'gzip, br, deflate';
/** Encodings that may be stacked; real servers use one. */
const MAX_ENCODINGS = 2;

/** The whole body, or `TOO_LARGE`, or `FETCH_FAILED` where the encoding is unknown or its data broken. */
export async function readBody(source: Readable, contentEncoding: string, limits: BodyLimits): Promise<Body> {
  const decoders = decodersOf(contentEncoding);
  // The callback swallows the error: the loop below meets the same one.
  const stream = decoders.length === 0 ? source : pipeline([source, ...decoders], () => undefined);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let truncated = false;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    const room = limits.max_bytes - size;
    if (chunk.length > room) {
      if (limits.overflow === 'refuse') throw tooLarge(limits.max_bytes);
      truncated = true;
      chunks.push(chunk.subarray(0, room));
      size += room;
      // Leaving the loop destroys the stream and, through the pipeline, the connection.
      break;
    }
    chunks.push(chunk);
    size += chunk.length;
  }
  return { bytes: concatenate(chunks, size), truncated };
}

export function tooLarge(limit_bytes: number): PeregrineError {
  return new PeregrineError('TOO_LARGE', `The page is larger than ${limit_bytes} bytes.`, { limit_bytes });
}

function concatenate(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** In the order in which they must be undone: the last one applied first. */
function decodersOf(contentEncoding: string): Duplex[] {
  const names = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > MAX_ENCODINGS) {
    throw new PeregrineError('FETCH_FAILED', `The answer is compressed ${names.length} times over.`);
  }
  return names.reverse().map(decoderOf);
}

function decoderOf(name: string): Duplex {
  switch (name) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'deflate':
      return Duplex.from(inflateEither);
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      if (typeof zlib.createZstdDecompress === 'function') return zlib.createZstdDecompress();
      break;
    default:
  }
  throw new PeregrineError('FETCH_FAILED', `The answer is compressed as "${name}", which nobody asked for.`);
}

/** "deflate" means zlib's format (RFC 9110 §8.4.1.2), but some servers send the bare one: the first byte tells. */
async function* inflateEither(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const isZlib = ((first.value[0] ?? 0) & 0x0f) === 8;
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield first.value;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  };
  const decoder = isZlib ? zlib.createInflate() : zlib.createInflateRaw();
  yield* pipeline(Readable.from(all()), decoder, () => undefined) as AsyncIterable<Uint8Array>;
}
