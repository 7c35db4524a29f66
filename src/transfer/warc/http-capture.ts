/** An HTTP answer as an archive holds it: status line, headers, body; chunks and packing undone where they are there. */

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';

import { messageOf } from '../../base/index.ts';

export interface HttpCapture {
  readonly status: number;
  /** By lower-case name; of several the last. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** What of the body could not be undone, as sentences. */
  readonly warnings: readonly string[];
}

/** Largest body after unpacking. */
const MAX_BODY_BYTES = 67_108_864;
const MAX_HEAD_BYTES = 262_144;
const STATUS_LINE = /^HTTP\/\d(?:\.\d)?\s+(\d{3})/;

/** Undefined for a block that is no answer. Captures of HTTP/2 are written in the form of HTTP/1. */
export function readHttpCapture(block: Uint8Array): HttpCapture | undefined {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
  const head = bytes.subarray(0, MAX_HEAD_BYTES).toString('latin1');
  const status = STATUS_LINE.exec(head)?.[1];
  if (status === undefined) return undefined;
  const end = /\r?\n\r?\n/.exec(head);
  const headText = end === null ? head : head.slice(0, end.index);
  const headers = readHeaders(headText);
  const warnings: string[] = [];
  let body: Uint8Array = end === null ? new Uint8Array(0) : bytes.subarray(end.index + end[0].length);
  if (/\bchunked\b/i.test(headers['transfer-encoding'] ?? '')) body = withoutChunks(body, warnings);
  for (const encoding of (headers['content-encoding'] ?? '').split(',').reverse()) {
    body = unpacked(body, encoding.trim().toLowerCase(), warnings);
  }
  return { status: Number(status), headers, body, warnings };
}

function readHeaders(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of head.split(/\r?\n/).slice(1)) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && name !== '__proto__')
      headers[name] = line.slice(colon + 1).trim();
  }
  return headers;
}

/** RFC 9112 §7.1. Recorders often undo the chunks and keep the header: then the body is as it is. */
function withoutChunks(body: Uint8Array, warnings: string[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf('\n', at);
    const size = /^([\da-f]{1,8})\s*(?:;.*)?$/i.exec(
      bytes.toString('latin1', at, Math.max(at, end)).trim(),
    )?.[1];
    if (end < 0 || size === undefined) {
      if (parts.length === 0) return body;
      warnings.push('The chunks of the body break off.');
      break;
    }
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    parts.push(bytes.subarray(end + 1, end + 1 + length));
    if (end + 1 + length > bytes.length) warnings.push('The last chunk of the body is cut.');
    at = end + 1 + length;
    if (bytes[at] === 13) at += 1;
    if (bytes[at] === 10) at += 1;
  }
  return Buffer.concat(parts);
}

function unpacked(body: Uint8Array, encoding: string, warnings: string[]): Uint8Array {
  if (body.length === 0 || encoding === '' || encoding === 'identity') return body;
  const options = { maxOutputLength: MAX_BODY_BYTES };
  try {
    switch (encoding) {
      case 'gzip':
      case 'x-gzip':
        // What is cut still tells its beginning.
        return isGzip(body) ? gunzipSync(body, { ...options, finishFlush: 2 }) : body;
      case 'deflate':
        return ((body[0] ?? 0) & 0x0f) === 8 ? inflateSync(body, options) : inflateRawSync(body, options);
      case 'br':
        return brotliDecompressSync(body, options);
      case 'zstd':
        return zstdDecompressSync(body, options);
      default:
        warnings.push(`The body is packed by "${encoding.slice(0, 20)}".`);
        return body;
    }
  } catch (error) {
    warnings.push(`The body can't be unpacked: ${messageOf(error)}.`);
    return body;
  }
}

function isGzip(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}
