/** Stored documents as a WARC 1.1 file: one gzip member a record, so that any of them can be read alone, and replayed. */

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import type { StoredDocument } from '../../document/index.ts';

/** Field with what a WARC has no field for: how deep the page was found, and its metadata. */
export const METADATA_FIELD = 'WARC-JSON-Metadata';

/** The first record of a file. */
export function warcInfo(program: string, at_ms: number): Uint8Array {
  const block = Buffer.from(`software: ${program}\r\nformat: WARC File Format 1.1\r\n`);
  return packed(
    [
      'WARC/1.1',
      'WARC-Type: warcinfo',
      `WARC-Record-ID: ${idOf('warcinfo', program, String(at_ms))}`,
      `WARC-Date: ${new Date(at_ms).toISOString()}`,
      'Content-Type: application/warc-fields',
    ],
    block,
  );
}

/** A document as the answer that it came from. The same document gives the same bytes. */
export function warcResponse(document: StoredDocument): Uint8Array {
  const { url, raw, status, fetchedAt_ms, ip, depth, meta } = document;
  const charset = document.charset === '' ? '' : `; charset=${document.charset}`;
  const payloadDigest = digestOf(raw);
  const head = `HTTP/1.1 ${status} ${status === 200 ? 'OK' : ''}\r\nContent-Type: ${document.contentType}${charset}\r\nContent-Length: ${raw.length}\r\n\r\n`;
  const block = Buffer.concat([Buffer.from(head, 'latin1'), raw]);
  return packed(
    [
      'WARC/1.1',
      'WARC-Type: response',
      `WARC-Record-ID: ${idOf(url, String(fetchedAt_ms), payloadDigest)}`,
      `WARC-Target-URI: ${url}`,
      `WARC-Date: ${new Date(fetchedAt_ms).toISOString()}`,
      ...(ip === '' ? [] : [`WARC-IP-Address: ${ip}`]),
      `WARC-Block-Digest: ${digestOf(block)}`,
      `WARC-Payload-Digest: ${payloadDigest}`,
      `${METADATA_FIELD}: ${asciiJson({ depth, meta })}`,
      'Content-Type: application/http; msgtype=response',
    ],
    block,
  );
}

function packed(fields: readonly string[], block: Uint8Array): Uint8Array {
  const head = `${fields.join('\r\n')}\r\nContent-Length: ${block.length}\r\n\r\n`;
  return gzipSync(Buffer.concat([Buffer.from(head), block, Buffer.from('\r\n\r\n')]));
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A UUID made of what the record is of: written twice, it is the same record. */
function idOf(...parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\n')).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `<urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}>`;
}

/** JSON of ASCII alone: fields of a record know no other letters for sure. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\u0020-\u007e]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
