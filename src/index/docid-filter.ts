/** A small filter before the search for a docId in a segment: three bits of one word, about one wrong yes in thirty. */

const DOCUMENTS_A_WORD = 3;

export function filterWords(documents: number): number {
  return Math.max(1, Math.ceil(documents / DOCUMENTS_A_WORD));
}

/** Word of the filter in which a docId (its halves) has its bits. */
export function filterPlace(high: number, low: number, words: number): number {
  // Known to be no negative number, it divides as an integer.
  return filterHash(high, low) % (words >>> 0);
}

/** What {@link filterPlace} takes the remainder of. */
export function filterHash(high: number, low: number): number {
  return mix(high, low) >>> 0;
}

export function filterBits(high: number, low: number): number {
  const mixed = mix(low ^ 0x2545f491, high);
  return (1 << (mixed & 31)) | (1 << ((mixed >>> 5) & 31)) | (1 << ((mixed >>> 10) & 31));
}

function mix(a: number, b: number): number {
  let value = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ b;
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  value = Math.imul(value ^ (value >>> 12), 0x297a2d39);
  return value ^ (value >>> 15);
}
