/** Words of so many documents that their lists could be bits, a bit a document: how many bytes, and how fast two would meet. */

import { corpusLines } from '../corpus.ts';

/** Of a block of a list. */
const BLOCK = 128;

export interface DenseWords {
  readonly documents: number;
  /** Documents with each word of the corpus. */
  readonly frequencies: ReadonlyMap<string, number>;
  /** Bits of the words that stand in one of eight documents at least. */
  readonly bits: ReadonlyMap<string, Int32Array>;
}

export async function denseWords(path: string, limit: number): Promise<DenseWords> {
  const frequencies = new Map<string, number>();
  let documents = 0;
  for await (const line of corpusLines(path, limit)) {
    for (const word of wordsOf(line)) {
      const known = frequencies.get(word);
      // A copy: a piece of a line would hold the whole of it.
      frequencies.set(known === undefined ? Buffer.from(word).toString() : word, (known ?? 0) + 1);
    }
    documents += 1;
  }
  const dense = [...frequencies].filter(([, count]) => count * 8 >= documents).map(([word]) => word);
  const bits = new Map(dense.map((word) => [word, new Int32Array((documents + 31) >> 5)]));
  let document = 0;
  for await (const line of corpusLines(path, limit)) {
    for (const word of wordsOf(line)) {
      const own = bits.get(word);
      if (own !== undefined) own[document >> 5] = (own[document >> 5] ?? 0) | (1 << (document & 31));
    }
    document += 1;
  }
  return { documents, frequencies, bits };
}

/** Bytes of a word's documents as blocks of distances, each as wide as its widest, as the index writes them. */
export function distanceBytes(bits: Int32Array): number {
  let [sum, widest, count, before] = [0, 0, 0, -1];
  for (let document = 0; document < bits.length * 32; document++) {
    if ((((bits[document >> 5] ?? 0) >> (document & 31)) & 1) === 0) continue;
    widest = Math.max(widest, document - before - 1);
    before = document;
    count += 1;
    if (count < BLOCK) continue;
    sum += (32 - Math.clz32(widest)) * (BLOCK / 8);
    [widest, count] = [0, 0];
  }
  return sum + Math.ceil(((32 - Math.clz32(widest)) * count) / 8);
}

/** How many documents two words share. */
export function countShared(a: Int32Array, b: Int32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    let word = (a[i] as number) & (b[i] as number);
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

function wordsOf(line: string): Set<string> {
  const zones = line.split('\t').map((zone) => zone.slice(1));
  return new Set(
    zones
      .join(' ')
      .split(' ')
      .filter((word) => word !== ''),
  );
}
