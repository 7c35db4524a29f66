/**
 * Checksums that a WARC record says of itself: of its block (WARC-Block-Digest), and of what its answer carries
 * (WARC-Payload-Digest). What a writer meant is not always sure, so only what can be told without doubt counts.
 */

import { createHash } from 'node:crypto';

const ALGORITHMS: Readonly<Record<string, string>> = {
  md5: 'md5',
  sha1: 'sha1',
  'sha-1': 'sha1',
  sha256: 'sha256',
  'sha-256': 'sha256',
  sha512: 'sha512',
  'sha-512': 'sha512',
};
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const WITH_PAYLOAD = new Set(['response', 'resource', 'request']);
/** Writers differ in whether they count what such a body is or what it stands for. */
const CODED_BODY = /^(?:x-crawler-)?(?:transfer|content)-encoding:/im;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Why a whole record is not what was written, or undefined where nothing tells so. */
export function digestFault(
  type: string,
  contentType: string,
  fields: ReadonlyMap<string, string>,
  block: Uint8Array,
): string | undefined {
  const ofBlock = fields.get('warc-block-digest');
  if (ofBlock !== undefined && !isDigestOf(block, ofBlock))
    return 'a record is not what it was: its checksum does not match';
  const ofPayload = fields.get('warc-payload-digest');
  if (ofPayload === undefined || !WITH_PAYLOAD.has(type)) return undefined;
  const payload = payloadOf(contentType, block);
  return payload === undefined || isDigestOf(payload, ofPayload)
    ? undefined
    : 'the checksum of what a record carries does not match';
}

/** What follows the head of an HTTP message; all of another block. Undefined where writers do not agree. */
function payloadOf(contentType: string, block: Uint8Array): Uint8Array | undefined {
  if (!contentType.startsWith('application/http')) return block;
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0 || CODED_BODY.test(bytes.toString('latin1', 0, end))) return undefined;
  return bytes.subarray(end + END_OF_HEAD.length);
}

/** True, too, for a digest of a kind or a spelling that is not known. */
function isDigestOf(bytes: Uint8Array, said: string): boolean {
  const [, name = '', value = ''] = /^([\w-]+):(\S+)$/.exec(said.trim()) ?? [];
  const algorithm = ALGORITHMS[name.toLowerCase()];
  if (algorithm === undefined) return true;
  const digest = createHash(algorithm).update(bytes).digest();
  const spellings = [
    [digest.toString('hex'), value.toLowerCase()],
    [base32(digest), value.toUpperCase().replace(/=+$/, '')],
    [digest.toString('base64url'), value.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')],
  ] as const;
  const isKnown = spellings.some(([ours, theirs]) => ours.length === theirs.length);
  return !isKnown || spellings.some(([ours, theirs]) => ours === theirs);
}

/** RFC 4648 §6, without padding. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(held >>> bits) & 31] ?? '';
    }
  }
  return bits === 0 ? text : text + (BASE32[(held << (5 - bits)) & 31] ?? '');
}
