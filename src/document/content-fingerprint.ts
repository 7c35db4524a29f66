/** Tells equal and nearly equal documents. Frozen: docs/formats/title-record.md. */

import { hash64, hashString64 } from '../base/index.ts';
import {
  ENDED,
  FOLD_DEPENDS,
  FOLD_OF_WORD,
  FOLD_PARTS,
  FOLD_UNSEEN,
  FOLDED_KINDS,
  FOLDS,
  S_FOLD_AT,
  S_FOLD_USED,
  S_FOLD_WORDS,
  S_FOLDED,
  S_HIGH,
  S_LOW,
  S_TEXT,
} from './kernels/layout.ts';
import { type KernelKind, leaveTermMemory, type TermMemory, termMemory } from './term-memory.ts';

export interface ContentFingerprint {
  /** hash64 of the normalised text, 16 hexadecimal digits. Equal texts, equal hashes. */
  readonly contentHash: string;
  /** SimHash of its shingles of three words, 16 hexadecimal digits. Nearly equal texts differ in few bits. */
  readonly fingerprint: string;
}

/**
 * Fingerprints `text`: its runs of letters, marks and digits, in NFKC and lower case. A text without words gets those of
 * `fallback` (the URL), so that it equals no other.
 */
export function fingerprintOf(text: string, fallback: string, kind: KernelKind = 'wasm'): ContentFingerprint {
  const memory = termMemory(kind);
  // Most texts are folded unit by unit while they are read.
  if (!read(memory, text, false)) read(memory, text.normalize('NFKC').toLowerCase(), true);
  const from = memory.get(S_FOLDED);
  const hash = hex(hash64(memory.bytes.subarray(from, from + memory.get(S_FOLD_USED))));
  const found = {
    contentHash: hash,
    fingerprint: hex((BigInt(memory.get(S_HIGH)) << 32n) | BigInt(memory.get(S_LOW) >>> 0)),
  };
  const hasWords = memory.get(S_FOLD_WORDS) > 0;
  leaveTermMemory(memory);
  if (hasWords) return found;
  const own = hex(hashString64(fallback));
  return { contentHash: own, fingerprint: own };
}

/** Bits in which two fingerprints differ: 0 … 64. Up to 3 means nearly the same text. */
export function fingerprintDistance(a: string, b: string): number {
  return differingBits(a.slice(0, 8), b.slice(0, 8)) + differingBits(a.slice(8), b.slice(8));
}

/** Of two numbers of 32 bits in hexadecimal digits. */
function differingBits(a: string, b: string): number {
  return setBits(Number.parseInt(a, 16) ^ Number.parseInt(b, 16));
}

/** Bits that are set in a number of 32 bits. */
export function setBits(number: number): number {
  let difference = number;
  let bits = 0;
  for (; difference !== 0; difference &= difference - 1) bits += 1;
  return bits;
}

/** False where a unit is met that can't be folded by itself, unless the text `isFolded`. */
function read(memory: TermMemory, text: string, isFolded: boolean): boolean {
  memory.writeText(text);
  const { kernels, units, bytes } = memory;
  const start = memory.get(S_TEXT) >> 1;
  kernels.openFold(text.length);
  while (kernels.fold(text.length, isFolded) !== ENDED) {
    const at = memory.get(S_FOLD_AT);
    const unit = units[start + at] as number;
    if (isSurrogate(unit)) {
      const pair = text.slice(at, at + 2);
      if (!isFolded && !isLoneFold(pair)) return false;
      kernels.takeUnits(isPairOfWord(pair));
    } else if (isFolded) {
      bytes[FOLDED_KINDS + unit] = OF_WORD.test(String.fromCharCode(unit)) ? FOLD_OF_WORD : FOLD_PARTS;
    } else {
      const place = (FOLDS >> 1) + unit;
      if (units[place] === FOLD_UNSEEN) units[place] = foldOf(unit);
      if (units[place] === FOLD_DEPENDS) return false;
    }
  }
  return true;
}

const OF_WORD = /[\p{L}\p{M}\p{N}]/u;
/** Marks compose with what stands before them, as vowels of Korean do; a sigma looks at what follows. */
const NEIGHBOURLY = /[\p{M}\u03a3\u1100-\u11ff]/u;

/** What a unit becomes, whatever stands beside it. */
function foldOf(unit: number): number {
  const character = String.fromCharCode(unit);
  const composed = character.normalize('NFKC');
  const becomes = composed.toLowerCase();
  if (unit === 0 || NEIGHBOURLY.test(character + composed + becomes)) return FOLD_DEPENDS;
  // An ellipsis becomes three full stops.
  if (!OF_WORD.test(becomes)) return FOLD_PARTS;
  return becomes.length === 1 ? becomes.charCodeAt(0) : FOLD_DEPENDS;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

/** Stays as it is, whatever stands beside it: most pictures, and halves of none. */
function isLoneFold(pair: string): boolean {
  return !pair.isWellFormed() || (pair.normalize('NFKC').toLowerCase() === pair && !NEIGHBOURLY.test(pair));
}

/** Half a pair is part of no word. */
function isPairOfWord(pair: string): boolean {
  return pair.length === 2 && pair.isWellFormed() && OF_WORD.test(pair);
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, '0');
}
