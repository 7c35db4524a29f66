/** Tells equal and nearly equal documents. Frozen: docs/formats/title-record.md. */

import { assert, hash64, hashString64 } from '../base/index.ts';
import { BitVotes } from './bit-votes.ts';

/** Shingles that are looked at; more would not move a bit. */
const MAX_SHINGLES = 20_000;
const SHINGLE_WORDS = 3;
const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const SPACE = 0x20;

export interface ContentFingerprint {
  /** hash64 of the normalised text, 16 hexadecimal digits. Equal texts, equal hashes. */
  readonly contentHash: string;
  /** SimHash of its shingles of three words, 16 hexadecimal digits. Nearly equal texts differ in few bits. */
  readonly fingerprint: string;
}

/** Fingerprints `text`. A text without words gets those of `fallback` (the URL), so that it equals no other. */
export function fingerprintOf(text: string, fallback: string): ContentFingerprint {
  const { hashes, count, normalised } = readWords(unitsOf(text), text.length, false) ?? readWhole(text);
  if (count === 0) {
    const hash = hex(hashString64(fallback));
    return { contentHash: hash, fingerprint: hash };
  }
  return { contentHash: hex(hash64(normalised)), fingerprint: simHash(hashes, count) };
}

/** Bits in which two fingerprints differ: 0 … 64. Up to 3 means nearly the same text. */
export function fingerprintDistance(a: string, b: string): number {
  let difference = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let bits = 0;
  for (; difference > 0n; difference &= difference - 1n) bits += 1;
  return bits;
}

interface Words {
  /** FNV-1a of the UTF-16 units of each word, as many as are looked at. */
  readonly hashes: Int32Array;
  readonly count: number;
  /** All words in UTF-8, single spaces between them. */
  readonly normalised: Uint8Array;
}

/** The same of a text in which what a unit becomes depends on its neighbours. */
function readWhole(text: string): Words {
  const folded = text.normalize('NFKC').toLowerCase();
  const words = readWords(unitsOf(folded), folded.length, true);
  assert(words !== undefined, 'what is folded is read as it is');
  return words;
}

/**
 * Runs of letters, marks and digits in NFKC and lower case, in one pass: no string is made for a word. Undefined where
 * a unit is met that can't be folded by itself, unless the text `isFolded`.
 */
function readWords(units: Uint16Array, length: number, isFolded: boolean): Words | undefined {
  const hashes = new Int32Array(Math.min(MAX_SHINGLES + SHINGLE_WORDS, (length >> 1) + 1));
  if (bytes.length < length * 3 + 1) bytes = new Uint8Array(length * 4);
  let count = 0;
  let used = 0;
  let isInWord = false;
  let hash = FNV_START;
  for (let at = 0; at <= length; at++) {
    // Behind the end stands white space.
    const raw = at < length ? (units[at] as number) : SPACE;
    const unit = isFolded ? raw : (lowered[raw] as number) || lower(raw);
    if (unit === DEPENDS && !isFolded) return undefined;
    const known = ofWord[unit] as number;
    const width =
      known === UNKNOWN ? widthInWord(unit, at + 1 < length ? (units[at + 1] as number) : 0) : known;
    if (width === 0) {
      if (!isInWord) continue;
      isInWord = false;
      if (count < hashes.length) hashes[count] = hash;
      count += 1;
      continue;
    }
    if (!isInWord) {
      isInWord = true;
      hash = FNV_START;
      if (count > 0) bytes[used++] = SPACE;
    }
    hash = Math.imul(hash ^ unit, FNV_PRIME);
    if (unit < 0x80) {
      bytes[used++] = unit;
    } else if (unit < 0x800) {
      bytes[used++] = 0xc0 | (unit >> 6);
      bytes[used++] = 0x80 | (unit & 0x3f);
    } else if (width === 1) {
      bytes[used++] = 0xe0 | (unit >> 12);
      bytes[used++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[used++] = 0x80 | (unit & 0x3f);
    } else {
      at += 1;
      const low = units[at] as number;
      hash = Math.imul(hash ^ low, FNV_PRIME);
      const point = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      bytes[used++] = 0xf0 | (point >> 18);
      bytes[used++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[used++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[used++] = 0x80 | (point & 0x3f);
    }
  }
  const normalised = bytes.subarray(0, used);
  if (bytes.length > KEPT_BYTES) bytes = new Uint8Array(0);
  return { hashes, count: Math.min(count, hashes.length), normalised };
}

/** Where texts are read; what a very long one needed is given back. */
let bytes = new Uint8Array(0);
let scratch = new Uint16Array(0);
let scratchBytes = Buffer.from(scratch.buffer);
const KEPT_BYTES = 1_048_576;

/** Good until the next text is read. */
function unitsOf(text: string): Uint16Array {
  if (scratch.length < text.length || scratch.length > Math.max(KEPT_BYTES, text.length)) {
    scratch = new Uint16Array(Math.max(16_384, Math.ceil(text.length * 1.5)));
    scratchBytes = Buffer.from(scratch.buffer);
  }
  scratchBytes.write(text, 'utf16le');
  return scratch;
}

/** By unit: what it becomes, 0 where that was not asked yet. */
const lowered = new Uint16Array(0x1_0000);
/** It becomes several, or what it becomes depends on its neighbours. */
const DEPENDS = 0xffff;
/** Marks compose with what stands before them, as vowels of Korean do; a sigma looks at what follows. */
const NEIGHBOURLY = /[\p{M}\p{Cs}\u03a3\u1100-\u11ff]/u;

function lower(unit: number): number {
  const character = String.fromCharCode(unit);
  const composed = character.normalize('NFKC');
  const becomes = composed.toLowerCase();
  const isSimple = becomes.length === 1 && unit > 0 && !NEIGHBOURLY.test(character + composed + becomes);
  return (lowered[unit] = isSimple ? becomes.charCodeAt(0) : DEPENDS);
}

const OF_WORD = /[\p{L}\p{M}\p{N}]/u;
const UNKNOWN = 255;
/** By UTF-16 unit, filled as units are met: 1 where it is part of a word, 0 where not. */
const ofWord = new Uint8Array(0x1_0000).fill(UNKNOWN);

/** UTF-16 units of the character that begins with `unit` when it is part of a word, else 0. A lone surrogate is not. */
function widthInWord(unit: number, next: number): number {
  if (unit >= 0xd800 && unit <= 0xdfff) {
    // A high surrogate says nothing by itself.
    if (unit > 0xdbff || next < 0xdc00 || next > 0xdfff) return 0;
    return OF_WORD.test(String.fromCharCode(unit, next)) ? 2 : 0;
  }
  return (ofWord[unit] = OF_WORD.test(String.fromCharCode(unit)) ? 1 : 0);
}

/** Charikar's SimHash: each distinct shingle votes on every bit. */
function simHash(hashes: Int32Array, count: number): string {
  const shingles = Math.max(1, count - SHINGLE_WORDS + 1);
  const seen = new SeenNumbers(shingles);
  const low = new BitVotes();
  const high = new BitVotes();
  for (let i = 0; i < shingles; i++) {
    let a = 0x9e3779b9;
    let b = 0x85ebca6b;
    const end = Math.min(i + SHINGLE_WORDS, count);
    for (let j = i; j < end; j++) {
      a = mix(a ^ (hashes[j] as number));
      b = mix((b + (hashes[j] as number)) | 0);
    }
    if (!seen.add(a)) continue;
    low.add(a);
    high.add(b);
  }
  return hex((BigInt(high.majority()) << 32n) | BigInt(low.majority()));
}

/** A set of 32-bit integers of known size: open addressing, half empty. */
class SeenNumbers {
  readonly #places: Int32Array;
  readonly #mask: number;
  #hasZero = false;

  constructor(capacity: number) {
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.#places = new Int32Array(size);
    this.#mask = size - 1;
  }

  /** False when it was there. */
  add(value: number): boolean {
    if (value === 0) {
      const isNew = !this.#hasZero;
      this.#hasZero = true;
      return isNew;
    }
    for (let place = value & this.#mask; ; place = (place + 1) & this.#mask) {
      const found = this.#places[place];
      if (found === value) return false;
      if (found === 0) {
        this.#places[place] = value;
        return true;
      }
    }
  }
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
