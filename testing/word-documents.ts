/** Analysed documents of given words, each once, with their letters. */

import type { AnalysedDocument } from '../src/text/analysed-document.ts';
import { FIELD_GROUP_COUNT } from '../src/text/field-groups.ts';
import { wordHash } from '../src/text/term-hash.ts';

export function documentOfWords(words: readonly string[]): AnalysedDocument {
  const terms = words
    .map((word, position) => ({ word: Buffer.from(word), hash: wordHash(word), position }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const fieldLengths = new Uint32Array(FIELD_GROUP_COUNT);
  fieldLengths[0] = words.length;
  return {
    termHashes: BigUint64Array.from(terms, ({ hash }) => hash),
    positionStarts: Uint32Array.from([...terms.keys(), terms.length]),
    positions: Uint32Array.from(terms, ({ position }) => position),
    zoneStarts: Uint32Array.of(0),
    zoneGroups: Uint8Array.of(0),
    fieldLengths,
    filterHashes: new BigUint64Array(0),
    columns: { siteHash: 0, language: 0, date_min: 0, rank: 128, depth: 0, contentHash: 0 },
    words: {
      lengths: Uint8Array.from(terms, ({ word }) => word.length),
      bytes: Buffer.concat(terms.map(({ word }) => word)),
    },
  };
}
