/** Finds nearly equal documents through the index: fingerprints cut to bands, each a filter term. */

import { fingerprintDistance, setBits } from './content-fingerprint.ts';
import { mainLengthOf } from './main-text.ts';
import type { Section } from './document.ts';

/** Bits in which the fingerprints of near-duplicates may differ. */
export const NEAR_DISTANCE = 3;
/** One band more than bits may differ, so that at least one band of two near-duplicates is equal. */
export const NEAR_BANDS: number = NEAR_DISTANCE + 1;
const BAND_DIGITS = 16 / NEAR_BANDS;
/** Characters of main text below which a few words in common make texts look alike. */
const LEAST_NEAR_LENGTH = 300;

/**
 * Values of the filter field `near` of a document: `0:1a2b` … `3:9f00`, a band each. Empty where the text is too
 * short to be told from others by it. Documents that share one are candidates; {@link isNearDuplicate} decides.
 */
export function nearValues(fingerprint: string, sections: readonly Section[]): string[] {
  if (mainLengthOf(sections) < LEAST_NEAR_LENGTH) return [];
  return Array.from({ length: NEAR_BANDS }, (_, band) => {
    const start = band * BAND_DIGITS;
    return `${band}:${fingerprint.slice(start, start + BAND_DIGITS)}`;
  });
}

/** A fingerprint as two numbers of 32 bits, for who compares many. */
export function fingerprintHalves(fingerprint: string): readonly [high: number, low: number] {
  return [Number.parseInt(fingerprint.slice(0, 8), 16) | 0, Number.parseInt(fingerprint.slice(8), 16) | 0];
}

/** True when one of the first `count` fingerprints of `others` is that of nearly the same text. */
export function isNearAny(
  [high, low]: readonly [high: number, low: number],
  others: Int32Array,
  count: number,
): boolean {
  for (let at = 0; at < count * 2; at += 2) {
    const bits = setBits(high ^ (others[at] as number)) + setBits(low ^ (others[at + 1] as number));
    if (bits <= NEAR_DISTANCE) return true;
  }
  return false;
}

/** True when two fingerprints are those of nearly the same text. */
export function isNearDuplicate(a: string, b: string): boolean {
  return fingerprintDistance(a, b) <= NEAR_DISTANCE;
}
