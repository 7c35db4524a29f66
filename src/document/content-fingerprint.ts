/** Tells equal and nearly equal documents. Frozen: docs/formats/title-record.md. */

import { hashString64 } from '../base/index.ts';

/** Shingles that are looked at; more would not move a bit. */
const MAX_SHINGLES = 20_000;
const SHINGLE_WORDS = 3;
const LANES = 64;

export interface ContentFingerprint {
  /** hash64 of the normalised text, 16 hexadecimal digits. Equal texts, equal hashes. */
  readonly contentHash: string;
  /** SimHash of its shingles of three words, 16 hexadecimal digits. Nearly equal texts differ in few bits. */
  readonly fingerprint: string;
}

/** Fingerprints `text`. A text without words gets those of `fallback` (the URL), so that it equals no other. */
export function fingerprintOf(text: string, fallback: string): ContentFingerprint {
  const words = wordsOfText(text);
  if (words.length === 0) {
    const hash = hex(hashString64(fallback));
    return { contentHash: hash, fingerprint: hash };
  }
  return { contentHash: hex(hashString64(words.join(' '))), fingerprint: simHash(words) };
}

/** Bits in which two fingerprints differ: 0 … 64. Up to 3 means nearly the same text. */
export function fingerprintDistance(a: string, b: string): number {
  let difference = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let bits = 0;
  for (; difference > 0n; difference &= difference - 1n) bits += 1;
  return bits;
}

function wordsOfText(text: string): string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}

/** Charikar's SimHash: each distinct shingle votes on every bit. */
function simHash(words: readonly string[]): string {
  const hashes = words.slice(0, MAX_SHINGLES + SHINGLE_WORDS).map(hashOfWord);
  const votes = new Int32Array(LANES);
  const seen = new Set<number>();
  const shingles = Math.max(1, hashes.length - SHINGLE_WORDS + 1);
  for (let i = 0; i < shingles; i++) {
    let low = 0x9e3779b9;
    let high = 0x85ebca6b;
    for (let j = i; j < Math.min(i + SHINGLE_WORDS, hashes.length); j++) {
      low = mix(low ^ (hashes[j] as number));
      high = mix((high + (hashes[j] as number)) | 0);
    }
    if (seen.has(low)) continue;
    seen.add(low);
    for (let bit = 0; bit < 32; bit++) {
      votes[bit] = (votes[bit] as number) + ((((low >>> bit) & 1) << 1) - 1);
      votes[bit + 32] = (votes[bit + 32] as number) + ((((high >>> bit) & 1) << 1) - 1);
    }
  }
  let value = 0n;
  for (let bit = LANES - 1; bit >= 0; bit--) value = (value << 1n) | ((votes[bit] as number) > 0 ? 1n : 0n);
  return hex(value);
}

/** FNV-1a over UTF-16 units. */
function hashOfWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash;
}

/** The finaliser of MurmurHash3: every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, '0');
}
